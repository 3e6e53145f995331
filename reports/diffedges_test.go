package reports

import (
	"math"
	"math/rand/v2"
	"testing"

	"ctxcliff/harness/search"
)

// lottery is a server whose requests break at a length that is drawn for each run.
type lottery struct {
	name  string
	draw  func(r *rand.Rand, n int) int // where a run up to n breaks; above n: nowhere
	reply bool                          // after the prompt, which has no position
}

// night bisects it once.
func (l lottery) night(t testing.TB, r *rand.Rand, set search.Settings) pooledEdge {
	const top = 131072
	c, err := search.New(set, []search.Cell{{Key: "c", Config: "c", Ceiling: top, Accepts: top}})
	if err != nil {
		t.Fatal(err)
	}
	starts := 1
	for next := c.Next(); !next.Done; next = c.Next() {
		p, a := next.Probe, search.Answer{Outcome: search.Passed, Starts: starts}
		steps := p.Steps
		if p.Path == search.Cold {
			steps = []int{p.Tokens}
		}
		at := l.draw(r, p.Tokens)
		for _, n := range steps {
			if l.reply {
				at = l.draw(r, n)
			}
			if at <= n {
				a = search.Answer{Outcome: search.Fault, Signature: "f", Phase: search.Decode, Asked: n, Reached: a.Reached, Starts: starts}
				if starts++; !l.reply {
					a.Phase, a.Position = search.Prefill, max(a.Reached, a.Reached+(at-a.Reached)/2048*2048)
				}
				break
			}
			a.Previous, a.Reached = a.Reached, n
			if p.Path == search.Chain {
				a.Cached = a.Previous
			}
		}
		if err := c.Tell(p, a); err != nil {
			t.Fatal(err)
		}
	}
	e := c.Edges()[0]
	return pooledEdge{Edge: Edge{Edge: e}, hunt: Hunt{Settings: set.WithDefaults()}, probes: e.Probes}
}

func above(x int, p float64) func(*rand.Rand, int) int {
	return func(r *rand.Rand, n int) int {
		if r.Float64() < p {
			return x
		}
		return n + 1
	}
}

func logistic(x, s float64) func(*rand.Rand, int) int {
	return func(r *rand.Rand, n int) int { u := r.Float64(); return max(1, int(x+s*math.Log(u/(1-u)))) }
}

func hazard(x, mean float64) func(*rand.Rand, int) int {
	return func(r *rand.Rand, n int) int { return int(x + mean*r.ExpFloat64()) }
}

// Two bisections of the same server hardly ever say for sure that it got worse, whatever it is like. One that
// breaks earlier than it did is told at once, where it always breaks.
func TestEdgesMoveByChanceHardlyEver(t *testing.T) {
	const x = 60_000
	for _, w := range []lottery{
		{name: "it always breaks", draw: above(x, 1)},
		{name: "it always breaks, in the reply", draw: above(x, 1), reply: true},
		{name: "flaky, 60 %", draw: above(x, 0.6)},
		{name: "flaky, 40 %", draw: above(x, 0.4)},
		{name: "flaky, 30 %, at small sizes", draw: above(6000, 0.3)},
		{name: "flaky, 30 %, in the reply", draw: above(x, 0.3), reply: true},
		{name: "soft", draw: logistic(x, 6000)},
		{name: "soft, in the reply", draw: logistic(x, 6000), reply: true},
		{name: "anywhere", draw: logistic(x, 40_000)},
		{name: "with time, above a length", draw: hazard(x, 20_000)},
		{name: "with time", draw: hazard(0, 60_000)},
	} {
		worse, n := 0, 150
		r := rand.New(rand.NewPCG(3, 4))
		for range n {
			if e, moved := moveOf("x", w.night(t, r, search.Settings{}), w.night(t, r, search.Settings{})); moved && e.Sure == Yes && e.Change == Worse {
				worse++
			}
		}
		t.Logf("%s: %.1f %%", w.name, 100*float64(worse)/float64(n))
		if float64(worse) > 0.06*float64(n) {
			t.Errorf("%s: %d of %d comparisons with itself say that it is worse for sure", w.name, worse, n)
		}
	}
	r := rand.New(rand.NewPCG(5, 6))
	for _, moves := range [][2]int{{60_000, 40_000}, {200_000, 100_000}, {60_000, 9_000}, {100_000, 6_000}, {50_000, 1_500}, {30_000, 26_000}} {
		for _, reply := range []bool{false, true} {
			before, now := lottery{draw: above(moves[0], 1), reply: reply}, lottery{draw: above(moves[1], 1), reply: reply}
			e, moved := moveOf("x", before.night(t, r, search.Settings{}), now.night(t, r, search.Settings{}))
			if !moved || e.Sure != Yes || e.Change != Worse {
				t.Errorf("from %d to %d, in the reply %v: %+v", moves[0], moves[1], reply, e)
			}
		}
	}
}
