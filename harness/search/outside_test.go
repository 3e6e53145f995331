package search_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"ctxcliff/harness/search"
)

// tally is what came of many worlds.
type tally struct {
	worlds, over, wall, floor, starts, under, safe float64
	asks                                           int // of the world that took most
}

func (s tally) String() string {
	return fmt.Sprintf("%5.2f h  over %4.1f %%  under %4.1f %%  %.3f of the floor  starts %.2f  at most %d probes",
		s.wall/s.worlds/3600, s.overs(), s.unders(), s.wall/s.floor, s.starts/s.worlds, s.asks)
}

func (s tally) overs() float64  { return 100 * s.over / s.worlds }
func (s tally) unders() float64 { return 100 * s.under / math.Max(1, s.safe) }

// add takes a world in. Its floor is K exposures at the claim, a run into what breaks, and the loads
// before the first run and after that one.
func (s *tally) add(w *nature, l *lab, e search.Edge, k int) {
	s.worlds++
	s.wall, s.starts, s.asks = s.wall+l.now, s.starts+float64(l.starts), max(s.asks, l.asks)
	n := float64(e.Safe)
	s.floor += w.slow*float64(k)*t(n) + l.load
	if l.broke > 0 {
		s.floor += l.load + w.slow*t(min(w.x, orNever(w.memory)))
	}
	if e.Safe > 0 && w.worst(e.Safe) > 0.05 || w.refuses > 0 && e.Safe >= w.refuses || n >= orNever(w.memory) {
		s.over++
	}
	if holds := w.holds(); holds >= float64(w.ceiling)/40 {
		s.safe++
		s.under += math.Max(0, 1-n/holds)
	}
}

func orNever(size float64) float64 {
	if size == 0 {
		return math.Inf(1)
	}
	return size
}

// survey drives the product over worlds.
func survey(tb testing.TB, worlds int, set search.Settings, make func(*rand.Rand) *nature) tally {
	tb.Helper()
	var sum tally
	for i := range worlds {
		r := rand.New(rand.NewPCG(uint64(i), 99))
		w := make(r)
		l := &lab{r: r, cells: map[string]*nature{"c": w}, load: 300}
		cell := search.Cell{Key: "c", Config: "x", Ceiling: w.ceiling, Accepts: w.ceiling}
		if w.refuses > 0 {
			cell.Accepts = 0
		}
		e := drive(tb, l, set, cell)[0]
		sum.add(w, l, e, set.WithDefaults().Exposures)
		if w.class == "none" && w.memory == 0 && w.holds() >= 1024 && e.Safe != int(w.holds()) {
			tb.Fatalf("nothing breaks up to %v, claimed are %d: %s", w.holds(), e.Safe, e.Why)
		}
	}
	return sum
}

func drive(tb testing.TB, l *lab, set search.Settings, cells ...search.Cell) []search.Edge {
	tb.Helper()
	c, err := search.New(set, cells)
	if err != nil {
		tb.Fatal(err)
	}
	for next := c.Next(); !next.Done; next = c.Next() {
		if err := c.Tell(next.Probe, l.run(next.Probe)); err != nil {
			tb.Fatal(err)
		}
	}
	return c.Edges()
}

const field = 262144

// kind makes worlds of a class ("" is the mixture of the notes) with something about them changed.
func kind(class string, change func(*rand.Rand, *nature)) func(*rand.Rand) *nature {
	return upTo(field, class, change)
}

func upTo(ceiling int, class string, change func(*rand.Rand, *nature)) func(*rand.Rand) *nature {
	return func(r *rand.Rand) *nature {
		drawn := class
		if class == "" {
			drawn = pick(r)
		}
		w := draw(r, drawn, ceiling)
		if change != nil {
			change(r, w)
		}
		return w
	}
}

