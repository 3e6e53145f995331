package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"ctxcliff/harness"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
)

// sameHunt says in what a run that is to be taken up differs from what it was begun with.
func sameHunt(r trial.Record, labs harness.Labs, g harness.Goal, seed uint64) error {
	was := r.Run
	j := search.Journal{Settings: g.Search, Cells: g.Cells(labs)}
	j.Settings.Budget, j.Settings.MaxStarts = r.Search.Settings.Budget, r.Search.Settings.MaxStarts
	if err := sameTested(was, labs.Tested()); err != nil {
		return err
	}
	switch {
	case was.Seed != seed:
		return fmt.Errorf("run %s has seed %d, not %d%s", was.ID, was.Seed, seed, anew)
	case !sameJSON(j.Cells, r.Search.Cells):
		return fmt.Errorf("run %s looks for other edges%s", was.ID, anew)
	case !sameJSON(j.Settings, r.Search.Settings):
		return fmt.Errorf("run %s looks for its edges by other rules%s", was.ID, anew)
	}
	return nil
}

// samePlan is what remains the plan of a screen that is to be taken up: the cells that the run was begun
// with, in the order of what the flags say now; or in what the two differ.
func samePlan(r trial.Record, labs harness.Labs, j job, seed uint64, now plan.Plan) (plan.Plan, error) {
	if err := sameTested(r.Run, labs.Tested()); err != nil {
		return now, err
	}
	switch {
	case r.Run.Seed != seed:
		return now, fmt.Errorf("run %s has seed %d, not %d%s", r.Run.ID, r.Run.Seed, seed, anew)
	case r.Run.Settings != j.settings:
		return now, fmt.Errorf("run %s was begun with other starts, attempts, isolation, reply or warm-up%s", r.Run.ID, anew)
	}
	was := map[string]bool{}
	for _, c := range r.Cells {
		was[c.ID()] = true
	}
	now = now.Keep(func(c plan.Cell) bool { return was[c.ID()] })
	if now.Cells() != len(was) {
		return now, fmt.Errorf("run %s has %d cells, and the flags and files that it was begun with now make only %d of them%s", r.Run.ID, len(was), now.Cells(), anew)
	}
	return now, nil
}

// sameTarget compares a target with what was stored of it, secrets aside: they are not kept.
func sameTarget(stored, now plan.Target) bool {
	same := func(a, b []string) bool {
		return slices.EqualFunc(a, b, func(a, b string) bool { return a == b || strings.Contains(a, hidden) })
	}
	return stored.ID() == now.ID() && stored.Server == now.Server && same(stored.Launch, now.Launch) && same(stored.Args, now.Args) &&
		same(stored.Env, now.Env) && same(stored.Topology.Peers, now.Topology.Peers)
}

const anew = "; begin a new run instead"

// sameTested says in what the targets of a run that is to be taken up differ from what they were.
func sameTested(run trial.Run, now []trial.Tested) error {
	before := run.Tested()
	if len(before) != len(now) {
		return fmt.Errorf("run %s was made of %d targets, not %d%s", run.ID, len(before), len(now), anew)
	}
	for i, was := range before {
		is := now[i]
		switch {
		case was.Server.Version != is.Server.Version || was.Server.Build != is.Server.Build || was.Server.Commit != is.Server.Commit:
			return fmt.Errorf("run %s was made with llama-server %s, and this one is %s%s", run.ID, was.Server.Version, is.Server.Version, anew)
		case !sameTarget(was.Target, is.Target):
			return fmt.Errorf("run %s was made with another %s: its server, launcher, arguments, environment or peers were others%s", run.ID, is.Target.ID(), anew)
		case was.Model.SizeBytes != is.Model.SizeBytes || was.Model.Name != is.Model.Name || was.Model.Vocabulary != is.Model.Vocabulary:
			return fmt.Errorf("run %s was made with another model than %s%s", run.ID, cmp.Or(is.Model.Path, is.Model.Name), anew)
		}
	}
	return nil
}

// sameJSON compares values as they are stored.
func sameJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}
