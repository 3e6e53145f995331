package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ctxcliff/harness/night"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/store"
)

// replay asks of known faults of the night's targets that its own screen did not show whether they are gone,
// those first that were replayed longest ago.
func (w *watch) replay(ctx context.Context, after int) {
	known, err := w.known(ctx)
	if err != nil {
		w.say("night: find the known faults: %v", err)
		return
	}
	for i, k := range known {
		if ctx.Err() != nil {
			return
		}
		w.step(ctx, night.Step{Name: "repro", Fault: k.ID}, len(known)-1-i+after, k.Args...)
	}
}

// known are the faults that are to be replayed, each with the arguments of its replay.
func (w *watch) known(ctx context.Context) ([]night.Known, error) {
	db, err := store.OpenExisting(ctx, w.db)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	sightings, err := db.Sightings(ctx, store.Filter{})
	if err != nil {
		return nil, err
	}
	runs, err := db.Runs(ctx)
	if err != nil {
		return nil, err
	}
	targets, err := w.targets(ctx)
	if err != nil {
		return nil, err
	}
	before, err := nightsIn(w.nights)
	if err != nil {
		return nil, err
	}
	screens := map[string]bool{}
	for _, r := range runs {
		screens[r.ID] = r.Command == "screen"
	}
	var known []night.Known
	for _, b := range trial.Bugs(sightings) {
		tonight := slices.ContainsFunc(b.Runs, func(r trial.Tally[string]) bool { return slices.Contains(w.Runs("screen", "bisect"), r.Value) })
		begun := slices.ContainsFunc(w.Steps, func(s night.Step) bool { return s.Fault == b.ID })
		if tonight && !begun {
			continue
		}
		s, ok := oneToReplay(b, sightings, screens)
		if !ok {
			continue
		}
		id := s.Cell.Configuration.Target.ID()
		if target, tested := targets[id]; tested && !slices.Contains(w.GaveUp, id) {
			known = append(known, night.Known{ID: b.ID, Seen: b.Last, Args: w.replayOn(target, s)})
		}
	}
	return night.Rotation(known, before, w.reproducers), nil
}

// oneToReplay is the sighting of a bug to replay: the shortest that a screen saw, for what a bisection asked
// before it is long; else the shortest of all.
func oneToReplay(b trial.Bug, all []trial.Sighting, screens map[string]bool) (best trial.Sighting, ok bool) {
	for _, s := range all {
		mine := s.Fault.Signature == b.Signature || slices.Contains(b.Others, s.Fault.Signature)
		if !mine || !screens[s.RunID] || s.CellID == "" || s.Cell.Configuration.Target.URL != "" {
			continue
		}
		if !ok || s.Tokens <= best.Tokens {
			best, ok = s, true
		}
	}
	if !ok && b.Shortest.CellID != "" && b.Shortest.Cell.Configuration.Target.URL == "" {
		return b.Shortest, true
	}
	return best, ok
}

// replayOn are the arguments that replay a sighting on the target as the night tests it: the build may be
// another one than then.
func (w *watch) replayOn(t plan.Target, s trial.Sighting) []string {
	args := []string{"--db", w.db, "--gone", "--server", t.Server, "--model", t.Model}
	for _, a := range t.Args {
		args = append(args, "--server-arg="+a)
	}
	for _, e := range t.Env {
		args = append(args, "--env="+e)
	}
	if len(t.Launch) > 0 {
		args = append(args, "--launch", quoted(t.Launch))
	}
	for _, name := range []string{"ready-timeout", "stall", "port"} {
		for _, text := range w.file.Settings[name] {
			args = append(args, "--"+name, text.Text)
		}
	}
	return append(args, fmt.Sprint(s.AttemptID))
}

// quoted are words as a shell, and --launch, read them.
func quoted(words []string) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
	}
	return strings.Join(list, " ")
}

// targets are what the night tests, by id.
func (w *watch) targets(ctx context.Context) (map[string]plan.Target, error) {
	all := map[string]plan.Target{}
	for _, run := range w.Runs("screen", "bisect") {
		record, err := w.record(ctx, run)
		if err != nil {
			return nil, err
		}
		for _, v := range record.Run.Tested() {
			all[v.Target.ID()] = v.Target
		}
	}
	if len(all) == 0 {
		return nil, errors.New("no screen and no bisection of this night says what is tested")
	}
	return all, nil
}
