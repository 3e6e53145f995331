package search

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkStrategy runs each way of looking for an edge over worlds of the mixture. The rows to
// compare are those of about equal over%.
func BenchmarkStrategy(b *testing.B) {
	optimum := newOptimal(256, 300)
	type run = func(*world, uint64) (int, *rig)
	strategies := []struct {
		name string
		run  run
	}{
		{"linear 25k, restart per rung (origin)", baseline(linear25k, 0)},
		{"two-level 25k-1k, k=1 (origin, refined)", baseline(twoLevel(1), 0)},
		{"two-level, k=3", baseline(twoLevel(3), 0)},
		{"two-level, k=9", baseline(twoLevel(9), 0)},
		{"two-level, k=14", baseline(twoLevel(14), 0)},
		{"two-level, k=5, guard 5 %", baseline(twoLevel(5), 0.05)},
		{"bisection, K=3", baseline(plainBisect(3), 0)},
		{"gallop and bisection, K=3", baseline(gallop(3), 0)},
		{"cost-optimal bisection, K=3", baseline(optimum.claim(3, 0), 0)},
		{"cost-optimal bisection, K=3, guard 5 %", baseline(optimum.claim(3, 0.05), 0)},
		{"cost-optimal bisection, K=18, guard 5 %", baseline(optimum.claim(18, 0.05), 0)},
	}
	for _, k := range []int{2, 3, 5, 9} {
		strategies = append(strategies, struct {
			name string
			run  run
		}{fmt.Sprintf("scout-check-confirm, K=%d", k), scc(Settings{Exposures: k})})
	}
	for _, s := range strategies {
		b.Run(s.name, func(b *testing.B) {
			sum := &score{}
			for b.Loop() {
				part := overWorlds(1000, "", s.run)
				sum.merge(part)
			}
			b.ReportMetric(sum.wall(), "wall-h")
			b.ReportMetric(sum.overs(), "over%")
			b.ReportMetric(100*sum.under/max(1, sum.safe), "under%")
			b.ReportMetric(sum.starts/sum.n, "starts")
			b.ReportMetric(0, "ns/op") // simulated worlds: the machine's speed says nothing
		})
	}
}

func (s *score) merge(o *score) {
	s.n, s.hours, s.starts, s.requests, s.prefills = s.n+o.n, s.hours+o.hours, s.starts+o.starts, s.requests+o.requests, s.prefills+o.prefills
	s.over, s.p, s.safe, s.under = s.over+o.over, s.p+o.p, s.safe+o.safe, s.under+o.under
}

// decisions tells a campaign of n cells its answers and times each Next with its Tell.
func decisions(n int, set Settings) (worst, mean time.Duration) {
	r := rand.New(rand.NewPCG(1, 1))
	worlds := map[string]*world{}
	var cells []Cell
	for i := range n {
		key := fmt.Sprint("cell", i)
		worlds[key] = drawWorld(r, "", fieldCeiling)
		cells = append(cells, Cell{Key: key, Config: fmt.Sprint("config", i/6), Ceiling: fieldCeiling})
	}
	g := newRig(1, worlds)
	c, err := New(set, cells)
	if err != nil {
		panic(err)
	}
	var sum time.Duration
	count := 0
	for {
		began := time.Now()
		next := c.Next()
		spent := time.Since(began)
		if next.Done {
			return worst, sum / time.Duration(count)
		}
		a := g.answer(next.Probe)
		began = time.Now()
		if err := c.Tell(next.Probe, a); err != nil {
			panic(err)
		}
		spent += time.Since(began)
		worst, sum, count = max(worst, spent), sum+spent, count+1
	}
}

func BenchmarkDecision(b *testing.B) {
	for _, n := range []int{1, 18, 300} {
		b.Run(fmt.Sprintf("%d cells", n), func(b *testing.B) {
			var mean time.Duration
			for b.Loop() {
				_, mean = decisions(n, Settings{Budget: 1e9})
			}
			b.ReportMetric(float64(mean.Nanoseconds())/1000, "us/decision")
		})
	}
}
