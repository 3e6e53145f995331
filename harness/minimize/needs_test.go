package minimize

import (
	"math/rand/v2"
	"strings"
	"testing"

	"ctxcliff/harness/scenario"
	"ctxcliff/shapes"
)

// visit is what a fuzzer may have sent before it broke: an earlier prompt, one that was cancelled beside
// one that grew, another slot, and then two of the same recipe at once.
func visit(cached bool) scenario.Scenario {
	at := func(slot, tokens int, seed uint64) scenario.Request {
		r := request(slot)
		r.Recipe.Tokens, r.Recipe.Seed = tokens, seed
		return r
	}
	grown, cancelled := at(0, 35_000, 5), at(1, 40_000, 6)
	grown.Grown, cancelled.CancelAfter, cancelled.Delay = true, 8192, 200
	one, two := at(0, startTokens, 9), at(1, startTokens, 9)
	one.Grown, two.Cache = cached, cached
	return scenario.Scenario{NP: 3, Ctx: 393_216, Steps: []scenario.Step{
		{Requests: []scenario.Request{at(0, 30_000, 5)}},
		{Requests: []scenario.Request{grown, cancelled}},
		{Requests: []scenario.Request{at(2, 50_000, 7)}},
		{Requests: []scenario.Request{one, two}},
	}}
}

// The needs that a scenario may have, and what is left of it when they are found.
var needs = []struct {
	name     string
	set      func(*world)
	requests int
	size     func(scenario.Size) bool
	says     string // of the sentence, when it always breaks
}{
	{"nothing else", func(*world) {}, 1, func(z scenario.Size) bool { return z.NP == 1 && z.Cached == 0 }, "any "},
	{"two slots", func(w *world) { w.np = 2 }, 1, func(z scenario.Size) bool { return z.NP >= 2 }, "(not 1)"},
	{"an earlier request", func(w *world) { w.before = true }, 2, func(z scenario.Size) bool { return z.Overlaps == 0 && z.NP == 1 }, "after 1 earlier request (not alone)"},
	{"another at once", func(w *world) { w.beside = true }, 2, func(z scenario.Size) bool { return z.Overlaps == 1 && z.NP == 2 }, "2 requests at once (not one after the other)"},
	{"the same recipe twice", func(w *world) { w.twins = true }, 2, func(z scenario.Size) bool { return z.Overlaps == 1 }, "2 requests at once (not one after the other)"},
	{"a cancelled one", func(w *world) { w.cancel = true }, 2, func(z scenario.Size) bool { return z.Cancels == 1 && z.Delays == 0 }, "1 request cancelled midway (not without)"},
	{"only cold", func(w *world) { w.cold = true }, 1, func(z scenario.Size) bool { return z.Cached == 0 }, "not with path grown"},
	{"only cached", func(w *world) { w.cached = true }, 2, func(z scenario.Size) bool { return z.Cached == 1 }, "from the cache (not cold)"},
	{"few ids", func(w *world) { w.atMost = 40 }, 1, func(z scenario.Size) bool { return z.Distinct == 1 }, "with at most 32 distinct ids (not with 64)"},
	{"a period", func(w *world) { w.stretch, w.length = 3_000, 3_000 }, 1, func(z scenario.Size) bool { return z.Live >= 3000 && z.Live <= 3*cellTokens }, "(not with filler alone)"},
	{"flash attention", func(w *world) { w.fa = true }, 1, func(z scenario.Size) bool { return z.NP == 1 }, "not with flash attention off"},
}

func TestWhatAScenarioNeedsIsFound(t *testing.T) {
	opt, _ := shapes.Parse("opt")
	for _, need := range needs {
		for _, rate := range []float64{1, 0.5, 0.3} {
			n, done, exact, runs, ratio := worlds(25), 0.0, 0.0, 0.0, 0.0
			for i := range n {
				r := rand.New(rand.NewPCG(uint64(i), uint64(rate*100)))
				w := drawBug(r, rate)
				w.spans, w.ids, w.np, w.noise, w.infra = nil, 0, 0, 0.03, 0.03
				need.set(w)
				start := visit(w.cached || !w.cold && i%2 == 0)
				if w.atMost > 0 {
					start = start.Each(func(_ scenario.Place, q *scenario.Request) { q.Recipe.Shape = opt })
				}
				set := Settings{Scenario: start, Signatures: []string{"the bug"}, Hours: -1, Runs: 400}
				got := shrink(set.WithDefaults(), w.ask)
				if got.Verdict == SameBug && !w.can(got.Smallest) {
					t.Fatalf("%s at %.1f: a false accept: %s", need.name, rate, got.Smallest)
				}
				if !got.Gated {
					continue
				}
				size := got.Smallest.Size()
				done++
				runs += float64(got.Runs)
				ratio += float64(size.Longest) / float64(w.needed())
				if size.Requests != need.requests || !need.size(size) {
					continue
				}
				exact++
				if rate == 1 && !strings.Contains(got.Sentence, need.says) {
					t.Errorf("%s: does not say %q: %s", need.name, need.says, got.Sentence)
				}
			}
			if rate == 1 && exact < 0.97*float64(n) { // twice in a row another bug may be in the way
				t.Errorf("%s: only %.0f of %d became the smallest", need.name, exact, n)
			}
			t.Logf("%-22s p=%.1f  %5.1f runs, diagnosis included  tokens/needed %.2f  smallest in %.0f %%  done %.0f %%",
				need.name, rate, runs/done, ratio/done, 100*exact/done, 100*done/float64(n))
		}
	}
}
