package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"ctxcliff/harness/night"
	"ctxcliff/harness/plan"
)

// fuzzUnbounded is how long a hunt takes in a night that has no limits of its own. What earlier hunts found is
// replayed first.
const fuzzUnbounded = 10 * time.Minute

// fuzzAll lets each target that was not left alone have a hunt: the corpus of the latest one is replayed, and then
// new scenes are tried until its share is used up.
func (w *watch) fuzzAll(ctx context.Context, after int) {
	targets, err := w.targets(ctx)
	if err != nil {
		w.say("night: find the targets to hunt on: %v", err)
		return
	}
	maps.DeleteFunc(targets, func(id string, t plan.Target) bool { return slices.Contains(w.GaveUp, id) || t.URL != "" })
	ids := slices.Sorted(maps.Keys(targets))
	for i, id := range ids {
		if ctx.Err() != nil {
			return
		}
		w.step(ctx, night.Step{Name: "fuzz", Target: id}, len(ids)-1-i+after, w.fuzzOn(targets[id])...)
	}
}

// fuzzOn are the arguments of a hunt on one target of the file.
func (w *watch) fuzzOn(t plan.Target) []string {
	args := []string{"-c", w.lab, "--db", w.db}
	if len(w.file.Models) > 1 {
		args = append(args, "--name", t.ModelName())
	}
	if len(w.file.Backends) > 1 {
		args = append(args, "--backend", t.Backend)
	}
	if len(w.file.Topologies) > 1 {
		args = append(args, "--topology", t.Topology.String())
	}
	if sizes := w.slotSizes(); len(sizes) > 1 { // a hunt has one
		args = append(args, "--ps", fmt.Sprint(slices.Max(sizes)))
	}
	if w.limits == (night.Limits{}) {
		args = append(args, "--budget", fmt.Sprint(fuzzUnbounded))
	}
	return args
}

// slotSizes are the contexts of a slot that the file names.
func (w *watch) slotSizes() (all []int) {
	for _, text := range w.file.Settings["ps"] {
		if sizes, err := plan.ParseSizes(text.Text); err == nil {
			all = append(all, sizes...)
		}
	}
	return all
}
