package minimize

import "ctxcliff/harness/scenario"

// Kind is why a question is asked.
type Kind string

// The kinds, in the order in which they come.
const (
	Replay   Kind = "replay"   // the scenario as it is: does it break at all?
	Measure  Kind = "measure"  // how often does it?
	Alone    Kind = "alone"    // the last request without what came before it
	Shrink   Kind = "shrink"   // a smaller scenario
	Control  Kind = "control"  // what should hold if the result says the truth
	Gate     Kind = "gate"     // how often does the result break?
	Diagnose Kind = "diagnose" // the result with one setting changed
	Step     Kind = "step"     // a build of a bisection
	Verify   Kind = "verify"   // builds older than the one found good
)

// Question asks for one run: the scenario against a server that has served nothing yet.
type Question struct {
	Seq      int               `json:"seq"` // place in the journal, from 1
	Kind     Kind              `json:"kind"`
	Scenario scenario.Scenario `json:"scenario"`
	Build    string            `json:"build,omitempty"` // what to run it on; empty: what the story is about
	Try      int               `json:"try"`             // how often this scenario was run for this reason before, plus 1
	Why      string            `json:"why"`             // half a sentence for the log
}

// Outcome is what a run did.
type Outcome string

// The outcomes. The empty value is unknown and is refused by Tell.
const (
	Clean       Outcome = "clean"       // every request ended as it should, and the server was well afterwards
	Broke       Outcome = "broke"       // a finding of any class: crash, GPU fault, hang, garbage, leak, memory…
	Unfit       Outcome = "unfit"       // this scenario, or this build, cannot be run at all: refused, does not load, untestable
	Infra       Outcome = "infra"       // tester or lab; asked again up to three times, never counted
	Interrupted Outcome = "interrupted" // ended by us or found open in the journal; asked again, never counted
	HostLost    Outcome = "host-lost"   // the host went down with it; asked again once
)

func (o Outcome) known() bool {
	switch o {
	case Clean, Broke, Unfit, Infra, Interrupted, HostLost:
		return true
	}
	return false
}

// Answer is what happened to a question. What is not known is left zero.
type Answer struct {
	Outcome Outcome `json:"outcome"`

	// Of a run that broke. Signatures are all names that the fault goes by, its own first; two faults
	// that share one are one bug. At is the request of the question's scenario during which it broke (the
	// one that had come furthest where several ran). Position is the number of its prompt tokens that the server had
	// surely processed, 0 unknown; InPrompt says that the prompt was not done by then, so that the
	// truth lies within one batch above.
	Signatures []string       `json:"signatures,omitempty"`
	Title      string         `json:"title,omitempty"`
	At         scenario.Place `json:"at,omitzero"`
	Position   int            `json:"position,omitempty"`
	InPrompt   bool           `json:"in_prompt,omitempty"`

	// Steps is how many of the scenario's steps were begun, and Near what in them was not as it always is,
	// though it broke nothing.
	Steps int    `json:"steps,omitempty"`
	Near  []Near `json:"near,omitempty"`

	Seconds float64 `json:"seconds"`       // the run with its start
	Ref     string  `json:"ref,omitempty"` // the caller's own handle, such as the id of an attempt
	Note    string  `json:"note,omitempty"`
}

// Near is a near miss in one step of a scenario.
type Near struct {
	Step int    `json:"step"`
	What string `json:"what"` // noise of kernel or driver, slow batches, answers that oracles are unsure about
}

// Ask runs a question. It returns false when there is no answer, now or ever: whoever asked then ends
// with what is known.
type Ask func(Question) (Answer, bool)
