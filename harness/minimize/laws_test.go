package minimize

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ctxcliff/harness/scenario"
	"ctxcliff/shapes"
)

var shapesByText = cmp.Comparer(func(a, b shapes.Shape) bool { return a.String() == b.String() })

// anyStart is a scenario of some requests, some of them at once, cached, grown, cancelled or late.
func anyStart(t *rapid.T) scenario.Scenario {
	s := scenario.Scenario{NP: rapid.IntRange(1, 3).Draw(t, "np"), Ctx: 300_000}
	mixed, _ := shapes.Parse("mixed:natural=1,repeat:x=2")
	for range rapid.IntRange(1, 4).Draw(t, "steps") {
		var step scenario.Step
		for slot := range rapid.IntRange(1, s.NP).Draw(t, "requests") {
			r := request(slot)
			r.Recipe.Tokens = rapid.IntRange(1, startTokens).Draw(t, "tokens")
			r.Recipe.Shape = rapid.SampledFrom([]shapes.Shape{natural(), mixed}).Draw(t, "shape")
			r.Recipe.Seed = rapid.Uint64Range(0, 1).Draw(t, "seed")
			r.Cache, r.Grown = rapid.Bool().Draw(t, "cache"), rapid.Bool().Draw(t, "grown")
			r.Delay = rapid.SampledFrom([]int{0, 0, 30}).Draw(t, "delay")
			r.CancelAfter = rapid.SampledFrom([]int{0, 0, r.Recipe.Tokens / 2}).Draw(t, "cancel")
			r.Endpoint = rapid.SampledFrom([]string{"", "", "/infill"}).Draw(t, "endpoint")
			r.Params = rapid.SampledFrom([]string{"", "", `{"min_p":0}`}).Draw(t, "params")
			step.Requests = append(step.Requests, r)
		}
		s.Steps = append(s.Steps, step)
	}
	return s
}

func anySettings(t *rapid.T) Settings {
	return Settings{
		Scenario:   anyStart(t),
		Signatures: rapid.SampledFrom([][]string{nil, {"a"}, {"a", "b"}}).Draw(t, "signatures"),
		Thorough:   rapid.Bool().Draw(t, "thorough"),
		Runs:       rapid.SampledFrom([]int{0, 0, 1, 7, 40, 150}).Draw(t, "runs"),
		Hours:      rapid.SampledFrom([]float64{-1, 0, 0.5}).Draw(t, "hours"),
	}
}

// anyAnswer draws an answer of a server that keeps no law at all.
func anyAnswer(t *rapid.T, q Question) Answer {
	places := q.Scenario.Places()
	a := Answer{
		Outcome: rapid.SampledFrom([]Outcome{Clean, Clean, Clean, Broke, Broke, Broke, Unfit, Infra, Interrupted, HostLost}).Draw(t, "outcome"),
		Seconds: rapid.Float64Range(-1, 400).Draw(t, "seconds"),
	}
	if a.Outcome == Broke {
		a.Signatures = rapid.SampledFrom([][]string{nil, {"a"}, {"a"}, {"b", "a"}, {"c", "b"}, {"d"}}).Draw(t, "signatures")
		a.At = rapid.SampledFrom(append(places, scenario.Place{Step: -1}, scenario.Place{Step: 9, Request: 9})).Draw(t, "at")
		a.Position = rapid.IntRange(-5, 2*startTokens).Draw(t, "position")
		a.InPrompt = rapid.Bool().Draw(t, "in prompt")
	}
	return a
}

// Whatever it is told, shrinking ends within its budget, with something that was seen to break with the
// bug and is no larger than the start; no candidate is asked about again once it is answered; and the
// same journal leads to the same place.
func TestAnySequenceOfAnswersEndsInAnHonestResult(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := anySettings(t)
		var journal []Entry
		shrinks := map[string]string{} // candidates that are answered, and by what
		result := shrink(set.WithDefaults(), func(q Question) (Answer, bool) {
			if q.Seq != len(journal)+1 {
				t.Fatalf("question %d after %d answers", q.Seq, len(journal))
			}
			if err := q.Scenario.Validate(); err != nil {
				t.Fatalf("a scenario that cannot be run: %v", err)
			}
			if how := shrinks[q.Scenario.Key()]; q.Kind == Shrink && how != "" {
				t.Fatalf("asked again, after it %s: %s", how, q.Scenario)
			}
			a := anyAnswer(t, q)
			if q.Kind == Shrink && a.Outcome == Broke && shares(a.Signatures, []string{"a"}) && set.Signatures != nil {
				shrinks[q.Scenario.Key()] = "broke"
			}
			if a.Outcome == Unfit {
				shrinks[q.Scenario.Key()] = "could not be run"
			}
			journal = append(journal, Entry{q, &a})
			return a, true
		})
		honest(t, set, result, journal)
		replayed(t, set, result, journal)
	})
}

