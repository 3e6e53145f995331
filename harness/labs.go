package harness

import (
	"fmt"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// Labs are what was found out about all targets of a run, in the order of its plan. No two of them
// share a [plan.Target.ID].
type Labs []*Lab

// Targets are those of the labs, as found out.
func (all Labs) Targets() []plan.Target {
	targets := make([]plan.Target, len(all))
	for i, lab := range all {
		targets[i] = lab.Target
	}
	return targets
}

// Tested is what is recorded of the labs.
func (all Labs) Tested() []trial.Tested {
	list := make([]trial.Tested, len(all))
	for i, lab := range all {
		list[i] = trial.Tested{Target: lab.Target, Server: lab.Binary, Model: lab.Model}
	}
	return list
}

// of is the lab of a target.
func (all Labs) of(t plan.Target) (*Lab, error) {
	for _, lab := range all {
		if lab.Target.ID() == t.ID() {
			return lab, nil
		}
	}
	return nil, fmt.Errorf("%s was not surveyed before the run", t.ID())
}
