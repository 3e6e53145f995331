package trial

import (
	"maps"

	"ctxcliff/harness/fuzz"
	"ctxcliff/harness/minimize"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/search"
)

// Record is everything stored of one run: what a report is made of.
type Record struct {
	Run      Run
	Cells    []plan.Cell // planned, in the order of the plan
	Skips    []plan.Skip
	Needs    []Need          // of configurations, in the order of the plan; those that nobody knew are left out
	Starts   []Start         // in the order of their numbers
	Attempts []Attempt       // in the order of their ids, warm-ups and unfinished ones included
	Notes    []string        // sentences that belong into the report
	Search   *search.Journal // what a bisection asked and was told; nil for runs that look for no edges
	Parts    []Record        // the shards that the record was joined from; nil of a run that was not divided
	Sums     *Sums           // of all starts and attempts, where Starts and Attempts are only some of them; nil: they are all
	Story    *minimize.Story // what a reproduction or a minimisation asked and was told; nil for others
	Fuzz     *fuzz.Story     `json:",omitzero"` // what a campaign may vary, asked and was told; nil for others
}

// Need is what a configuration was expected to take before it was started.
type Need struct {
	Configuration string // its id
	plan.Need
}

// Trials groups the attempts by cell, one trial per planned cell in the order of the plan; a cell
// that was never attempted has a trial without attempts.
func (r Record) Trials() []Trial {
	at := map[string]int{}
	trials := make([]Trial, 0, len(r.Cells))
	for _, c := range r.Cells {
		at[c.ID()] = len(trials)
		trials = append(trials, Trial{CellID: c.ID()})
	}
	for _, a := range r.Attempts {
		if i, ok := at[a.CellID]; ok {
			trials[i].Attempts = append(trials[i].Attempts, a)
		}
	}
	if r.Sums != nil {
		for i := range trials {
			trials[i].Sum = r.Sums.of(trials[i])
		}
	}
	return trials
}

// of is the sum of a cell; what is still open in it is among the attempts, and in no sum yet.
func (s Sums) of(t Trial) *Sum {
	sum := s.Cells[t.CellID]
	sum.Outcomes = maps.Clone(sum.Outcomes)
	if sum.Outcomes == nil {
		sum.Outcomes = map[Outcome]int{}
	}
	for _, a := range t.Attempts {
		if a.open() && !a.Warmup {
			sum.Outcomes[Incomplete]++
		}
	}
	return &sum
}
