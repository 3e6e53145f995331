package minimize

import (
	"ctxcliff/harness/rates"
	"ctxcliff/harness/scenario"
)

// Why a story ends before its end.
const (
	OutOfRuns = "the budget of runs is used up"
	OutOfTime = "the budget of time is used up"
	Lab       = "the lab failed three times in a row"
	HostDown  = "the host went down with the same run twice; --retry-lost goes on all the same"
	NoAnswer  = "no answer came"
	CannotRun = "the scenario cannot be run here"
)

// retries is how often a run that the lab spoilt is asked again.
const retries = 3

// desk is where all questions of a story pass: it numbers them, keeps the budget, asks again what the
// lab spoilt, and keeps the tally of what was seen.
type desk struct {
	ask    Ask
	runs   int     // most runs that count; 0 no limit
	hours  float64 // most hours; 0 no limit
	seq    int
	ended  string // why nothing more is asked; empty while something is
	used   int    // runs that counted
	second float64
	bug    *bug
	tally  map[string]*Tally
	order  []*Tally
}

func newDesk(ask Ask, b *bug) *desk { return &desk{ask: ask, bug: b, tally: map[string]*Tally{}} }

// Tally is what was seen of one scenario, on one build.
type Tally struct {
	Kind     Kind              `json:"kind"` // why it was first run
	Why      string            `json:"why"`
	Build    string            `json:"build,omitempty"`
	Scenario scenario.Scenario `json:"scenario"`
	Hits     int               `json:"hits"`               // runs that broke with this bug
	Others   int               `json:"others,omitempty"`   // runs that broke with another
	Runs     int               `json:"runs"`               // that counted, hits and others included
	Unfit    bool              `json:"unfit,omitempty"`    // it could not be run
	Accepted bool              `json:"accepted,omitempty"` // it became the smallest so far
}

func (t Tally) clean() int { return t.Runs - t.Hits - t.Others }

// seen is how a run counts.
type seen uint8

const (
	nothing seen = iota // no answer: the story ends
	clean
	hit
	other
	unfit
)

// run asks once and counts what came.
func (d *desk) run(kind Kind, s scenario.Scenario, build, why string) (seen, Answer) {
	t := d.of(kind, s, build, why)
	for spoilt, lost := 0, 0; ; {
		if !d.affords() {
			return nothing, Answer{}
		}
		a, ok := d.ask(Question{Seq: d.seq + 1, Kind: kind, Scenario: s, Build: build, Try: t.Runs + 1, Why: why})
		if !ok {
			d.ended = NoAnswer
			return nothing, Answer{}
		}
		d.seq++
		d.second += max(0, a.Seconds)
		switch a.Outcome {
		case Interrupted: // by whoever may do so as often as they like
			continue
		case Infra:
			if spoilt++; spoilt > retries {
				d.ended = Lab
				return nothing, Answer{}
			}
			continue
		case HostLost:
			if lost++; lost >= rates.LossesToBlame {
				d.ended = HostDown
				return nothing, Answer{}
			}
			continue
		}
		d.used++
		return d.count(t, a), a
	}
}

// count enters an answer into the tally.
func (d *desk) count(t *Tally, a Answer) seen {
	if a.Outcome == Unfit {
		t.Unfit = true
		return unfit
	}
	t.Runs++
	switch {
	case a.Outcome == Clean:
		return clean
	case !d.bug.is(a):
		t.Others++
		d.bug.another(a)
		return other
	}
	t.Hits++
	d.bug.add(a)
	return hit
}

// of is the tally of a scenario on a build.
func (d *desk) of(kind Kind, s scenario.Scenario, build, why string) *Tally {
	key := build + "\x00" + s.Key()
	t := d.tally[key]
	if t == nil {
		t = &Tally{Kind: kind, Why: why, Build: build, Scenario: s}
		d.tally[key] = t
		d.order = append(d.order, t)
	}
	return t
}

// known is what was seen of a scenario on the build that the story is about; nil nothing.
func (d *desk) known(s scenario.Scenario) *Tally { return d.tally["\x00"+s.Key()] }

// affords says whether another run is within the budget.
func (d *desk) affords() bool {
	switch {
	case d.ended != "":
	case d.runs > 0 && d.used >= d.runs:
		d.ended = OutOfRuns
	case d.hours > 0 && d.second >= d.hours*3600:
		d.ended = OutOfTime
	}
	return d.ended == ""
}

// tried are the scenarios that were run at all, in the order of their first run.
func (d *desk) tried() []Tally {
	var all []Tally
	for _, t := range d.order {
		if t.Runs > 0 || t.Unfit {
			all = append(all, *t)
		}
	}
	return all
}
