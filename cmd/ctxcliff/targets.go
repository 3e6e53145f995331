package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness/labfile"
	"ctxcliff/harness/plan"
)

// targetsOf is what flags and lab file ask to be tested: each model in each backend in each topology.
// Servers and models that they leave open are found later. A flag that names an entry of an axis picks it;
// one that gives what the entries would (--model, --server, --rpc) stands in the place of the axis.
func targetsOf(c *cli.Command, f *labfile.File) ([]plan.Target, error) {
	base, err := targetOf(c)
	if err != nil || f == nil {
		return []plan.Target{base}, err
	}
	if base.URL != "" {
		if len(f.Models)+len(f.Backends)+len(f.Topologies) > 0 {
			return nil, fmt.Errorf("%s lists servers to start, and the one at --url is somebody else's; leave one of the two out", f.Name)
		}
		return []plan.Target{base}, nil
	}
	last := takeOut(f, &base)
	models, err := pick(f.Models, c, "name", "model", func(m labfile.Model) string { return plan.Target{Name: m.Name, Model: m.Path}.ModelName() })
	if err != nil {
		return nil, err
	}
	backends, err := pick(f.Backends, c, "backend", "server", func(b labfile.Backend) string { return b.Name })
	if err != nil {
		return nil, err
	}
	topologies, err := pick(f.Topologies, c, "topology", "rpc", func(t labfile.Topology) string { return plan.Topology{Name: t.Name, Peers: t.Peers}.String() })
	if err != nil {
		return nil, err
	}
	for _, flag := range []string{"launch", "power"} {
		if len(backends) > 0 && c.IsSet(flag) {
			return nil, fmt.Errorf("--%s would have to change every backend of %s; change the file, or give --server, too", flag, f.Name)
		}
	}
	var all []plan.Target
	for _, model := range orNone(models) {
		for _, backend := range orNone(backends) {
			for _, topology := range orNone(topologies) {
				t := base
				t.Args, t.Env = slices.Clone(t.Args), slices.Clone(t.Env)
				addModel(&t, model)
				addBackend(&t, backend)
				addTopology(&t, topology)
				t.Args, t.Env = append(t.Args, last.Args...), append(t.Env, last.Env...)
				if err := checkPeers(t); err != nil {
					return nil, fmt.Errorf("%s: %w", f.Name, err)
				}
				all = append(all, t)
			}
		}
	}
	return all, nil
}

// takeOut takes arguments and environment that flags gave out of the target, to stand after the file's:
// the last one wins.
func takeOut(f *labfile.File, t *plan.Target) (last plan.Target) {
	if len(f.Settings["server-arg"]) == 0 {
		last.Args, t.Args = t.Args, nil
	}
	if len(f.Settings["env"]) == 0 {
		last.Env, t.Env = t.Env, nil
	}
	return last
}

// pick is the axis as the flags leave it: the entry that one flag names, none where another stands in its
// place.
func pick[T any](entries []T, c *cli.Command, names, instead string, name func(T) string) ([]T, error) {
	if len(entries) == 0 || c.IsSet(instead) {
		return nil, nil
	}
	if !c.IsSet(names) {
		return entries, nil
	}
	var known []string
	for _, e := range entries {
		if name(e) == c.String(names) {
			return []T{e}, nil
		}
		known = append(known, name(e))
	}
	return nil, fmt.Errorf("--%s: the lab file has no %q; it has %s", names, c.String(names), strings.Join(known, ", "))
}

// orNone is a list of one nil, where it would be empty.
func orNone[T any](entries []T) []*T {
	if len(entries) == 0 {
		return []*T{nil}
	}
	list := make([]*T, len(entries))
	for i := range entries {
		list[i] = &entries[i]
	}
	return list
}

func addModel(t *plan.Target, m *labfile.Model) {
	if m != nil {
		t.Name, t.Model = m.Name, m.Path
	}
}

func addBackend(t *plan.Target, b *labfile.Backend) {
	if b == nil {
		return
	}
	t.Backend, t.Server, t.Launch, t.Power = b.Name, b.Server, b.Launch, b.Power
	t.Args, t.Env = append(t.Args, b.Args...), append(t.Env, b.Env...)
	if b.RPCServer != "" {
		t.Topology.Program = b.RPCServer
	}
}

func addTopology(t *plan.Target, top *labfile.Topology) {
	if top != nil {
		t.Topology.Name, t.Topology.Peers = top.Name, top.Peers
		t.Args = append(t.Args, top.Args...)
	}
	if t.Topology.Locals() == 0 {
		t.Topology.Program = ""
	}
}

// exclusionsOf are the cells that flags and file leave out.
func exclusionsOf(c *cli.Command, f *labfile.File) (list []plan.Exclusion) {
	for _, pattern := range c.StringSlice("exclude") {
		list = append(list, plan.Exclusion{Pattern: pattern, Reason: "left out by --exclude " + pattern})
	}
	if f == nil {
		return list
	}
	for _, e := range f.Exclude {
		list = append(list, e.Exclusion)
	}
	return list
}

// warnOfIdle names the exclusions that leave out nothing: most likely they are misspelt.
func (t *terminal) warnOfIdle(c *cli.Command, f *labfile.File, p plan.Plan) {
	idle := func(e plan.Exclusion) bool {
		return !slices.ContainsFunc(p.Skips, func(s plan.Skip) bool { return e.Matches(s.Cell) })
	}
	for _, pattern := range c.StringSlice("exclude") {
		if idle(plan.Exclusion{Pattern: pattern}) {
			t.say("--exclude %q matches no cell of this plan", pattern)
		}
	}
	if f == nil {
		return
	}
	for _, e := range f.Exclude {
		if idle(e.Exclusion) {
			t.say("%s:%d:%d: exclude %q matches no cell of this plan", f.Name, e.At.Line, e.At.Column, e.Pattern)
		}
	}
}
