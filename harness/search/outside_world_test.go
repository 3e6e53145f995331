package search_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"ctxcliff/harness/search"
)

// A nature is one cell whose truth is known, written from the field notes alone and apart from the worlds
// of the package's own tests. It has what those hold fixed: ceilings and slots, a noisy clock, positions
// that lag or are not told, refusals, memory, and faults of the length of the last micro-batch.
type nature struct {
	class, trigger string
	x, width, p    float64
	tau            float64 // busy seconds between background crashes
	ceiling        int
	slow           float64 // np: slots loaded together
	noise          float64 // of the clock, relative
	lag            int     // whole batches that a position may be told too low
	blind          bool
	refuses        int // from this length on; 0 never
	hints          bool
	memory         float64 // a prompt as long as that finds no memory; 0 never
	from, to       int     // of class modulo: tails of the last micro-batch that break
}

func t(n float64) float64 { return 3.185e-3*n + 3.178e-8*n*n }

var weights = []struct {
	class  string
	weight float64
}{
	{"none", 30}, {"hard", 20}, {"logistic", 5}, {"hazard", 7}, {"flaky.5", 6}, {"flaky.3", 8}, {"flaky.15", 4},
	{"immediate", 6}, {"background", 3}, {"island", 3}, {"drift", 3}, {"cold-only", 3}, {"artefact", 2},
}

func pick(r *rand.Rand) string {
	sum := r.Float64() * 100
	for _, w := range weights {
		if sum -= w.weight; sum < 0 {
			return w.class
		}
	}
	return "none"
}

// draw makes a world; sizes of the notes are for 262,144 tokens and shrink with the ceiling.
func draw(r *rand.Rand, class string, ceiling int) *nature {
	scale := float64(ceiling) / 262144
	within := func(a, b float64) float64 { return scale * (a + (b-a)*r.Float64()) }
	w := &nature{class: class, ceiling: ceiling, slow: 1, x: within(12e3, 250e3), width: within(1e3, 6e3)}
	switch u := r.Float64(); {
	case u < 0.6:
		w.trigger = "position"
	case u < 0.85:
		w.trigger = "decode"
	default:
		w.trigger = "start"
	}
	switch class {
	case "hazard":
		w.width = within(4e3, 40e3)
	case "immediate":
		w.x = within(0, 5e3)
	case "background":
		w.tau = 3600 * (12 + 36*r.Float64())
	case "modulo":
		w.from = r.IntN(400)
		w.to = w.from + 64 + r.IntN(48)
	}
	fmt.Sscanf(class, "flaky%f", &w.p)
	return w
}

// bad is the chance that a request of n tokens on a path breaks.
func (w *nature) bad(n float64, cold bool, served float64) float64 {
	yes := false
	switch w.class {
	case "none", "background", "modulo":
		return 0
	case "logistic":
		return 1 / (1 + math.Exp((w.x-n)/w.width))
	case "hazard":
		return 1 - math.Exp(-math.Max(0, n-w.x)/w.width)
	case "island":
		yes = n >= w.x && n <= w.x+w.width
	case "drift":
		yes = n >= w.x-0.02*served
	case "cold-only":
		yes = n >= w.x && cold
	case "artefact":
		yes = n >= w.x && !cold
	default:
		yes = n >= w.x
	}
	switch {
	case !yes:
		return 0
	case w.p > 0:
		return w.p
	}
	return 1
}

// tail is the length of the last micro-batch of a request that processes so many tokens.
func tail(n int) int { return (n-1)%512 + 1 }

// worst is the chance to break of the worst cold run of any length up to n on a fresh server.
func (w *nature) worst(n int) float64 {
	switch w.class {
	case "background":
		return 1 - math.Exp(-w.slow*t(float64(n))/w.tau)
	case "island":
		if float64(n) >= w.x {
			return 1
		}
		return 0
	case "modulo":
		if float64(n) >= w.x+512 {
			return 1
		}
		return 0
	}
	return w.bad(float64(n), true, 0)
}

// holds is the longest length up to which no cold run breaks in more than 5 %.
func (w *nature) holds() float64 {
	low, high := 0, w.ceiling
	if w.refuses > 0 {
		high = min(high, w.refuses-1)
	}
	if w.memory > 0 {
		high = min(high, int(w.memory)-1)
	}
	for low < high {
		if m := (low + high + 1) / 2; w.worst(m) <= 0.05 {
			low = m
		} else {
			high = m - 1
		}
	}
	return float64(low)
}