// honest checks a result against everything that was answered.
func honest(t *rapid.T, set Settings, r Result, journal []Entry) {
	counted, spoilt, broke := 0, 0, false
	for _, e := range journal {
		switch e.Answer.Outcome {
		case Interrupted: // by whoever may
			continue
		case Infra, HostLost:
			spoilt++
			continue
		case Broke:
			broke = broke || e.Question.Scenario.Key() == r.Smallest.Key() && shares(e.Answer.Signatures, r.Signatures)
		}
		counted++
	}
	budget := orElse(set.Runs, flakyRuns)
	if counted > budget || counted != r.Runs || spoilt > (retries+1)*(counted+1)+1 {
		t.Fatalf("%d runs (%d by its own count, %d spoilt) with a budget of %d", counted, r.Runs, spoilt, budget)
	}
	if r.Verdict == SameBug != broke {
		t.Fatalf("%s, but the smallest was seen to break: %v", r.Verdict, broke)
	}
	if !r.Smallest.Canonical().Size().NoLarger(set.Scenario.Canonical().Size()) {
		t.Fatalf("the smallest is larger than the start:\n%s\n%s", r.Smallest, set.Scenario)
	}
	if r.Sentence == "" || r.Gated && r.After.Runs == 0 {
		t.Fatalf("a result that says nothing: %+v", r)
	}
}

func shares(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}

// replayed checks that a session asks the same questions from any place of the journal on.
func replayed(t *rapid.T, set Settings, want Result, journal []Entry) {
	cut := rapid.IntRange(0, len(journal)).Draw(t, "cut")
	text, err := json.Marshal(journal) // through the disk, as a journal goes
	if err != nil {
		t.Fatal(err)
	}
	var read []Entry
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	s, err := Minimize(set)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Replay(read[:cut]); err != nil {
		t.Fatal(err)
	}
	if next, open := s.Next(); cut < len(journal) {
		if diff := cmp.Diff(journal[cut].Question, next, shapesByText); !open || diff != "" {
			t.Fatalf("after %d answers (-live +resumed):\n%s", cut, diff)
		}
		if err := s.Replay(read[cut:]); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, s.Result(), shapesByText); diff != "" {
		t.Fatalf("(-live +replayed):\n%s", diff)
	}
	if next, open := s.Next(); open {
		t.Fatalf("the story has ended, and asks %+v", next)
	}
}

// Told one answer at a time, killed and taken up again with a question open, the session ends where the
// plain function does.
func TestASessionTellsTheStoryOfThePlainFunction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64Range(0, 1000).Draw(t, "seed")
		rate := rapid.SampledFrom([]float64{1, 0.5, 0.3}).Draw(t, "rate")
		bug := func() *world { return drawBug(rand.New(rand.NewPCG(seed, 7)), rate) }
		set := Settings{Scenario: wave(), Signatures: []string{"the bug"}}
		want := shrink(set.WithDefaults(), bug().ask)

		w := bug()
		s, err := Minimize(set)
		if err != nil {
			t.Fatal(err)
		}
		for {
			q, open := s.Next()
			if !open {
				break
			}
			if err := s.Tell(q, w.run(q)); err != nil {
				t.Fatal(err)
			}
			if err := s.Tell(q, Answer{Outcome: Clean}); err == nil {
				t.Fatal("the same question was answered twice")
			}
		}
		if diff := cmp.Diff(want, s.Result(), shapesByText); diff != "" {
			t.Fatalf("(-function +session):\n%s", diff)
		}
		journal := s.Journal()
		cut := rapid.IntRange(0, len(journal)-1).Draw(t, "cut")
		open, _ := Minimize(set)
		if err := open.Replay(append(journal[:cut:cut], Entry{Question: journal[cut].Question})); err != nil {
			t.Fatal(err)
		}
		again, _ := open.Next()
		if again.Scenario.Key() != journal[cut].Question.Scenario.Key() || again.Try != journal[cut].Question.Try || again.Seq != cut+2 {
			t.Fatalf("open was %+v, asked next is %+v", journal[cut].Question, again)
		}
	})
}

func TestAJournalOfAnotherStoryIsRefused(t *testing.T) {
	s, _ := Minimize(Settings{Scenario: wave()})
	q, _ := s.Next()
	other := q
	other.Scenario = wave().OnSlots(4)
	if err := s.Replay([]Entry{{Question: other}}); err == nil {
		t.Error("a journal of another scenario was taken")
	}
	if next, open := s.Next(); !open || !same(next, q) {
		t.Errorf("afterwards it asks %+v", next)
	}
	if err := s.Tell(q, Answer{}); err == nil {
		t.Error("an answer that says nothing was taken")
	}
}

func TestAnyReproductionEndsAndIsHonest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := ReproduceSettings{Scenario: anyStart(t), Signatures: rapid.SampledFrom([][]string{nil, {"a"}}).Draw(t, "signatures")}
		hits, asked := 0, 0
		r := reproduce(set, func(q Question) (Answer, bool) {
			a := anyAnswer(t, q)
			asked++
			if q.Kind == Replay && a.Outcome == Broke && shares(a.Signatures, []string{"a"}) {
				hits++
			}
			return a, true
		})
		if asked > (1+retries)*2*enoughRuns || r.Rate.Hits > enoughHits || r.Rate.Runs > enoughRuns {
			t.Fatalf("%d runs: %+v", asked, r)
		}
		if r.Verdict == SameBug != (r.Rate.Hits > 0) || r.Rate.Hits < hits && set.Signatures != nil {
			t.Fatalf("%d hits, %+v", hits, r)
		}
		if r.History == HistoryMatters && lucky(r.Rate.Estimate, r.Alone.Runs) > maxLuck {
			t.Fatalf("history matters after %+v at %+v", r.Alone, r.Rate)
		}
	})
}
