package minimize

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"ctxcliff/harness/scenario"
)

var long = flag.Bool("long", false, "simulate ten times as many bugs")

// many is n bugs, or ten times as many with -long.
func many(n int) int {
	if *long {
		return 10 * n
	}
	return n
}

// score adds up what a minimiser did over bugs.
type score struct {
	n, failed, runs, most, hours, tokens, spanned, spans float64
	false_                                               float64 // results that cannot break
}

func (s *score) add(w *world, small scenario.Scenario, ok bool) {
	s.n++
	s.runs += float64(w.runs)
	s.most = max(s.most, float64(w.runs))
	s.hours += w.hours
	if !ok {
		s.failed++
		return
	}
	s.tokens += float64(small.LongestPrompt()) / float64(w.needed())
	if !w.can(small) {
		s.false_++
	}
	if len(w.spans) == 0 {
		return
	}
	needed := map[int]bool{}
	for _, c := range w.spans {
		needed[c] = true
	}
	s.spanned++
	s.spans += float64(small.Size().Live) / float64(len(needed)*cellTokens) / float64(small.Size().Requests)
}

// can says whether a scenario has all that the bug needs.
func (w *world) can(s scenario.Scenario) bool {
	for _, p := range s.Places() {
		if _, ok := w.request(s, p); ok {
			return true
		}
	}
	return false
}

func (s *score) row() string {
	done := s.n - s.failed
	return fmt.Sprintf("runs %5.1f (most %3.0f)  %5.2f h  tokens/needed %.3f  spans x needed %5.2f  failed %.1f %%  false %v",
		s.runs/s.n, s.most, s.hours/s.n, s.tokens/done, s.spans/max(1, s.spanned), 100*s.failed/s.n, s.false_)
}

// overBugs lets a minimiser loose on n bugs of the notes' table.
func overBugs(n int, rate float64, minimise func(*world, scenario.Scenario) (scenario.Scenario, bool)) *score {
	s := &score{}
	for i := range n {
		w := drawBug(rand.New(rand.NewPCG(uint64(i), uint64(rate*100))), rate)
		small, ok := minimise(w, wave())
		s.add(w, small, ok)
	}
	return s
}

// product is what the package does, without the diagnosis.
func product(thorough bool) func(*world, scenario.Scenario) (scenario.Scenario, bool) {
	return func(w *world, start scenario.Scenario) (scenario.Scenario, bool) {
		set := Settings{Scenario: start, Thorough: thorough, Hours: -1, Runs: 1000, Variants: []Variant{}, Grain: cellTokens, bare: true}
		r := shrink(set.WithDefaults(), w.ask)
		return r.Smallest, r.Gated
	}
}

func TestTheNotesTable(t *testing.T) {
	for _, row := range []struct {
		rate     float64
		thorough bool
	}{{1, false}, {0.5, false}, {0.3, false}, {1, true}, {0.5, true}, {0.3, true}} {
		got := overBugs(many(1000), row.rate, product(row.thorough))
		t.Logf("p=%.1f thorough=%-5v %s", row.rate, row.thorough, got.row())
	}
}
