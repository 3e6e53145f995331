package minimize

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"ctxcliff/harness/scenario"
)

var long = flag.Bool("long", false, "simulate ten times as many bugs")

// worlds is n bugs, or ten times as many with -long.
func worlds(n int) int {
	if *long {
		return 10 * n
	}
	return n
}

// score adds up what a minimiser did over bugs.
type score struct {
	n, failed, runs, most, hours, tokens, spanned, spans float64
	impossible                                           float64 // results that cannot break
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
		s.impossible++
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
		s.runs/s.n, s.most, s.hours/s.n, s.tokens/done, s.spans/max(1, s.spanned), 100*s.failed/s.n, s.impossible)
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
		set := Settings{Scenario: start, Thorough: thorough, Hours: -1, Runs: 1000, Variants: []Variant{}, Grain: cellTokens}
		r := shrink(set.WithDefaults(), w.ask)
		return r.Smallest, r.Gated
	}
}

// The table of the field notes (recipe-first and slice, 100,000 tokens, np 2, 64 spans), and what we must
// reach: the goals of the project where they are stricter.
var notes = []struct {
	rate                float64
	thorough            bool
	runs, tokens, spans float64 // as in the notes
	mostRuns, mostTimes float64 // ours
	mostSpans           float64
}{
	{1, false, 20, 1.02, 1.0, 25, 1.05, 1.0}, // two runs more than the notes': controls of content and of length
	{0.5, false, 42, 1.64, 2.3, 52, 1.25, 2.3},
	{0.3, false, 68, 2.04, 3.2, 70, 1.35, 3.2},
	{1, true, 27, 1.02, 1.0, 27, 1.05, 1.0},
	{0.5, true, 62, 1.12, 1.3, 68, 1.12, 2.0},
	{0.3, true, 116, 1.24, 1.5, 116, 1.24, 2.6},
}

func TestTheNotesTable(t *testing.T) {
	for _, row := range notes {
		got := overBugs(worlds(400), row.rate, product(row.thorough))
		t.Logf("p=%.1f thorough=%-5v note %3.0f runs, %.2f, %.1f  ours %s", row.rate, row.thorough, row.runs, row.tokens, row.spans, got.row())
		done := got.n - got.failed
		if runs := got.runs / got.n; runs > row.mostRuns {
			t.Errorf("p=%.1f: %.1f runs, want at most %.0f", row.rate, runs, row.mostRuns)
		}
		if times := got.tokens / done; times > row.mostTimes {
			t.Errorf("p=%.1f: %.3f of the needed tokens, want at most %.2f", row.rate, times, row.mostTimes)
		}
		if spans := got.spans / max(1, got.spanned); spans > row.mostSpans*1.0001 {
			t.Errorf("p=%.1f: %.2f of the needed spans, want at most %.1f", row.rate, spans, row.mostSpans)
		}
		if got.impossible > 0 || got.failed/got.n > 0.08 {
			t.Errorf("p=%.1f: %v results that cannot break, %v of %v not shrunk", row.rate, got.impossible, got.failed, got.n)
		}
	}
}

// With its default budget a story ends with something measured, however flaky the bug.
func TestTheDefaultBudgetIsEnoughForAResult(t *testing.T) {
	for _, rate := range []float64{1, 0.5, 0.3} {
		n, gated, within := worlds(200), 0.0, 0.0
		for i := range n {
			w := drawBug(rand.New(rand.NewPCG(uint64(i), 11)), rate)
			got := shrink(Settings{Scenario: wave(), Hours: -1}.WithDefaults(), w.ask)
			if got.Runs > flakyRuns || rate == 1 && got.Runs > sureRuns {
				t.Fatalf("%d runs", got.Runs)
			}
			if got.Gated {
				gated++
			}
			if got.Gated && float64(got.Smallest.LongestPrompt()) <= 2*float64(w.needed()) {
				within++
			}
		}
		t.Logf("p=%.1f: measured %.0f %%, within twice the truth %.0f %%", rate, 100*gated/float64(n), 100*within/float64(n))
		if least := map[float64]float64{1: 1, 0.5: 0.95, 0.3: 0.85}[rate]; within/float64(n) < least {
			t.Errorf("p=%.1f: only %.2f are within twice the truth, want %.2f", rate, within/float64(n), least)
		}
	}
}

// Where time ends it, there was enough left for the gate.
func TestATightBudgetOfTimeIsKept(t *testing.T) {
	for i := range worlds(100) {
		w := drawBug(rand.New(rand.NewPCG(uint64(i), 12)), 1)
		const hours = 1.5
		got := shrink(Settings{Scenario: wave(), Hours: hours}.WithDefaults(), w.ask)
		if !got.Gated || got.Hours > hours+0.6 { // the run that uses it up is not broken off
			t.Fatalf("%.2f h of %.2f, measured: %v, %s", got.Hours, hours, got.Gated, got.Ended)
		}
	}
}
