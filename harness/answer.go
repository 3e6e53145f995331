package harness

import (
	"slices"
	"strconv"

	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
)

// answer says in the words of the search what happened to the probe.
func (r *reading) answer() search.Answer {
	if r.last == nil {
		return r.prober.answer(r.probe, search.Infra)
	}
	last := *r.last
	a := search.Answer{
		Outcome: outcomeOf(last), Asked: largest(last), Reached: r.reached, Previous: r.previous, Cached: -1,
		Marks: r.marks, Seconds: r.spent.Seconds(), Loading: r.loading.Seconds(), Starts: r.lifeCount(), Served: r.served,
	}
	switch {
	case r.probe.Path == search.Chain && r.reached > 0:
		a.Cached = r.cached
	case r.probe.Path == search.Cold && passed(last):
		a.Cached, a.Reached = uncold(last), last.PromptTokens()
	case accepted(last):
		a.Outcome, a.Reached = search.Passed, r.probe.Tokens
	}
	switch a.Outcome {
	case search.Refused:
		a.Limit = r.life.start.ReadBack.SlotContext
		if trial.SharedPool(last) { // each slot's part of it must hold the reply, too
			a.Limit = a.Limit/len(last.Requests) - last.Requests[0].Asked + 1
		}
	case search.Fault, search.Hang, search.Memory:
		a.Phase, a.Position = where(last)
		blame(&a, last)
	}
	a.Down = r.life.server == nil || last.Outcome.Bad() || a.Outcome == search.Infra || a.Outcome == search.Interrupted
	return a
}

// outcomeOf is the outcome of an attempt in the words of the search. A pass of which the kernel says
// that the GPU was reset is none.
func outcomeOf(a trial.Attempt) search.Outcome {
	switch o := a.Outcome; {
	case o == trial.Warn && a.Fault != nil && a.Fault.Category == "gpu-fault":
		return search.Fault
	case passed(a):
		return search.Passed
	case o == trial.Refused:
		return search.Refused
	case o == trial.OOM:
		return search.Memory
	case o == trial.Hang, o == trial.LoadFail && a.Fault != nil && a.Fault.Category == "hang":
		return search.Hang
	case o.Bad():
		return search.Fault
	case o == trial.Incomplete:
		return search.Interrupted
	}
	return search.Infra
}

func passed(a trial.Attempt) bool { return a.Outcome == trial.Pass || a.Outcome == trial.Warn }

// accepted reports whether the attempt was broken off because nothing more was asked.
func accepted(a trial.Attempt) bool {
	return a.Outcome == trial.Incomplete && a.Reason == trial.AcceptedReason
}

// uncold is how many prompt tokens of a pass that was to be cold were not computed for it.
func uncold(a trial.Attempt) int {
	if a.Cold() {
		return 0
	}
	return max(1, a.CachedTokens())
}

// blame names the fault that ended a probe.
func blame(a *search.Answer, by trial.Attempt) {
	a.Ref, a.Note = strconv.FormatInt(by.ID, 10), by.Reason
	if f := by.Fault; f != nil {
		a.Signature, a.Title = f.Signature, f.Title
		return
	}
	a.Signature, a.Title = by.Outcome.String(), by.Reason
}

// where says in which phase an attempt broke, and at which prompt token of which the server had surely
// processed all before; 0 when that is not known. Slots are filled one after the other: if one broke at
// a place that another had passed in the same wave, then it is not the place that breaks.
func where(a trial.Attempt) (search.Phase, int) {
	sent := func(r trial.Request) bool { return r.Elapsed > 0 }
	if !slices.ContainsFunc(a.Requests, sent) {
		return search.Load, 0
	}
	position, furthest, prefill, decode := 0, 0, false, false
	for _, r := range a.Requests {
		switch {
		case r.Complete:
			furthest = max(furthest, r.Target)
		case r.Position < r.Target:
			position, prefill = max(position, r.Position), true
		default:
			furthest, decode = max(furthest, r.Target), true
		}
	}
	switch {
	case prefill && position < furthest:
		return search.Prefill, 0
	case prefill:
		return search.Prefill, position
	case decode:
		return search.Decode, 0
	}
	return search.AfterReply, 0
}

// largest is the longest prompt of the attempt.
func largest(a trial.Attempt) int {
	n := 0
	for _, r := range a.Requests {
		n = max(n, r.Target)
	}
	return n
}
