package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/harness/minimize"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/scenario"
	"ctxcliff/harness/trial"
	"ctxcliff/reports/handover"
	"ctxcliff/store"
)

// subject is what is to be reproduced: a stored attempt, all that its server was asked before, and the
// names of what broke it.
type subject struct {
	name       string // as the user called it
	record     trial.Record
	attempt    trial.Attempt
	target     plan.Target
	scenario   scenario.Scenario
	signatures []string // none: whatever breaks first

	phase      string           // of the server's life in which it broke; "" unknown
	rate       minimize.Rate    // how often it breaks; no run: it was not measured, or nobody asked
	vocabulary string           // the tokenizer that its prompts were made with; "" unknown
	digest     *handover.Digest // of the model; nil unknown
}

// findSubject resolves what a user calls a fault (F-…), a cell (its id) or an attempt (its number).
func findSubject(ctx context.Context, db *store.Store, name, file string) (s subject, err error) {
	s.name = name
	id, err := attemptOf(ctx, db, name, file)
	if err != nil {
		return s, err
	}
	run, err := db.RunOf(ctx, id)
	if err != nil {
		return s, err
	}
	if s.record, err = db.Record(ctx, run); err != nil {
		return s, err
	}
	if s.scenario, err = harness.History(s.record, id); err != nil {
		return s, err
	}
	i := slices.IndexFunc(s.record.Attempts, func(a trial.Attempt) bool { return a.ID == id })
	s.attempt = s.record.Attempts[i]
	for _, c := range s.record.Cells {
		if c.ID() == s.attempt.CellID || s.attempt.CellID == "" {
			s.target = c.Configuration.Target
			break
		}
	}
	if f := s.attempt.Fault; f != nil {
		s.signatures, s.phase = append([]string{f.Signature}, f.Alternates...), f.Phase
	}
	for _, r := range s.attempt.Requests {
		s.vocabulary = cmp.Or(s.vocabulary, r.Vocabulary)
	}
	return s, nil
}

func attemptOf(ctx context.Context, db *store.Store, name, file string) (int64, error) {
	if n, err := strconv.ParseInt(name, 10, 64); err == nil {
		return n, nil
	}
	if strings.Contains(name, "__") {
		return db.LatestOf(ctx, name)
	}
	sightings, err := db.Sightings(ctx, store.Filter{})
	if err != nil {
		return 0, err
	}
	b, err := findBug(trial.Bugs(sightings), name, file)
	return b.Shortest.AttemptID, err
}

// playedOn is the target that a scenario is to be played on: that of the stored run, with what the flags
// say otherwise.
func (s subject) playedOn(c *cli.Command) (plan.Target, error) {
	t := s.target
	for flag, into := range map[string]*string{"server": &t.Server, "model": &t.Model, "name": &t.Name, "backend": &t.Backend, "power": &t.Power} {
		if c.IsSet(flag) {
			*into = c.String(flag)
		}
	}
	for flag, into := range map[string]*[]string{"server-arg": &t.Args, "env": &t.Env} {
		if c.IsSet(flag) {
			*into = c.StringSlice(flag)
		}
	}
	var err error
	if c.IsSet("launch") {
		if t.Launch, err = launcherOf(c); err != nil {
			return t, err
		}
	}
	if c.IsSet("rpc") {
		if t.Topology, err = topologyOf(c); err != nil {
			return t, err
		}
	}
	if t.URL != "" && c.IsSet("server") {
		t.URL = ""
	}
	switch {
	case t.URL != "":
		return t, fmt.Errorf("%s was seen on a server of somebody else's; name one that may be started with --server", s.name)
	case t.Model == "":
		return t, fmt.Errorf("%s does not say where its model is on this machine; name the file with --model", s.name)
	}
	return t, checkPeers(t)
}

// then is what was known of the subject's target when the attempt was made.
func (s subject) then() trial.Tested {
	all := s.record.Run.Tested()
	i := slices.IndexFunc(all, func(t trial.Tested) bool { return t.Target.ID() == s.target.ID() })
	return all[max(0, i)]
}

// unlike lists what is not as it was when the attempt was made.
func (s subject) unlike(lab *harness.Lab) (list []string) {
	was, host := s.then(), s.record.Run.Host
	add := func(what string, then, now any) {
		if a, b := fmt.Sprint(then), fmt.Sprint(now); a != b {
			list = append(list, fmt.Sprintf("not the same as then: %s is %s, and was %s", what, orUnknown(b), orUnknown(a)))
		}
	}
	add(theBuild, buildWords(was.Server), buildWords(lab.Binary))
	add("the size of the model", was.Model.SizeBytes, lab.Model.SizeBytes)
	add("the architecture of the model", was.Model.Arch, lab.Model.Arch)
	add("the vocabulary of the model", was.Model.Vocabulary, lab.Model.Vocabulary)
	if s.vocabulary != "" {
		add("the tokenizer, and with it the token ids,", s.vocabulary, lab.Tokenizer())
	}
	if s.digest != nil {
		add("the beginning of the model file", *s.digest, digestNow(lab.Model.Path))
	}
	add("the processor", host.CPU, lab.Host.CPU)
	add("the memory in MiB", host.MemoryMiB, lab.Host.MemoryMiB)
	add("the kernel", host.Kernel, lab.Host.Kernel)
	add("the list of devices", was.Server.Devices, lab.Binary.Devices)
	add("the list of arguments", was.Target.Args, lab.Target.Args)
	add("the launcher", was.Target.Launch, lab.Target.Launch)
	add("the environment", was.Target.Env, lab.Target.Env)
	add("the number of rpc-servers", len(was.Target.Topology.Peers), len(lab.Target.Topology.Peers))
	add("the ctxcliff", s.record.Run.Version, version)
	return list
}

// theBuild is what differs on purpose where builds are bisected.
const theBuild = "the build of llama-server"

func buildWords(b trial.Binary) string { return fmt.Sprintf("b%d %s", b.Build, b.Commit) }

func orUnknown(text string) string {
	if strings.TrimSpace(text) == "" {
		return "unknown"
	}
	return text
}
