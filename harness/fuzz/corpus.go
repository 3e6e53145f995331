package fuzz

import (
	"slices"

	"ctxcliff/harness/rates"
	"ctxcliff/harness/scenario"
)

// Seed is a scenario of the corpus.
type Seed struct {
	Scenario scenario.Scenario `json:"scenario"`
	Why      string            `json:"why"`             // such as what was near in it
	Fault    []string          `json:"fault,omitempty"` // names of what it broke with; none: it breaks nothing
	Title    string            `json:"title,omitempty"`
	Shrunk   bool              `json:"shrunk,omitempty"` // it is the smallest that was found, and need not be shrunk again
	Sentence string            `json:"sentence,omitempty"`
	Lost     int               `json:"lost,omitempty"` // replays that the host went down with
	Worth    float64           `json:"worth"`          // that it showed: the least worth goes first
}

// How many seeds are kept of each kind.
const (
	mostFaults   = 200
	mostNear     = 48
	mostCovering = 64
)

// kind orders seeds: what broke a server goes first.
func (s Seed) kind() int {
	switch {
	case len(s.Fault) > 0:
		return 0
	case s.Why != covering:
		return 1
	}
	return 2
}

const covering = "it went where nothing had been"

// trimmed are the seeds to keep, in the order in which the next campaign replays them.
func trimmed(all []Seed) []Seed {
	var kept []Seed
	for kind, most := range []int{mostFaults, mostNear, mostCovering} {
		var some []Seed
		for _, s := range all {
			if s.kind() == kind && !slices.ContainsFunc(some, func(o Seed) bool { return o.Scenario.Key() == s.Scenario.Key() }) {
				some = append(some, s)
			}
		}
		slices.SortStableFunc(some, func(a, b Seed) int {
			switch {
			case a.Worth > b.Worth:
				return -1
			case a.Worth < b.Worth:
				return 1
			}
			return 0
		})
		kept = append(kept, some[:min(most, len(some))]...)
	}
	return kept
}

// rehearsal is a start that replays seeds.
type rehearsal struct {
	scenario scenario.Scenario
	seeds    []Seed
}

// rehearsals are the starts that replay a corpus: a start of its own for what broke, for the rest one for each
// few of a configuration. Seeds of models that are not at hand are left out, and those that take hosts down.
func (p Space) rehearsals(corpus []Seed, scenes int) []rehearsal {
	var all []rehearsal
	open := map[string]int{}
	for _, s := range corpus {
		if m := s.Scenario.Flags.Model; m != "" && !slices.Contains(p.Models, m) || s.Lost >= rates.LossesToBlame {
			continue
		}
		name := of(s.Scenario).name()
		at, some := open[name]
		if len(s.Fault) == 0 && some && len(all[at].seeds) < scenes && all[at].scenario.Ctx == s.Scenario.Ctx {
			all[at].scenario.Steps = append(all[at].scenario.Steps, s.Scenario.Clone().Steps...)
			all[at].seeds = append(all[at].seeds, s)
			continue
		}
		all = append(all, rehearsal{s.Scenario.Clone(), []Seed{s}})
		if len(s.Fault) == 0 {
			open[name] = len(all) - 1
		}
	}
	return all
}
