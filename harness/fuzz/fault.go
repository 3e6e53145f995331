package fuzz

import (
	"slices"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/scenario"
	"ctxcliff/shapes"
)

// Fault is a bug that the campaign met.
type Fault struct {
	Names    []string          `json:"names"` // signatures, its own first; faults that share one are one
	Title    string            `json:"title"`
	Known    bool              `json:"known,omitempty"` // an earlier run had seen it
	Found    int               `json:"found"`           // number of the question that met it first
	Ref      string            `json:"ref,omitempty"`   // of the attempt, as the answer has it
	Hits     int               `json:"hits"`            // starts of the hunt that it ended
	Scenario scenario.Scenario `json:"scenario"`        // all that the start had been asked by then
	Shrunk   *minimize.Result  `json:"shrunk,omitempty"`
	Sentence string            `json:"sentence,omitempty"` // of the smallest; empty: it was not shrunk
}

// tracked is a fault with all that steering goes by.
type tracked struct {
	Fault
	profile   profile
	shrinking *minimize.Session[minimize.Result] // nil: not, or no more
	smallest  *scenario.Scenario                 // nil: unknown
	facts     minimize.Facts
}

func (f *Fault) is(names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(f.Names, n) })
}

// settle takes over what shrinking has come to.
func (f *tracked) settle() {
	r := f.shrinking.Result()
	f.shrinking, f.Shrunk = nil, &r
	if r.Verdict != minimize.SameBug {
		return
	}
	f.Sentence, f.smallest, f.facts = r.Sentence, &r.Smallest, r.Facts
	for _, n := range r.Signatures {
		if !slices.Contains(f.Names, n) {
			f.Names = append(f.Names, n)
		}
	}
}

// seed is the fault for the corpus.
func (f *tracked) seed() Seed {
	s := Seed{Scenario: f.Scenario, Why: "it broke", Fault: f.Names, Title: f.Title, Sentence: f.Sentence, Worth: float64(f.Hits)}
	if f.smallest != nil {
		s.Scenario, s.Shrunk = *f.smallest, true
	}
	return s
}

// awaits reports whether a step has everything that the fault is known to need, so that it will most likely be
// met again.
func (f *tracked) awaits(s scenario.Scenario, n int) bool {
	if f.smallest == nil || s.NP < f.smallest.NP || !covers(s.Flags, f.smallest.Flags) {
		return false
	}
	last := f.smallest.Steps[len(f.smallest.Steps)-1].Requests
	here := slices.Clone(s.Steps[n].Requests)
	if len(f.smallest.Steps) > 1 && n == 0 {
		return false
	}
	for _, need := range last {
		at := slices.IndexFunc(here, func(r scenario.Request) bool { return f.answers(r, need) })
		if at < 0 {
			return false
		}
		here = slices.Delete(here, at, at+1)
	}
	return true
}

// covers reports whether a server has the settings that are needed.
func covers(has, needs scenario.Flags) bool {
	return (needs.Model == "" || has.Model == needs.Model) && (flagWords(needs) == "" || flagWords(has) == flagWords(needs))
}

// answers reports whether a request is as good as the one that is needed.
func (f *tracked) answers(r, need scenario.Request) bool {
	const nearly = 0.97 // the smallest is not the least of all
	switch {
	case float64(r.Recipe.Tokens) < nearly*float64(need.Recipe.Tokens):
		return false
	case need.Endpoint != r.Endpoint, need.Params != "" && need.Params != r.Params, need.AsText() != r.AsText():
		return false
	case need.CancelAfter > 0 && r.CancelAfter == 0, f.facts.Cache && !r.Cache && !r.Grown:
		return false
	case f.facts.Reply && r.Reply < need.Reply:
		return false
	}
	return f.content(r.Recipe, need.Recipe)
}

// content compares what prompts are made of, as far as that matters.
func (f *tracked) content(r, need scenario.Recipe) bool {
	ids := variety(r)
	live := need.LiveTokens() > 0
	switch {
	case f.facts.NotIDs > 0:
		return ids < f.facts.NotIDs
	case f.facts.FewerIDs > 0:
		return ids > f.facts.FewerIDs
	case !live, !f.facts.Content:
		return true
	case need.Period > 0:
		return r.Period > 0 && r.Period <= 2*need.Period
	case need.Distinct > 0:
		return ids <= 2*need.Distinct
	}
	return slices.ContainsFunc(need.Shape.Spans(), func(s shapes.Span) bool {
		return slices.ContainsFunc(r.Shape.Spans(), func(o shapes.Span) bool { return o.Family == s.Family })
	})
}

// variety is about how many different ids a prompt has.
func variety(r scenario.Recipe) int {
	n := r.Tokens
	if r.Period > 0 {
		n = min(n, r.Period)
	}
	if r.Distinct > 0 {
		n = min(n, r.Distinct)
	}
	if !slices.ContainsFunc(r.Shape.Spans(), func(s shapes.Span) bool { return s.Family != "opt" && s.Family != "repeat" }) {
		n = min(n, 8)
	}
	return n
}
