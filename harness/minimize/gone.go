package minimize

import (
	"ctxcliff/harness/rates"
	"ctxcliff/harness/scenario"
)

// sureGone is how sure it must be that a bug is gone.
const sureGone = 0.99

// leastClean is the number of clean runs below which nothing is called gone, whatever the rate: one
// run may have been something else.
const leastClean = 3

// CleanRunsForRate is how many clean runs of a reproducer say that a bug which breaks at rate p is gone,
// wrong in one of a hundred: 3 at 1, 7 at .5, 13 at .3. 0 for a rate of 0.
func CleanRunsForRate(p float64) int {
	if p <= 0 {
		return 0
	}
	return max(leastClean, rates.RunsToExclude(p, sureGone))
}

// CleanRuns is the same for a rate that is only known from hits in runs that were stopped at the third
// hit or the tenth run: the chance that the bug stays silent so often, taken over all rates that this
// allows, is one in a hundred. The rates are those of a beta distribution with the hits and half a miss
// more than there were; its mean of (1-p)^n is a product. Half a hit more (Jeffreys) would be too
// trusting, for a hit is what ended the measurement: simulated, it calls a bug of .3 gone in 1.5 % of all
// cases, this in .8 %. 3 of 3 asks for 5 runs, 3 of 10 for 31, 14 of 14 for 3. 0 without a hit: then no
// number of runs says anything.
func CleanRuns(hits, runs int) int {
	if hits < 1 || runs < hits {
		return 0
	}
	n := leastClean
	for silence(hits, runs, n) > 1-sureGone {
		n++
	}
	return n
}

// silence is the chance that what broke in hits of runs is silent in n more.
func silence(hits, runs, n int) float64 {
	chance := 1.0
	for i := range n {
		misses := float64(runs-hits) + 0.5 + float64(i)
		chance *= misses / (misses + float64(hits))
	}
	return chance
}

// State is whether a bug is there.
type State string

// The states.
const (
	There     State = "there"     // it broke with the bug
	Gone      State = "gone"      // clean so often that it would be luck in one case of a hundred
	Untested  State = "untested"  // it cannot be run here
	Undecided State = "undecided" // it ended before anything could be said, or another bug was in the way
)

// ExitCode is what git bisect run wants to hear: 0 for good, 1 for bad, 125 for neither.
func (s State) ExitCode() int {
	switch s {
	case Gone:
		return 0
	case There:
		return 1
	}
	return 125
}

// CheckSettings say what is looked for. Hits in Runs is how often it broke before; without them as many
// clean runs are asked for as Clean says.
type CheckSettings struct {
	Scenario   scenario.Scenario `json:"scenario"`
	Signatures []string          `json:"signatures"`
	Hits       int               `json:"hits"`
	Runs       int               `json:"runs"`
	Clean      int               `json:"clean,omitempty"`
	Hours      float64           `json:"hours,omitempty"` // 0: no limit
	Most       int               `json:"most,omitempty"`  // runs; 0: no limit
}

// Presence is what came of a check.
type Presence struct {
	State  State   `json:"state"`
	Runs   int     `json:"runs"`             // that counted
	Clean  int     `json:"clean"`            // clean runs
	Needed int     `json:"needed"`           // clean runs that say gone
	Others int     `json:"others,omitempty"` // runs that broke with another bug
	Luck   float64 `json:"luck"`             // chance that a bug which is there would have been so silent; 1 where it broke or nothing is known of its rate
	Title  string  `json:"title,omitempty"`
	Hours  float64 `json:"hours"`
	Ended  string  `json:"ended,omitempty"` // why it ended early
}

// StillThere asks whether a reproducer still breaks: one hit says yes.
func StillThere(set CheckSettings) (*Session[Presence], error) {
	if err := set.Scenario.Validate(); err != nil {
		return nil, err
	}
	return newSession(func(ask Ask) Presence { return stillThere(set, ask) }), nil
}

func stillThere(set CheckSettings, ask Ask) Presence {
	d := newDesk(ask, newBug(set.Signatures))
	d.hours, d.runs = set.Hours, set.Most
	p := Presence{Needed: max(leastClean, CleanRuns(set.Hits, set.Runs)), Luck: 1}
	if set.Hits == 0 {
		p.Needed = max(leastClean, set.Clean)
	}
	p.State, p.Clean = d.judge(Step, set.Scenario, "", "is it still there", p.Needed)
	if p.State == Gone && set.Hits > 0 {
		p.Luck = silence(set.Hits, set.Runs, p.Clean)
	}
	p.Title, p.Runs = d.bug.title, d.used
	p.Others, p.Hours, p.Ended = d.of(Step, set.Scenario, "", "").Others, d.second/3600, d.ended
	return p
}

// inTheWay is how many runs that another bug ended are taken for an answer where so many clean ones would
// be. One may be chance, and says nothing.
func inTheWay(enough int) int { return max(2, enough) }

// judge runs a scenario on a build until it breaks or was clean so often. Runs that another bug ended are
// neither; too many of them leave it undecided.
func (d *desk) judge(kind Kind, s scenario.Scenario, build, why string, enough int) (State, int) {
	for cleans, others := 0, 0; ; {
		switch got, _ := d.run(kind, s, build, why); got {
		case nothing:
			return Undecided, cleans
		case unfit:
			return Untested, cleans
		case hit:
			return There, cleans
		case other:
			if others++; others >= inTheWay(enough) {
				return Undecided, cleans
			}
		case clean:
			if cleans++; cleans >= enough {
				return Gone, cleans
			}
		}
	}
}
