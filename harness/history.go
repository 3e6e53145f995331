package harness

import (
	"cmp"
	"fmt"
	"slices"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/scenario"
	"ctxcliff/harness/trial"
	"ctxcliff/shapes"
)

// History is the scenario of a stored attempt: all requests of its start up to and with it, warm-ups
// included, in order. What was sent between them that no attempt records, the canary's prompts, is asked
// again by whoever plays it. An attempt that was itself part of a scenario being played is that scenario, up
// to and with its step: its requests are stored without what filler replaced in them.
func History(r trial.Record, attempt int64) (scenario.Scenario, error) {
	var start int64
	for _, a := range r.Attempts {
		if a.ID != attempt {
			continue
		}
		if s, ok := played(r, a); ok {
			return s, s.Validate()
		}
		start = a.StartID
	}
	c, ok := configurationOf(r, start)
	if !ok {
		return scenario.Scenario{}, fmt.Errorf("attempt %d of run %s has no start that is known; name another", attempt, r.Run.ID)
	}
	s := scenario.Scenario{NP: c.NP, Ctx: c.Ctx}
	made := slices.DeleteFunc(slices.Clone(r.Attempts), func(a trial.Attempt) bool { return a.StartID != start || a.ID > attempt && !a.Warmup })
	// Warm-ups come before anything else of a start, though they are stored after the attempt that they are for.
	// Times say nothing of the order: the clock may have been set.
	slices.SortStableFunc(made, func(a, b trial.Attempt) int {
		switch {
		case a.Warmup == b.Warmup:
			return cmp.Compare(a.ID, b.ID)
		case a.Warmup:
			return -1
		}
		return 1
	})
	for _, a := range made {
		step, err := stepOf(a)
		if err != nil {
			return s, fmt.Errorf("attempt %d of run %s: %w", a.ID, r.Run.ID, err)
		}
		if len(step.Requests) > 0 {
			s.Steps = append(s.Steps, step)
		}
	}
	return s, s.Validate()
}

// formOf is the form of a request that travelled as text; "" as ids.
func formOf(r trial.Request) string {
	if r.Form == scenario.Text || r.Form == scenario.Solid {
		return r.Form
	}
	return ""
}

// played is the scenario of a question that an attempt was a step of: what no request tells, such as filler, stands
// there. Another model than the run's own is the attempt's target.
func played(r trial.Record, a trial.Attempt) (scenario.Scenario, bool) {
	var entries []minimize.Entry
	switch {
	case r.Story != nil:
		entries = r.Story.Entries
	case r.Fuzz != nil:
		entries = r.Fuzz.Entries
	}
	for _, e := range entries {
		if s := e.Question.Scenario; e.Question.Seq == a.Probe && 0 < a.N && a.N <= len(s.Steps) {
			s.Steps, s.Flags.Model = s.Steps[:a.N], ""
			return s, true
		}
	}
	return scenario.Scenario{}, false
}

func configurationOf(r trial.Record, start int64) (plan.Configuration, bool) {
	for _, st := range r.Starts {
		if st.ID != start {
			continue
		}
		for _, c := range r.Cells {
			if c.Configuration.ID() == st.Configuration {
				return c.Configuration, true
			}
		}
	}
	return plan.Configuration{}, false
}

func stepOf(a trial.Attempt) (scenario.Step, error) {
	var step scenario.Step
	for _, r := range a.Requests {
		shape, err := shapes.Parse(r.Shape)
		if err != nil {
			return step, err
		}
		step.Requests = append(step.Requests, scenario.Request{
			Slot: r.Slot, Reply: max(1, r.Asked), Cache: r.MayReuse, Grown: r.Form == trial.Grown,
			Delay: int(r.Delay.Milliseconds()), CancelAfter: r.CancelAt, Endpoint: r.Endpoint, Params: r.Params, MayRefuse: r.MayRefuse, Form: formOf(r),
			Recipe: scenario.Recipe{Shape: shape, Seed: r.Seed, Tokens: r.Target, Nonce: r.Nonce},
		})
	}
	return step, nil
}
