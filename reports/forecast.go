package reports

import (
	"strings"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
)

// Forecast says how long prompts will take, from those that were measured. The zero value has
// measured nothing and says so.
//
// The time to process n tokens is taken for a·n + b·n², which fits the field's latencies from 70k
// to 150k tokens within 0.6 %. It is fitted for each target and each number of slots; the first attempt of a
// start and the later ones have curves of their own, because later ones may be cached. A target that has
// measured nothing is taken to be as the others are together.
type Forecast struct {
	of  map[string]*pace // by the id of the target
	all pace
}

// pace is how long servers of one kind take.
type pace struct {
	first, later map[int]*search.Latency // by np
	answers      int                     // attempts that it learned from
	loads        Stat
}

// Learn takes in an attempt at a cell. Only answers teach anything: an attempt that broke says
// nothing about the time that it would have taken.
func (f *Forecast) Learn(c plan.Cell, a trial.Attempt) {
	if a.Warmup || a.Outcome != trial.Pass && a.Outcome != trial.Warn || c.Tokens <= 0 || c.Configuration.NP <= 0 {
		return
	}
	if a.Probe > 0 && (!a.Cold() || a.PromptTokens() != c.Tokens) {
		return // a step of a chain
	}
	later := a.N > 1 && a.Probe == 0
	f.pace(targetOf(c.Configuration.ID())).learn(c, a.Elapsed, later)
	f.all.learn(c, a.Elapsed, later)
}

func (p *pace) learn(c plan.Cell, took time.Duration, later bool) {
	if p.first == nil {
		p.first, p.later = map[int]*search.Latency{}, map[int]*search.Latency{}
	}
	curves, np := p.first, c.Configuration.NP
	if later {
		curves = p.later
	}
	if curves[np] == nil {
		curves[np] = &search.Latency{}
	}
	p.answers++
	curves[np].See(c.Tokens, took.Seconds())
}

// pace is that of a target, to be learned.
func (f *Forecast) pace(target string) *pace {
	if f.of == nil {
		f.of = map[string]*pace{}
	}
	if f.of[target] == nil {
		f.of[target] = &pace{}
	}
	return f.of[target]
}

// targetOf is the target's part of the id of a configuration.
func targetOf(configuration string) string {
	return configuration[:max(0, strings.LastIndex(configuration, "__"))]
}

// LearnLoad takes in how long a server of a configuration took from launch to ready.
func (f *Forecast) LearnLoad(configuration string, d time.Duration) {
	for _, p := range []*pace{f.pace(targetOf(configuration)), &f.all} {
		p.loads.Mean = (p.loads.Mean*float64(p.loads.N) + d.Seconds()) / float64(p.loads.N+1)
		p.loads.N++
	}
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
			f.LearnLoad(s.Configuration, s.Load)
		}
	}
}

// Plan is the time that a whole plan will take. It is false while nothing has been measured.
func (f *Forecast) Plan(p plan.Plan, s trial.Settings) (time.Duration, bool) {
	if !f.knows() {
		return 0, false
	}
	seconds := 0.0
	for _, w := range p.Configurations {
		seconds += float64(startsOf(plan.Plan{Configurations: []plan.Work{w}}, s)) * f.load(w.Configuration.ID())
		for _, c := range w.Cells {
			seconds += float64(s.Starts) * f.visit(c, s.Attempts)
		}
	}
	return inSeconds(seconds), true
}

// Cold is the time of a prompt of that many tokens in each of np slots of a configuration, computed from
// nothing. It is false while nothing has been measured.
func (f *Forecast) Cold(configuration string, np, tokens int) (time.Duration, bool) {
	return inSeconds(estimate(f.known(targetOf(configuration)).first, np, tokens)), f.knows()
}

func (f *Forecast) knows() bool { return len(f.all.first) > 0 }

// known is what there is to go by for a target: its own pace, or that of all.
func (f *Forecast) known(target string) *pace {
	if p := f.of[target]; p != nil && len(p.first) > 0 {
		return p
	}
	return &f.all
}

// load is how long a server of the configuration takes to be ready, in seconds.
func (f *Forecast) load(configuration string) float64 {
	if p := f.of[targetOf(configuration)]; p != nil && p.loads.N > 0 {
		return p.loads.Mean
	}
	return f.all.loads.Mean
}

// visit is the time of one start's worth of attempts at a cell, loading apart.
func (f *Forecast) visit(c plan.Cell, attempts int) float64 {
	return f.attempt(c, 1) + float64(max(0, attempts-1))*f.attempt(c, 2)
}

// attempt is the time of the nth attempt in seconds. A prompt that will be refused takes none. Where a target
// has seen no later attempts, those of others say how much shorter they are.
func (f *Forecast) attempt(c plan.Cell, n int) float64 {
	np := c.Configuration.NP
	if np <= 0 || c.Expected(c.Configuration.SlotContext()) == plan.ExpectRefusal {
		return 0
	}
	p := f.known(targetOf(c.Configuration.ID()))
	first := estimate(p.first, np, c.Tokens)
	switch {
	case n <= 1 || len(f.all.later) == 0:
		return first
	case len(p.later) > 0:
		return estimate(p.later, np, c.Tokens)
	}
	if others := estimate(f.all.first, np, c.Tokens); others > 0 {
		return first * estimate(f.all.later, np, c.Tokens) / others
	}
	return first
}

// estimate takes the curve of np. A curve of a single size knows no square term: its bend is
// taken from another np that has measured several sizes. Without a curve of np, the nearest other
// np is taken in proportion: slots that work side by side share the machine.
func estimate(curves map[int]*search.Latency, np, tokens int) float64 {
	own := curves[np]
	if own != nil && own.Bends() {
		return own.At(tokens)
	}
	other := nearest(curves, np, (*search.Latency).Bends)
	switch {
	case own != nil && other != 0:
		size := own.Size() // the one that was measured
		if there := curves[other].At(size); there > 0 {
			return own.At(size) * curves[other].At(tokens) / there
		}
		return own.At(tokens)
	case own != nil:
		return own.At(tokens)
	case other == 0:
		other = nearest(curves, np, func(*search.Latency) bool { return true })
	}
	if other == 0 {
		return 0
	}
	return curves[other].At(tokens) * float64(np) / float64(other)
}

// nearest is the np, other than np itself, whose curve will do; 0 when none will.
func nearest(curves map[int]*search.Latency, np int, ok func(*search.Latency) bool) int {
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
