package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/scenario"
	"ctxcliff/harness/trial"
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
		s.signatures = append([]string{f.Signature}, f.Alternates...)
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
	for flag, into := range map[string]*string{"server": &t.Server, "model": &t.Model, "name": &t.Name, "backend": &t.Backend} {
		if c.IsSet(flag) {
			*into = c.String(flag)
		}
	}
	if c.IsSet("server-arg") {
		t.Args = c.StringSlice("server-arg")
	}
	if t.URL != "" {
		return t, fmt.Errorf("%s was seen on a server of somebody else's; name one that may be started with --server", s.name)
	}
	return t, nil
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
	add("the build of llama-server", fmt.Sprintf("b%d %s", was.Server.Build, was.Server.Commit), fmt.Sprintf("b%d %s", lab.Binary.Build, lab.Binary.Commit))
	add("the size of the model", was.Model.SizeBytes, lab.Model.SizeBytes)
	add("the vocabulary of the model", was.Model.Vocabulary, lab.Model.Vocabulary)
	add("the processor", host.CPU, lab.Host.CPU)
	add("the kernel", host.Kernel, lab.Host.Kernel)
	add("the list of devices", was.Server.Devices, lab.Binary.Devices)
	return list
}

func orUnknown(text string) string {
	if strings.TrimSpace(text) == "" {
		return "unknown"
	}
	return text
}
