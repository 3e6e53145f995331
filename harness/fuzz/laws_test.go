package fuzz

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/scenario"
	"ctxcliff/shapes"
)

func anySettings(t *rapid.T) Settings {
	s := Settings{
		Seed: rapid.Uint64().Draw(t, "seed"), Random: rapid.Bool().Draw(t, "random"), Scenes: rapid.IntRange(1, 8).Draw(t, "scenes"),
		Share: rapid.SampledFrom([]float64{-1, 0.2, 0.5, 1}).Draw(t, "share"),
		Space: Space{
			NP: rapid.SampledFrom([][]int{{1}, {2}, {1, 2, 4}, {3, 8}}).Draw(t, "np"), Slot: 256 * rapid.IntRange(1, 400).Draw(t, "slot"),
			Reply: rapid.IntRange(1, 300).Draw(t, "reply"), Batch: rapid.SampledFrom([]int{0, 512, 2048, 8192}).Draw(t, "batch"),
		},
	}
	s.Space.Longest = rapid.IntRange(16, s.Space.Slot).Draw(t, "longest")
	if rapid.Bool().Draw(t, "flags") {
		s.Space.Flags = Flags(nil)
	}
	if rapid.Bool().Draw(t, "ids alone") {
		s.Space.APIs = []string{}
	}
	if rapid.Bool().Draw(t, "models") {
		s.Space.Models = []string{"tiny-mamba", "tiny-llama"}
	}
	return s
}

// anyAnswer is what may come of a question: mostly nothing, often one of a few faults.
func anyAnswer(t *rapid.T, q minimize.Question) minimize.Answer {
	steps := len(q.Scenario.Steps)
	a := minimize.Answer{Outcome: minimize.Clean, Steps: steps, Seconds: float64(rapid.IntRange(0, 90).Draw(t, "seconds"))}
	switch rapid.IntRange(0, 11).Draw(t, "outcome") {
	case 0, 1, 2:
		a.Outcome, a.At.Step = minimize.Broke, rapid.IntRange(0, steps-1).Draw(t, "step")
		a.Steps = a.At.Step + 1
		a.Signatures = []string{rapid.SampledFrom([]string{"assert", "segfault", "hang"}).Draw(t, "signature"), "alias"}[:rapid.IntRange(1, 2).Draw(t, "names")]
		a.Title = a.Signatures[0]
	case 3:
		a.Near = []minimize.Near{{Step: rapid.IntRange(0, steps-1).Draw(t, "step"), What: "slow"}}
	case 4:
		a.Outcome, a.Steps = minimize.Interrupted, rapid.IntRange(0, steps).Draw(t, "steps")
	case 6:
		a.Outcome, a.Steps = minimize.HostLost, 0
	case 5:
		a.Outcome, a.Steps = minimize.Unfit, rapid.IntRange(0, steps).Draw(t, "steps")
	}
	return a
}

// TestACampaignIsLawful: every question is valid and fits the space, shrinking keeps within its share, and the
// journal, through JSON, decides the same again wherever it is cut.
func TestACampaignIsLawful(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := anySettings(t)
		c, err := New(set)
		if err != nil {
			t.Fatal(err)
		}
		space := set.WithDefaults().Space
		for range rapid.IntRange(1, 12).Draw(t, "questions") {
			q, open := c.Next()
			if !open {
				break
			}
			if again, _ := c.Next(); again.Seq != q.Seq || again.Scenario.Key() != q.Scenario.Key() {
				t.Fatal("an open question changed")
			}
			if err := q.Scenario.Validate(); err != nil {
				t.Fatalf("%v\n%s", err, q.Scenario)
			}
			lawfulQuestion(t, space, q)
			if err := c.Tell(q, anyAnswer(t, q)); err != nil {
				t.Fatal(err)
			}
			if share := set.WithDefaults().Share; c.shrunk > 1 && float64(c.shrunk-1) >= max(0, share)*float64(len(c.journal)) {
				t.Fatalf("%d of %d starts were spent on shrinking", c.shrunk, len(c.journal))
			}
		}
		sameAgain(t, set, c)
	})
}

func lawfulQuestion(t *rapid.T, space Space, q minimize.Question) {
	if q.Kind != Hunt {
		return
	}
	if !slices.Contains(space.NP, q.Scenario.NP) || q.Scenario.Ctx != space.Slot*q.Scenario.NP {
		t.Fatalf("np %d and ctx %d are not of the space", q.Scenario.NP, q.Scenario.Ctx)
	}
	for _, p := range q.Scenario.Places() {
		if r := q.Scenario.At(p); r.Recipe.Tokens > space.Longest && !r.MayRefuse {
			t.Fatalf("%d tokens are more than the %d allowed", r.Recipe.Tokens, space.Longest)
		}
	}
}

// sameAgain tells the journal to another campaign.
func sameAgain(t *rapid.T, set Settings, c *Campaign) {
	text, err := json.Marshal(c.Journal())
	if err != nil {
		t.Fatal(err)
	}
	var journal []minimize.Entry
	if err := json.Unmarshal(text, &journal); err != nil {
		t.Fatal(err)
	}
	var stored Settings
	if text, err = json.Marshal(set); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &stored); err != nil {
		t.Fatal(err)
	}
	story := Story{stored, journal}
	other, err := story.Campaign()
	if err != nil {
		t.Fatal(err)
	}
	shape := cmp.Comparer(func(a, b shapes.Shape) bool { return a.String() == b.String() })
	a, b := c.Result(), other.Result()
	a.Ended, b.Ended = "", ""
	if diff := cmp.Diff(a, b, shape); diff != "" {
		t.Fatalf("the journal tells otherwise:\n%s", diff)
	}
	q, open := c.Next()
	again, openAgain := other.Next()
	if open && openAgain && q.Scenario.Key() != again.Scenario.Key() {
		t.Fatalf("the next question differs:\n%s\n%s", q.Scenario, again.Scenario)
	}
}

