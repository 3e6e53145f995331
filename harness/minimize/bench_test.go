package minimize

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// spanwise is what a minimiser that only knows spans sees of a bug: 64 of them, which it may delete. It is
// told the rate, and nothing it does is measured again: that is generous.
type spanwise struct {
	*world
	tries    int
	rejected map[string]bool
}

// breaks runs the spans that are kept until it breaks or has been clean often enough.
func (s spanwise) breaks(keep []bool) bool {
	key := fmt.Sprint(keep)
	if s.rejected[key] {
		return false
	}
	for range s.tries {
		if s.once(keep) {
			return true
		}
	}
	s.rejected[key] = true
	return false
}

func (s spanwise) once(keep []bool) bool {
	w, n := s.world, count(keep)*cellTokens
	w.runs++
	if !w.up {
		w.hours += loadSeconds / 3600.0
	}
	can, at := n >= w.length && n >= w.ids && n > 0, w.length
	for _, cell := range w.spans {
		can = can && keep[cell]
		at = max(at, count(keep[:cell+1])*cellTokens)
	}
	broke := can && w.r.Float64() < w.rate
	spent := n
	switch {
	case broke && w.trigger == "position":
		spent = at
	case broke && w.trigger == "start":
		spent = 0
	}
	w.hours += (seconds(float64(n)) + seconds(float64(spent))) / 3600 // two slots
	w.up = !broke
	return broke
}

// needs is the fewest tokens that break when spans can be deleted.
func (s spanwise) needs() int {
	cells := slices.Clone(s.spans)
	slices.Sort(cells)
	return max(s.length, s.ids, len(slices.Compact(cells))*cellTokens)
}

// ddmin is Zeller and Hildebrandt's (2002), on spans.
func (s spanwise) ddmin() []bool {
	keep := slices.Repeat([]bool{true}, cells)
	for parts := 2; count(keep) > 1; {
		reduced := false
		for _, complement := range []bool{false, true} {
			for _, c := range partsOf(keep, parts) {
				candidate := c
				if complement {
					candidate = minus(keep, c)
				}
				if count(candidate) < count(keep) && s.breaks(candidate) {
					keep, reduced = candidate, true
					parts = 2
					if complement {
						parts = max(2, min(parts-1, count(keep)))
					}
					break
				}
			}
			if reduced {
				break
			}
		}
		switch {
		case reduced:
		case parts >= count(keep):
			return keep
		default:
			parts = min(2*parts, count(keep))
		}
	}
	return keep
}

// partsOf cuts what is kept into so many parts.
func partsOf(keep []bool, parts int) [][]bool {
	total, seen := count(keep), 0
	all := make([][]bool, parts)
	for i := range all {
		all[i] = make([]bool, len(keep))
	}
	for i, k := range keep {
		if k {
			all[seen*parts/total][i] = true
			seen++
		}
	}
	return all
}

func minus(keep, c []bool) []bool {
	left := slices.Clone(keep)
	for i := range c {
		left[i] = left[i] && !c[i]
	}
	return left
}

// threeWay is the slicing of the product, by deletion.
func (s spanwise) threeWay() []bool {
	return slice(cells, s.tries == 1, s.breaks, func() bool { return false })
}

// BenchmarkMinimiser runs each way of shrinking over the same bugs: runs, hours, and how much more is left
// than the bug needs. Of the product twice: with what it measures, gates and controls, as it is.
func BenchmarkMinimiser(b *testing.B) {
	spans := func(f func(spanwise) []bool) func(*world, *score) {
		return func(w *world, s *score) {
			how := spanwise{w, attempts(w.rate, false), map[string]bool{}}
			for !how.once(slices.Repeat([]bool{true}, cells)) { // the first hit, as the product pays for it
			}
			keep := f(how)
			s.n++
			s.runs, s.hours = s.runs+float64(w.runs), s.hours+w.hours
			s.tokens += float64(count(keep)*cellTokens) / float64(how.needs())
			if len(w.spans) > 0 {
				s.spanned++
				s.spans += float64(count(keep)) / float64(1+min(1, len(w.spans)-1))
			}
		}
	}
	ours := func(thorough bool) func(*world, *score) {
		minimise := product(thorough)
		return func(w *world, s *score) {
			small, ok := minimise(w, wave())
			s.add(w, small, ok)
		}
	}
	for _, rate := range []float64{1, 0.5, 0.3} {
		for _, way := range []struct {
			name string
			run  func(*world, *score)
		}{
			{"ddmin", spans(spanwise.ddmin)}, {"3-way slice", spans(spanwise.threeWay)},
			{"recipe first", ours(false)}, {"recipe first, thorough", ours(true)},
		} {
			b.Run(fmt.Sprintf("p=%.1f/%s", rate, way.name), func(b *testing.B) {
				s := &score{}
				for i := 0; b.Loop(); {
					for range 500 {
						way.run(drawBug(rand.New(rand.NewPCG(uint64(i), uint64(rate*100))), rate), s)
						i++
					}
				}
				done := s.n - s.failed
				b.ReportMetric(s.runs/s.n, "runs")
				b.ReportMetric(s.hours/s.n, "hours")
				b.ReportMetric(s.tokens/done, "tokens/needed")
				b.ReportMetric(s.spans/max(1, s.spanned), "spans/needed")
				b.ReportMetric(0, "ns/op") // simulated bugs: the machine's speed says nothing
			})
		}
	}
}

// BenchmarkNext is the time of one decision of a session in the middle of a long story.
func BenchmarkNext(b *testing.B) {
	w := drawBug(rand.New(rand.NewPCG(4, 3)), 0.5)
	s, err := Minimize(Settings{Scenario: wave(), Runs: 60})
	if err != nil {
		b.Fatal(err)
	}
	for q, open := s.Next(); open; q, open = s.Next() {
		if err := s.Tell(q, w.run(q)); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		s.now = nil
		s.Next()
	}
	b.ReportMetric(float64(len(s.journal)), "answers")
}
