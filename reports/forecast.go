package reports

import (
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// Forecast says how long prompts will take, from those that were measured. The zero value has
// measured nothing and says so.
//
// The time to process n tokens is taken for a·n + b·n², which fits the field's latencies from 70k
// to 150k tokens within 0.6 %. It is fitted by least squares for each number of slots; the first
// attempt of a start and the later ones have curves of their own, because later ones may be cached.
type Forecast struct {
	first, later map[int]*curve // by np
	answers      int            // attempts that it learned from
	loads        Stat
}

// curve accumulates the sums that the least squares need, n in thousands of tokens.
type curve struct{ n2, n3, n4, tn, tn2 float64 }

func (c *curve) add(tokens int, seconds float64) {
	n := float64(tokens) / 1000
	c.n2, c.n3, c.n4 = c.n2+n*n, c.n3+n*n*n, c.n4+n*n*n*n
	c.tn, c.tn2 = c.tn+seconds*n, c.tn2+seconds*n*n
}

// bends reports whether more than one size was measured.
func (c *curve) bends() bool { return c.n2*c.n4-c.n3*c.n3 > 1e-9*c.n2*c.n4 }

// at is the fitted time in seconds.
func (c *curve) at(tokens int) float64 {
	n := float64(tokens) / 1000
	a, b := c.coefficients()
	return a*n + b*n*n
}

// coefficients are those of a·n + b·n² seconds, n in thousands of tokens. Neither is let below zero: a
// longer prompt never takes less time.
func (c *curve) coefficients() (a, b float64) {
	a = c.tn / c.n2
	if c.bends() {
		det := c.n2*c.n4 - c.n3*c.n3
		fa, fb := (c.tn*c.n4-c.tn2*c.n3)/det, (c.n2*c.tn2-c.n3*c.tn)/det
		switch {
		case fa < 0:
			a, b = 0, c.tn2/c.n4
		case fb > 0:
			a, b = fa, fb
		}
	}
	return a, b
}

// Learn takes in an attempt at a cell. Only answers teach anything: an attempt that broke says
// nothing about the time that it would have taken.
func (f *Forecast) Learn(c plan.Cell, a trial.Attempt) {
	if a.Warmup || a.Outcome != trial.Pass && a.Outcome != trial.Warn || c.Tokens <= 0 || c.Configuration.NP <= 0 {
		return
	}
	if f.first == nil {
		f.first, f.later = map[int]*curve{}, map[int]*curve{}
	}
	curves := f.first
	if a.N > 1 {
		curves = f.later
	}
	np := c.Configuration.NP
	if curves[np] == nil {
		curves[np] = &curve{}
	}
	f.answers++
	curves[np].add(c.Tokens, a.Elapsed.Seconds())
}

// LearnLoad takes in how long a server took from launch to ready.
func (f *Forecast) LearnLoad(d time.Duration) {
	f.loads.Mean = (f.loads.Mean*float64(f.loads.N) + d.Seconds()) / float64(f.loads.N+1)
	f.loads.N++
}

// LearnRecord takes in all that a stored run measured.
func (f *Forecast) LearnRecord(r trial.Record) {
	r, _ = usable(r)
	cells := map[string]plan.Cell{}
	for _, c := range r.Cells {
		cells[c.ID()] = c
	}
	for _, a := range r.Attempts {
		if c, ok := cells[a.CellID]; ok {
			f.Learn(c, a)
		}
	}
	for _, s := range r.Starts {
		if s.Load > 0 {
			f.LearnLoad(s.Load)
		}
	}
}

// Plan is the time that a whole plan will take. It is false while nothing has been measured.
func (f *Forecast) Plan(p plan.Plan, s trial.Settings) (time.Duration, bool) {
	if !f.knows() {
		return 0, false
	}
	seconds := float64(startsOf(p, s)) * f.loads.Mean
	for _, w := range p.Configurations {
		for _, c := range w.Cells {
			seconds += float64(s.Starts) * f.visit(c, s.Attempts)
		}
	}
	return inSeconds(seconds), true
}

func (f *Forecast) knows() bool { return len(f.first) > 0 }

// visit is the time of one start's worth of attempts at a cell, loading apart.
func (f *Forecast) visit(c plan.Cell, attempts int) float64 {
	return f.attempt(c, 1) + float64(max(0, attempts-1))*f.attempt(c, 2)
}

// attempt is the time of the nth attempt in seconds. A prompt that will be refused takes none.
func (f *Forecast) attempt(c plan.Cell, n int) float64 {
	if c.Configuration.NP <= 0 || c.Expected(c.Configuration.SlotContext()) == plan.ExpectRefusal {
		return 0
	}
	if n > 1 && len(f.later) > 0 {
		return estimate(f.later, c.Configuration.NP, c.Tokens)
	}
	return estimate(f.first, c.Configuration.NP, c.Tokens)
}

// estimate takes the curve of np. A curve of a single size knows no square term: its bend is
// taken from another np that has measured several sizes. Without a curve of np, the nearest other
// np is taken in proportion: slots that work side by side share the machine.
func estimate(curves map[int]*curve, np, tokens int) float64 {
	own := curves[np]
	if own != nil && own.bends() {
		return own.at(tokens)
	}
	other := nearest(curves, np, (*curve).bends)
	switch {
	case own != nil && other != 0:
		size := int(1000*own.n3/own.n2 + 0.5) // the one size that was measured
		if there := curves[other].at(size); there > 0 {
			return own.at(size) * curves[other].at(tokens) / there
		}
		return own.at(tokens)
	case own != nil:
		return own.at(tokens)
	case other == 0:
		other = nearest(curves, np, func(*curve) bool { return true })
	}
	if other == 0 {
		return 0
	}
	return curves[other].at(tokens) * float64(np) / float64(other)
}

// nearest is the np, other than np itself, whose curve will do; 0 when none will.
func nearest(curves map[int]*curve, np int, ok func(*curve) bool) int {
	best := 0
	for have, c := range curves {
		if have == np || !ok(c) {
			continue
		}
		if best == 0 || distance(have, np) < distance(best, np) || distance(have, np) == distance(best, np) && have < best {
			best = have
		}
	}
	return best
}

func distance(a, b int) int { return max(a-b, b-a) }

func inSeconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// startsOf is how many servers a plan launches: one for each visit of a cell, or one for each round
// of a configuration.
func startsOf(p plan.Plan, s trial.Settings) int {
	if s.Isolation == "config" {
		return len(p.Configurations) * s.Starts
	}
	return p.Cells() * s.Starts
}
