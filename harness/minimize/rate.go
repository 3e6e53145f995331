package minimize

import (
	"math"

	"ctxcliff/harness/rates"
	"ctxcliff/harness/scenario"
)

// Rate is how often something breaks, from runs that were stopped at the third hit or the tenth run.
type Rate struct {
	Hits     int            `json:"hits"`
	Runs     int            `json:"runs"`
	Estimate float64        `json:"estimate"` // not biased by having stopped at the third hit
	Interval rates.Interval `json:"interval"` // exact, 95 %
}

// The rule that syzkaller measures reproducers by (pkg/repro): three hits, or ten runs.
const (
	enoughHits = 3
	enoughRuns = 10
	// Unreliable is the rate below which nothing is shrunk: every step would take ten runs.
	Unreliable = 0.15
)

func rateOf(hits, runs int) Rate {
	return Rate{Hits: hits, Runs: runs, Estimate: rates.Stopped(hits, runs, enoughHits), Interval: rates.Exact(hits, runs, 0.95)}
}

// usable says whether anything can be built on it.
func (r Rate) usable() bool { return r.Hits > 0 && float64(r.Hits) >= Unreliable*float64(r.Runs) }

// settled says whether further runs, of most in all, would change anything: three hits, no run left, or,
// after the first hit, three out of reach.
func settled(hits, runs, most int) bool {
	left := most - runs
	return hits >= enoughHits || left <= 0 || hits > 0 && hits+left < enoughHits
}

// gauge runs a scenario until its rate is settled. A patient one runs as often again what shows a rate
// that is too low to go on with: one hit in ten runs is what every seventh bug that breaks at .3 shows.
// Runs that another bug ended are not of the rate; as many as the others leave it at that.
func (d *desk) gauge(kind Kind, s scenario.Scenario, why string, patient bool) (hits, runs int, latest Answer) {
	return d.gaugeOn(kind, s, "", why, patient)
}

// gaugeOn is gauge on another build.
func (d *desk) gaugeOn(kind Kind, s scenario.Scenario, build, why string, patient bool) (hits, runs int, latest Answer) {
	strangers := 0
	for most := enoughRuns; strangers < most; {
		if settled(hits, runs, most) {
			if !patient || most > enoughRuns || hits == 0 || rateOf(hits, runs).usable() {
				return hits, runs, latest
			}
			most = 2 * enoughRuns
		}
		got, a := d.run(kind, s, build, why)
		switch got {
		case nothing, unfit:
			return hits, runs, latest
		case hit:
			hits, runs, latest = hits+1, runs+1, a
		case clean:
			runs++
		case other:
			strangers++
		}
	}
	return hits, runs, latest
}

// attempts is how many clean runs reject a candidate of a bug that breaks at rate p: as many as one hit
// takes on average. A false reject only leaves the result larger; there is no false accept.
func attempts(p float64, thorough bool) int {
	p = max(p, Unreliable)
	if thorough {
		return max(1, rates.RunsToExclude(p, 0.95))
	}
	return max(1, int(math.Ceil(1/p-1e-9)))
}

// holdsUp says whether a result breaks often enough to be used in place of what it came from: at a third
// of all runs or as often as before (syzkaller's rule), or not shown to be less often by Fisher's test. Two
// measurements of the same rate of .3 differ too much for the plain comparison: it would refuse
// every second good result.
func holdsUp(before, after Rate) bool {
	if !after.usable() {
		return false
	}
	return after.Estimate >= min(minGate, before.Estimate) ||
		rates.FisherGreater(before.Hits, before.Runs, after.Hits, after.Runs) > 0.05
}

// minGate is the rate that is always good enough.
const minGate = 1.0 / 3

// lucky is the chance that a bug which breaks at rate p stays silent in n runs.
func lucky(p float64, n int) float64 { return math.Pow(1-min(1, max(0, p)), float64(n)) }
