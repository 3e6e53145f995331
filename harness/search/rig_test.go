package search

import (
	"math"
	"math/rand/v2"
)

// A rig is a server that behaves like its worlds, and a clock. It answers probes of the product
// and runs the baselines, at the same prices.
type rig struct {
	r      *rand.Rand
	worlds map[string]*world
	load   float64 // seconds of a start or of the reload after a crash

	config   string
	up       bool
	clock    float64
	starts   int
	served   float64
	crashes  int
	requests int
	prefills int
	firstAt  float64
}

func newRig(seed uint64, worlds map[string]*world) *rig {
	return &rig{r: rand.New(rand.NewPCG(seed, 7)), worlds: worlds, load: 300}
}

// boot brings a server up if none of this configuration is; the seconds it took come back.
func (g *rig) boot(config string, fresh bool) float64 {
	if g.up && g.config == config && !fresh {
		return 0
	}
	g.up, g.config, g.served = true, config, 0
	g.starts++
	g.clock += g.load
	return g.load
}

// death is how a request ended, if it did not end well.
type death struct {
	phase    Phase
	position int // 0: not visible
	spent    float64
	hang     bool
}

// request runs tokens from..to of a chain; threshold is the chain's own, for position faults.
func (g *rig) request(w *world, path Path, from, to, threshold float64) *death {
	g.requests++
	took := w.slow * (seconds(to) - seconds(from))
	reply := 0.5 + 4*(0.042+5.6e-7*to)
	var d *death
	switch {
	case w.class == "background":
		if at := g.r.ExpFloat64() * w.tau; at < took {
			reached := from + (to-from)*at/took
			d = &death{phase: Prefill, position: batches(from, reached), spent: at}
		}
	case w.class != "island" && w.trigger == "position":
		if threshold <= to {
			at := math.Max(from, threshold)
			d = &death{phase: Prefill, position: batches(from, at), spent: w.slow * (seconds(at) - seconds(from))}
		}
	case g.r.Float64() < w.chance(to, path, g.served):
		switch w.trigger {
		case "start":
			d = &death{phase: Prefill}
		case "decode":
			d = &death{phase: Decode, spent: took + reply}
		default: // an island that a prefill of this length runs into
			d = &death{phase: Prefill, position: batches(from, math.Max(from, w.x)), spent: w.slow * (seconds(math.Max(from, w.x)) - seconds(from))}
		}
	}
	if d == nil {
		g.clock += took + reply
		g.served += to - from
		return nil
	}
	g.clock += d.spent
	if d.hang = g.r.Float64() < w.hangs; d.hang {
		g.clock += 180
	}
	g.up = false
	g.crashes++
	if g.firstAt == 0 {
		g.firstAt = g.clock
	}
	return d
}

// batches is the last progress report before a position: whole batches of 2,048 were done.
func batches(from, at float64) int { return int(from + math.Floor((at-from)/2048)*2048) }

// cold is one request of n tokens from an empty cache.
func (g *rig) cold(w *world, n int) *death {
	g.prefills++
	return g.request(w, Cold, 0, float64(n), w.threshold(g.r, Cold, g.served))
}

// answer runs a probe of the product.
func (g *rig) answer(p Probe) Answer {
	w := g.worlds[p.Cell]
	a := Answer{Outcome: Passed}
	a.Loading = g.boot(lifeKey(p), p.Fresh)
	began := g.clock
	a.Served = int(g.served)
	switch {
	case p.Limit:
		g.clock += 0.5
	case p.Path == Cold:
		a.tell(g.cold(w, p.Tokens), p.Tokens)
	default:
		g.chain(w, p, &a)
	}
	if a.Outcome == Passed && p.Path == Cold && !p.Limit {
		a.Marks = []Mark{{p.Tokens / 2, w.slow * seconds(float64(p.Tokens/2))}, {p.Tokens, w.slow * seconds(float64(p.Tokens))}}
	}
	a.Seconds, a.Elapsed, a.Starts = g.clock-began, g.clock, g.starts
	return a
}

func (g *rig) chain(w *world, p Probe, a *Answer) {
	g.prefills++
	threshold := w.threshold(g.r, Chain, g.served)
	from := 0
	for i, to := range p.Steps {
		d := g.request(w, Chain, float64(from), float64(to), threshold)
		if d != nil {
			a.tell(d, to)
			return
		}
		a.Previous, a.Cached, a.Reached = from, from, to
		if i%16 == 15 {
			a.Marks = append(a.Marks, Mark{to, w.slow * seconds(float64(to))})
		}
		from = to
	}
}

func (a *Answer) tell(d *death, asked int) {
	if d == nil {
		return
	}
	a.Outcome, a.Signature, a.Title = Fault, "sim", "simulated fault"
	if d.hang {
		a.Outcome = Hang
	}
	a.Phase, a.Position, a.Asked = d.phase, d.position, asked
}

// drive asks and tells until the campaign ends.
func (g *rig) drive(c *Campaign) []Entry {
	var journal []Entry
	for {
		next := c.Next()
		if next.Done {
			return journal
		}
		a := g.answer(next.Probe)
		journal = append(journal, Entry{Probe: next.Probe, Answer: &a})
		if err := c.Tell(next.Probe, a); err != nil {
			panic(err)
		}
	}
}
