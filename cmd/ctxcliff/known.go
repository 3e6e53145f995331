package main

import (
	"context"
	"slices"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/plan"
	"ctxcliff/store"
)

// known is what reproductions and minimisations of a bug came to.
type known struct {
	reproduced *minimize.Reproduction // the latest that saw it
	minimized  *minimize.Result       // the latest that is good for use
	target     plan.Target            // that it was shrunk on, the flags of its scenario aside
	firstBad   *minimize.FirstBad     // the latest that found one
}

// knownOf looks through the stored stories for those about the subject's bug, the newest last.
func knownOf(ctx context.Context, db *store.Store, s subject) (k known, err error) {
	if len(s.signatures) == 0 {
		return k, nil
	}
	runs, err := db.Runs(ctx)
	if err != nil {
		return k, err
	}
	for _, run := range slices.Backward(runs) {
		if run.Command != "repro" && run.Command != "minimize" {
			continue
		}
		record, err := db.Record(ctx, run.ID)
		if err != nil {
			return k, err
		}
		if record.Story != nil {
			k.add(*record.Story, record.Run.Target, s)
		}
	}
	return k, nil
}

func (k *known) add(story minimize.Story, on plan.Target, s subject) {
	about := func(signatures []string) bool {
		return slices.ContainsFunc(signatures, func(text string) bool { return slices.Contains(s.signatures, text) })
	}
	// A journal that makes no sense any more tells nothing.
	switch {
	case story.Minimize != nil:
		if r, err := story.Minimized(); err == nil && r.Verdict == minimize.SameBug && r.Gated && about(r.Signatures) {
			k.minimized, k.target = &r, on
		}
	case story.Builds != nil:
		if r, err := story.Bisected(); err == nil && r.Good != "" && r.Bad != "" && about(story.Builds.Signatures) {
			k.firstBad = &r
		}
	case story.Reproduce != nil:
		if r, err := story.Reproduced(); err == nil && r.Rate.Hits > 0 && about(r.Signatures) {
			k.reproduced = &r
		}
	}
}

// choose makes what minimising left of a bug its subject, unless the original is asked for.
func (k *known) choose(original bool, s *subject) {
	if original {
		k.minimized = nil
	}
	if k.minimized != nil {
		s.scenario, s.target = k.minimized.Smallest, k.target
		s.scenario.Flags.Model = "" // the target has it
	}
}

// rate is how often what is handed over breaks; no run: it was not measured.
func (k known) rate() minimize.Rate {
	switch {
	case k.minimized != nil:
		return k.minimized.After
	case k.reproduced != nil:
		return k.reproduced.Rate
	case k.firstBad != nil && k.firstBad.Rate.Runs > 0:
		return k.firstBad.Rate
	}
	return minimize.Rate{}
}