// TestTheNextNightBeginsWithTheCorpus: what broke comes first, each in a start of its own, what was shrunk as it was
// shrunk; what is known is not shrunk again.
func TestTheNextNightBeginsWithTheCorpus(t *testing.T) {
	w := newWorld(7, twenty[:4])
	first := w.campaign(t, Settings{Seed: 1}, 150)
	r := first.Result()
	if len(r.Faults) < 3 {
		t.Fatalf("%d faults in %d starts", len(r.Faults), w.starts)
	}
	next := Settings{Seed: 2, Corpus: r.Corpus, Starts: 60}
	c := newWorld(8, twenty[:4]).campaign(t, next, 60)
	again := c.Result()
	for i, f := range again.Faults[:len(r.Faults)] {
		if !f.Known || f.Found > len(r.Faults) && f.Shrunk == nil {
			t.Errorf("fault %d, %s: known %v, found in question %d", i, f.Title, f.Known, f.Found)
		}
	}
	for _, e := range c.Journal()[:len(r.Faults)] {
		if e.Question.Kind != Again {
			t.Errorf("question %d is %s", e.Question.Seq, e.Question.Kind)
		}
	}
	if again.Replayed < len(r.Faults) || len(again.Corpus) < len(r.Faults) {
		t.Errorf("%d starts of the corpus, which has now %d seeds", again.Replayed, len(again.Corpus))
	}
}

// TestOneBugInOtherWordsIsOneBug: a scenario that broke with a name of its own once, and with a known one whenever it
// is replayed, broke with the known one.
func TestOneBugInOtherWordsIsOneBug(t *testing.T) {
	c, err := New(Settings{Seed: 1, Share: 1})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 120 {
		q, _ := c.Next()
		a := minimize.Answer{Outcome: minimize.Clean, Steps: len(q.Scenario.Steps), Seconds: 1}
		if q.Scenario.LongestPrompt() >= 2000 {
			a = minimize.Answer{Outcome: minimize.Broke, Signatures: []string{"the kernel's words"}, Title: "a crash", At: scenario.Place{Step: len(q.Scenario.Steps) - 1}, Steps: len(q.Scenario.Steps), Seconds: 1}
			if q.Kind == Hunt && n > 40 {
				a.Signatures = []string{"the exit status alone"}
			}
		}
		if err := c.Tell(q, a); err != nil {
			t.Fatal(err)
		}
	}
	if r := c.Result(); len(r.Faults) != 1 || len(r.Faults[0].Names) != 2 {
		t.Errorf("%d faults: %+v", len(r.Faults), r.Faults)
	}
}

// TestWhatIsKnownIsAvoided: a fault that hides everything else costs fewer steps once it is known.
func TestWhatIsKnownIsAvoided(t *testing.T) {
	long := []planted{{name: "any long prompt", when: anyOf(func(r scenario.Request) bool { return r.Recipe.Tokens >= 6000 })}, {name: "never", when: func(scenario.Scenario, int) bool { return false }}}
	steps := map[bool]int{}
	for _, random := range []bool{false, true} {
		c := newWorld(1, long).campaign(t, Settings{Seed: 1, Random: random, Share: -1}, 150)
		steps[random] = c.Result().Coverage.Steps
	}
	t.Logf("%d steps are seen, and %d at random", steps[false], steps[true])
	if 2*steps[false] < 3*steps[true] {
		t.Errorf("%d steps are seen, and %d at random", steps[false], steps[true])
	}
}

// TestOverlongTextsMayBeRefused: where something travels as text, texts of many times a slot do, up to the most; what
// must be answered is never that long, changed or not.
func TestOverlongTextsMayBeRefused(t *testing.T) {
	set := Settings{}.WithDefaults()
	g, longest := &grammar{set.Space}, 0
	for seed := range uint64(300) {
		d := newDice(seed, 0)
		s := configuration{np: 1}.scenario(set.Space.Slot, overlong(g, d, 1))
		first := s.Steps[0].Requests[0]
		if longest = max(longest, first.Recipe.Tokens); first.Recipe.Tokens < 2*set.Space.Slot || !first.AsText() || !first.MayRefuse {
			t.Fatalf("seed %d: %d tokens, %s %s", seed, first.Recipe.Tokens, first.Endpoint, first.Form)
		}
		for _, p := range s.Places() {
			if r := g.change(d, s).At(p); !r.MayRefuse && r.Recipe.Tokens > set.Space.Longest {
				t.Fatalf("seed %d: %d tokens must be answered", seed, r.Recipe.Tokens)
			}
		}
	}
	if longest < mostText/2 {
		t.Errorf("the longest has %d tokens", longest)
	}
	set.Space.APIs = nil
	if r := overlong(&grammar{set.Space}, newDice(1, 0), 1)[0].Requests[0]; r.AsText() || !r.MayRefuse {
		t.Errorf("without any text: %s %s", r.Endpoint, r.Form)
	}
}