// lab runs probes on worlds, with a clock.
type lab struct {
	r      *rand.Rand
	cells  map[string]*nature
	load   float64
	up     string // configuration of the server that runs
	now    float64
	starts int
	served float64 // tokens, by that server
	broke  int
	asks   int
}

func (l *lab) run(p search.Probe) search.Answer {
	w := l.cells[p.Cell]
	l.asks++
	a := search.Answer{Outcome: search.Passed}
	life := fmt.Sprint(p.Config, p.Context)
	if l.up != life || p.Fresh {
		l.up, l.served, a.Loading = life, 0, l.load
		l.starts++
		l.now += l.load
	}
	began, spent := l.now, 0.0
	a.Served = int(l.served)
	steps := p.Steps
	if p.Path == search.Cold {
		steps = []int{p.Tokens}
	}
	// A fault of a position strikes a whole chain or none of it: one draw, where the chance grows with length.
	u := l.r.Float64()
	from := 0
	for _, to := range steps {
		if w.refuses > 0 && to >= w.refuses {
			l.now += 0.05
			a.Outcome, a.Asked = search.Refused, to
			if w.hints {
				a.Limit = w.refuses
			}
			break
		}
		if p.Limit {
			l.now += 0.5
			break
		}
		took := w.slow * (t(float64(to)) - t(float64(from))) * (1 + w.noise*l.r.NormFloat64())
		if w.memory > 0 && float64(to) >= w.memory {
			l.fail(w, &a, from, math.Max(float64(from), w.memory), to, took, search.Prefill)
			a.Outcome = search.Memory
			break
		}
		if at, phase := l.strikes(w, p, from, to, u, took); phase != "" {
			l.fail(w, &a, from, at, to, took, phase)
			break
		}
		l.now += took + 0.5 + 4*(0.042+5.6e-7*float64(to))
		l.served += float64(to - from)
		spent += took
		a.Previous, a.Reached = from, to
		if p.Path == search.Chain {
			a.Cached = from
		}
		a.Marks = append(a.Marks, search.Mark{Tokens: to, Seconds: spent})
		from = to
	}
	a.Seconds, a.Elapsed, a.Starts = l.now-began, l.now, l.starts
	return a
}

// strikes is where a request breaks and in which phase; phase is empty when it does not.
func (l *lab) strikes(w *nature, p search.Probe, from, to int, u, took float64) (float64, search.Phase) {
	cold := p.Path == search.Cold
	switch {
	case w.class == "background":
		if at := l.r.ExpFloat64() * w.tau; at < took {
			return float64(from) + float64(to-from)*at/took, search.Prefill
		}
		return 0, ""
	case w.class == "modulo":
		if tail := tail(to - from); float64(to) >= w.x && tail >= w.from && tail < w.to {
			return float64(to - tail), search.Prefill
		}
		return 0, ""
	case w.class == "island" && w.trigger == "position":
		if float64(to) >= w.x && float64(to) <= w.x+w.width {
			return math.Max(float64(from), w.x), search.Prefill
		}
		return 0, ""
	case w.trigger == "position":
		if u >= w.bad(float64(to), cold, l.served) {
			return 0, ""
		}
		low, high := float64(from), float64(to)
		for range 30 {
			if m := (low + high) / 2; u < w.bad(m, cold, l.served) {
				high = m
			} else {
				low = m
			}
		}
		return high, search.Prefill
	}
	if l.r.Float64() >= w.bad(float64(to), cold, l.served) {
		return 0, ""
	}
	if w.trigger == "start" {
		return 0, search.Prefill
	}
	return float64(to), search.Decode
}

// fail ends the server.
func (l *lab) fail(w *nature, a *search.Answer, from int, at float64, to int, took float64, phase search.Phase) {
	l.up, l.broke = "", l.broke+1
	a.Outcome, a.Signature, a.Title, a.Asked, a.Phase = search.Fault, "s", "a fault", to, phase
	if share := (at - float64(from)) / math.Max(1, float64(to-from)); share > 0 {
		l.now += math.Min(1, share) * took
	}
	if phase == search.Prefill && at > 0 && !w.blind {
		a.Position = max(from, from+(int(at)-from)/2048*2048-2048*l.r.IntN(w.lag+1))
	}
	if phase == search.Decode && !w.blind {
		a.Position = to
	}
	if l.r.Float64() < 0.1 {
		l.now += 180
		a.Outcome = search.Hang
	}
}
