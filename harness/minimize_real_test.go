package harness

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/scenario"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
	"ctxcliff/shapes"
)

// questions makes a journal keep a story, too.
type questions struct {
	*journal
	entries []minimize.Entry
}

func (q *questions) BeginQuestion(_ context.Context, asked minimize.Question) error {
	q.rule(asked.Seq == len(q.entries)+1, "question %d begins after %d others", asked.Seq, len(q.entries))
	q.entries = append(q.entries, minimize.Entry{Question: asked})
	return q.call("BeginQuestion")
}

func (q *questions) EndQuestion(_ context.Context, asked minimize.Question, a minimize.Answer) error {
	q.entries[asked.Seq-1].Answer = &a
	return q.call("EndQuestion")
}

// stagedPlayer plays on the lab and keeps what comes of it.
func stagedPlayer(t testing.TB, lab *Lab) (*Player, *questions) {
	t.Helper()
	q := &questions{journal: &journal{memory: &memory{}, cells: map[string]bool{}}}
	target := lab.Target
	target.Args = oneThread
	return &Player{Target: target, Plan: q, Rig: Rig{
		Seed: 7, Labs: Labs{lab}, LogDir: t.TempDir(), Recorder: q, Listener: &ear{}, Canary: true,
		Settings: trial.Settings{Starts: 1, Attempts: 1, Isolation: "cell", Reply: 1},
		Limits:   Limits{Ready: 10 * time.Second, Stall: 5 * time.Second, Grace: 2 * time.Second, Dying: 5 * time.Second, Late: 10 * time.Millisecond},
	}}, q
}

func recipe(t testing.TB, shape string, seed uint64, tokens int) scenario.Recipe {
	t.Helper()
	s, err := shapes.Parse(shape)
	if err != nil {
		t.Fatal(err)
	}
	return scenario.Recipe{Shape: s, Seed: seed, Tokens: tokens, Nonce: fmt.Sprintf("%012x", seed)}
}

// busyScenario is what a screen leaves behind: two slots, several sizes, cold and cached.
func busyScenario(t testing.TB, shape string) scenario.Scenario {
	s := scenario.Scenario{NP: 2, Ctx: 32768}
	for n, tokens := range []int{64, 3000, 3000, 14000} {
		var step scenario.Step
		for slot := range 2 {
			step.Requests = append(step.Requests, scenario.Request{Slot: slot, Reply: 8, Cache: n == 2, Recipe: recipe(t, shape, uint64(slot+1), tokens)})
		}
		s.Steps = append(s.Steps, step)
	}
	return s
}

var long = flag.Bool("long", false, "minimize more kinds of faults on the real server")

// TestMinimizeOnARealServer: what kills a real server is shrunk to what it needs, and no more is said than
// was shown.
func TestMinimizeOnARealServer(t *testing.T) {
	if !*long {
		t.Skip("only with -long; TestFuzzFindsHiddenRules shrinks what it finds")
	}
	for name, c := range map[string]struct {
		rule  string
		shape string
		needs int // prompt tokens
		np    int // of the smallest
		most  int // runs, controls and gate included
	}{
		"any prompt of 6000 tokens":        {"position=6000", "natural", 6000, 1, 25},
		"5000 tokens in two slots at once": {"position=5000,busy=2", "natural", 5000, 2, 32},
		"few distinct ids":                 {"position=7000,shape=few", "opt", 7000, 1, 25},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lab := *realLab(t, tinymodel.Gemma3)
			p, kept := stagedPlayer(t, tampered(t, &lab, c.rule))
			set := minimize.Settings{Scenario: busyScenario(t, c.shape), Variants: []minimize.Variant{}}.WithDefaults()
			session, err := minimize.Minimize(set)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
			defer cancel()
			p.Open(ctx)
			defer p.Close()
			if err := p.Retell(ctx, session, kept); err != nil {
				t.Fatal(err)
			}
			kept.lawful(t)
			r := session.Result()
			t.Logf("%s, after %d runs\n%s", r.Sentence, r.Runs, r.Smallest)
			if r.Verdict != minimize.SameBug || !r.Gated {
				t.Fatalf("%s, gated %v: %+v", r.Verdict, r.Gated, r.After)
			}
			if n := r.Smallest.LongestPrompt(); n < c.needs || float64(n) > 1.1*float64(c.needs) {
				t.Errorf("%d tokens are left where %d are needed", n, c.needs)
			}
			if r.Smallest.NP != c.np || len(r.Smallest.Steps) != 1 || len(r.Smallest.Steps[0].Requests) != c.np {
				t.Errorf("the smallest is\n%s", r.Smallest)
			}
			for _, place := range r.Smallest.Places() {
				if live := r.Smallest.At(place).Recipe.LiveTokens(); live > 0 && c.shape != "opt" {
					t.Errorf("%d tokens of content are left although any will do", live)
				}
			}
			if r.After.Hits == r.After.Runs && r.Runs > c.most { // on a busy machine requests may miss one another: then it is flaky
				t.Errorf("%d runs, want at most %d", r.Runs, c.most)
			}
		})
	}
}

// TestAScenarioIsPlayedAsItWas: delays, cancels, growth and cache of a scenario reach a real server, and what
// is stored of it gives the same scenario back.
func TestAScenarioIsPlayedAsItWas(t *testing.T) {
	p, kept := stagedPlayer(t, realLab(t, tinymodel.Gemma3))
	s := scenario.Scenario{NP: 2, Ctx: 32768, Steps: []scenario.Step{
		{Requests: []scenario.Request{{Slot: 0, Reply: 4, Cache: true, Recipe: recipe(t, "natural", 1, 2000)}, {Slot: 1, Reply: 4, Delay: 30, Recipe: recipe(t, "code", 2, 1000)}}},
		{Requests: []scenario.Request{{Slot: 0, Reply: 4, Cache: true, Grown: true, Recipe: recipe(t, "natural", 1, 5000)}}},
		{Requests: []scenario.Request{{Slot: 1, Reply: 4, CancelAfter: 4096, Recipe: recipe(t, "natural", 3, 16000)}}},
		{Requests: []scenario.Request{{Slot: 1, Reply: 2, Recipe: recipe(t, "opt", 4, 500)}}},
	}}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	p.Open(ctx)
	defer p.Close()
	played, err := p.Play(ctx, s, 1)
	if err != nil || len(played.Attempts) != 4 {
		t.Fatalf("%v, %d attempts: %+v", err, len(played.Attempts), played)
	}
	for i, a := range played.Attempts {
		if a.Outcome != trial.Pass {
			t.Errorf("step %d: %v, %q", i, a.Outcome, a.Reason)
		}
	}
	if r := played.Attempts[1].Requests[0]; r.CachedTokens < 2000-1 || r.PromptTokens != 5000 {
		t.Errorf("a grown prompt took %d of %d tokens from the cache", r.CachedTokens, r.PromptTokens)
	}
	if r := played.Attempts[2].Requests[0]; !r.Cancelled || r.Complete || r.Position < 4096 || r.Position >= 16000 {
		t.Errorf("a request that is to be cancelled: %+v", r)
	}
	conf := p.configuration(s)
	record := trial.Record{Starts: kept.starts, Attempts: kept.attempts, Cells: []plan.Cell{{Configuration: conf}}}
	again, err := History(record, played.Attempts[3].ID)
	if err != nil || again.Key() != s.Key() {
		t.Errorf("%v: played\n%s\nstored\n%s", err, s, again)
	}
}