// The goals of the field notes, in worlds that they do not hold fixed. over is in percent, floor is wall
// time by what K exposures and one crash cost; 0 asks for nothing.
func TestGoalsHoldInOtherWorlds(t *testing.T) {
	trigger := func(how string) func(*rand.Rand, *nature) {
		return func(_ *rand.Rand, w *nature) { w.trigger = how }
	}
	breaks := func(p float64) func(*rand.Rand, *nature) { return func(_ *rand.Rand, w *nature) { w.p = p } }
	refuses := func(hints bool) func(*rand.Rand, *nature) {
		return func(r *rand.Rand, w *nature) { w.refuses, w.hints = 1+r.IntN(field), hints }
	}
	memory := func(r *rand.Rand, w *nature) { w.memory = 12e3 + 238e3*r.Float64() }
	for _, row := range []struct {
		name        string
		k           int
		world       func(*rand.Rand) *nature
		over, floor float64
	}{
		{"the mixture", 2, kind("", nil), 10, 0},
		{"the mixture", 3, kind("", nil), 8, 1.15},
		{"the mixture", 9, kind("", nil), 2, 1.15},
		{"nothing breaks", 3, kind("none", nil), 0, 1.10},
		{"it always breaks at a position", 3, kind("hard", trigger("position")), 0, 1.10},
		{"it always breaks in the reply", 3, kind("hard", trigger("decode")), 0, 1.10},
		{"it always breaks at once", 3, kind("hard", trigger("start")), 0, 1.10},
		{"it always breaks", 9, kind("hard", nil), 0, 1.10},
		{"islands", 3, kind("island", nil), 2, 1.10},
		{"it breaks in 95 %", 3, kind("hard", breaks(0.95)), 0.5, 0},
		{"it breaks in 60 %", 9, kind("hard", breaks(0.60)), 0.5, 0},
		{"it breaks in 30 %", 9, kind("hard", breaks(0.30)), 3.5, 0},
		{"it breaks in 10 %, and that is known to be beyond nine runs", 9, kind("hard", breaks(0.10)), 33, 0},
		{"some lengths of the last micro-batch break", 9, kind("modulo", nil), 3, 0},
		{"positions only", 3, kind("", trigger("position")), 9, 0},
		{"positions lag by three batches", 3, kind("", func(_ *rand.Rand, w *nature) { w.lag = 3 }), 8, 1.20},
		{"positions are not told", 3, kind("", func(_ *rand.Rand, w *nature) { w.blind = true }), 10, 1.20},
		{"the clock is noisy", 3, kind("", func(_ *rand.Rand, w *nature) { w.noise = 0.1 }), 8, 1.15},
		{"four slots", 3, kind("", func(_ *rand.Rand, w *nature) { w.slow = 4 }), 9, 1.15},
		{"prompts are refused, and the limit is told", 3, kind("", refuses(true)), 5, 0},
		{"prompts are refused", 3, kind("", refuses(false)), 5, 0},
		{"nothing but refusals", 3, kind("none", refuses(false)), 0, 1.10},
		{"memory runs out", 3, kind("", memory), 5, 0},
		{"nothing but memory runs out", 3, kind("none", memory), 0, 1.10},
		{"up to 4,000 tokens", 3, upTo(4_000, "", nil), 9, 0},
		{"up to 16,000 tokens", 3, upTo(16_000, "", nil), 9, 0},
		{"up to 64,000 tokens", 3, upTo(64_000, "", nil), 9, 0},
		{"up to a million tokens", 3, upTo(1<<20, "", nil), 9, 1.15},
	} {
		got := survey(t, often(700), search.Settings{Exposures: row.k}, row.world)
		t.Logf("%-58s K=%d %s", row.name, row.k, got)
		if got.overs() > row.over || row.floor > 0 && got.wall > row.floor*got.floor {
			t.Errorf("%s, K=%d: %s; want at most %g %% over-claims and %g of the floor", row.name, row.k, got, row.over, row.floor)
		}
	}
}

// often is n, or twenty times as many with -long.
func often(n int) int {
	if long := flag.Lookup("long"); long != nil && long.Value.String() == "true" {
		return 20 * n
	}
	return n
}

func TestEighteenCellsOfOtherWorldsShareTheirServers(t *testing.T) {
	var starts, over, worst float64
	matrices := often(30)
	for i := range matrices {
		r := rand.New(rand.NewPCG(uint64(i), 5))
		l := &lab{r: r, cells: map[string]*nature{}, load: 300}
		var cells []search.Cell
		for _, np := range []int{1, 2, 4} {
			for shape := range 6 {
				w := draw(r, pick(r), field)
				w.slow, w.ceiling = float64(np), field/np
				key := fmt.Sprintf("np%d shape %d", np, shape)
				l.cells[key] = w
				cells = append(cells, search.Cell{Key: key, Config: fmt.Sprint("np", np), NP: np, Ceiling: w.ceiling, Accepts: w.ceiling})
			}
		}
		began := time.Now()
		for _, e := range drive(t, l, search.Settings{}, cells...) {
			if e.Safe > 0 && l.cells[e.Cell].worst(e.Safe) > 0.05 {
				over++
			}
		}
		worst = max(worst, time.Since(began).Seconds()/float64(l.asks))
		starts += float64(l.starts)
	}
	n := float64(matrices)
	t.Logf("%.1f starts for 18 cells, %.1f %% over-claimed, a decision takes %.0f µs in the slowest matrix", starts/n, 100*over/n/18, 1e6*worst)
	if starts > 18*n || over > 0.08*18*n || worst > 1e-3 {
		t.Errorf("%.1f starts for 18 cells, %.1f %% over-claimed, %.0f µs for a decision; want at most 18, 8 %% and 1000 µs", starts/n, 100*over/n/18, 1e6*worst)
	}
}
