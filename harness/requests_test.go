package harness

import (
	"context"
	"testing"

	"pgregory.net/rapid"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/prompts"
	"ctxcliff/shapes"
)

// recipesOf are the requests of a life's start number n.
func recipesOf(t *rapid.T, seed uint64, n, np, tokens int) []trial.Request {
	shape, err := shapes.Parse("natural")
	if err != nil {
		t.Fatal(err)
	}
	l := &life{Rig: &Rig{Seed: seed}, start: trial.Start{N: n}}
	return l.requests(plan.Cell{Configuration: plan.Configuration{NP: np}, Shape: shape}, tokens, uint64(n))
}

func TestRecipes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed, n := rapid.Uint64().Draw(rt, "seed"), rapid.IntRange(1, 1<<20).Draw(rt, "start")
		np := rapid.IntRange(1, 256).Draw(rt, "np")
		here, next, longer := recipesOf(rt, seed, n, np, 100), recipesOf(rt, seed, n+1, np, 100), recipesOf(rt, seed, n, np, 900)
		seeds, nonces := map[uint64]bool{}, map[string]bool{}
		for slot, r := range here {
			if r.Slot != slot || r.Target != 100 || len(r.Nonce) != 12 || r.Position != -1 || r.ServedBy != -1 {
				rt.Fatalf("%+v", r)
			}
			if seeds[r.Seed] || nonces[r.Nonce] || nonces[next[slot].Nonce] || r.Nonce == next[slot].Nonce {
				rt.Fatalf("slot %d shares its seed or nonce with another, or its nonce with the next start", slot)
			}
			seeds[r.Seed], nonces[r.Nonce], nonces[next[slot].Nonce] = true, true, true
			if r.Seed != next[slot].Seed || r.Seed != longer[slot].Seed || r.Nonce != longer[slot].Nonce {
				rt.Fatalf("slot %d: the seed depends on the start, or seed or nonce on the size", slot)
			}
		}
		if again := recipesOf(rt, seed, n, np, 100); again[np-1].Nonce != here[np-1].Nonce {
			rt.Fatal("not the same again")
		}
	})
}

// TestTheSameSeedSendsTheSame: two runs send the same bytes, attempts of a start send the same,
// starts and slots do not.
func TestTheSameSeedSendsTheSame(t *testing.T) {
	t.Parallel()
	hashes := func() (all []string) {
		s, recorded, _ := matrix{np: 2, tokens: []int{700}, shapes: "natural,random", starts: 2, attempts: 2}.screen(t, simLab(t, ""))
		if err := run(t, context.Background(), s); err != nil {
			t.Fatal(err)
		}
		recorded.lawful(t)
		for _, a := range recorded.attempts {
			for _, r := range a.Requests {
				if a.N == 2 {
					if before := all[len(all)-2]; r.Hash != before {
						t.Errorf("attempt 2 of start %d sends something else", a.StartN)
					}
				}
				all = append(all, r.Hash)
			}
		}
		return all
	}
	first, second := hashes(), hashes()
	distinct := map[string]bool{}
	for i := range first {
		if first[i] != second[i] || first[i] == "" {
			t.Errorf("request %d: %q, then %q", i, first[i], second[i])
		}
		distinct[first[i]] = true
	}
	if want := len(first) / 2; len(distinct) != want { // each twice, by attempts 1 and 2
		t.Errorf("%d different prompts among %d requests, want %d", len(distinct), len(first), want)
	}
}

// TestALongerCellExtendsTheShorterOne sends both to one start and compares the ids.
func TestALongerCellExtendsTheShorterOne(t *testing.T) {
	t.Parallel()
	made := map[int][]int32{}
	s, recorded, heard := matrix{tokens: []int{500, 3000}, shapes: "mixed", isolation: "config"}.screen(t, simLab(t, ""))
	heard.on = func(e trial.Event) {
		ended, ok := e.(trial.AttemptEnded)
		if !ok {
			return
		}
		r := ended.Attempt.Requests[0]
		p, err := s.maker.Make(context.Background(), prompts.Recipe{Shape: ended.Cell.Shape, Seed: r.Seed, Tokens: r.Target, Nonce: r.Nonce, Form: prompts.IDs})
		if err != nil || p.Hash != r.Hash {
			t.Errorf("the recorded recipe makes something else: %v", err)
		}
		made[r.Target] = p.IDs
	}
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	if got := outcomes(recorded.attempts); got != "pass pass" || len(made[500]) != 500 || len(made[3000]) != 3000 {
		t.Fatalf("%s, %d and %d tokens", got, len(made[500]), len(made[3000]))
	}
	for i, id := range made[500] {
		if made[3000][i] != id {
			t.Fatalf("they differ at token %d", i)
		}
	}
}

// TestTwoTokeniseCallsPerShape, whatever the sizes, slots and starts.
func TestTwoTokeniseCallsPerShape(t *testing.T) {
	t.Parallel()
	s, recorded, heard := matrix{np: 2, tokens: []int{100, 2000, 5000}, shapes: "natural,opt,code", starts: 2, isolation: "config", attempts: 2}.screen(t, simLab(t, ""))
	calls := 0
	heard.on = func(e trial.Event) {
		if _, ok := e.(trial.StartEnded); ok {
			calls += s.tokenizer.now.Calls()
		}
	}
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	if len(recorded.attempts) != 2*2*9 || calls == 0 || calls > 2*3 {
		t.Errorf("%d calls for %d attempts of 3 shapes", calls, len(recorded.attempts))
	}
}
