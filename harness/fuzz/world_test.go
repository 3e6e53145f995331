package fuzz

import (
	"slices"
	"strings"
	"testing"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/scenario"
)

// planted is a fault of a world: a step for which it holds ends the server, in so many of all starts.
type planted struct {
	name string
	rate float64 // 0: always
	when func(s scenario.Scenario, n int) bool
	near func(s scenario.Scenario, n int) bool // a near miss: it is slow, or noisy; nil: it comes without a warning
}

// any is a rule over the requests of a step.
func anyOf(rule func(r scenario.Request) bool) func(scenario.Scenario, int) bool {
	return func(s scenario.Scenario, n int) bool { return slices.ContainsFunc(s.Steps[n].Requests, rule) }
}

// as many requests of a step as obey the rule.
func atOnce(many int, rule func(r scenario.Request) bool) func(scenario.Scenario, int) bool {
	return func(s scenario.Scenario, n int) bool {
		count := 0
		for _, r := range s.Steps[n].Requests {
			if rule(r) {
				count++
			}
		}
		return count >= many
	}
}

func has(family string, r scenario.Recipe) bool {
	if r.Filler != "" && r.LiveTokens() == 0 {
		return family == "random" && r.Distinct > 1
	}
	return strings.Contains(r.Shape.String(), family)
}

// cached is what a request finds in the cache of its slot, in words.
func usesCache(use string, least int) func(scenario.Scenario, int) bool {
	return func(s scenario.Scenario, n int) bool {
		return slices.ContainsFunc(s.Steps[n].Requests, func(r scenario.Request) bool {
			return r.Recipe.Tokens >= least && cacheUse(s.Steps[:n], r) == use
		})
	}
}

// twenty are planted faults of all kinds, after those of the field and of llama.cpp's tracker. A prompt's
// tokens, its different ids and its period are what the recipe says.
var twenty = []planted{
	{name: "near the end of the slot", when: anyOf(func(r scenario.Request) bool {
		return r.Recipe.Tokens >= 15000 && r.Recipe.Tokens < 16384 && has("natural", r.Recipe)
	})},
	{name: "few distinct ids", when: anyOf(func(r scenario.Request) bool { return r.Recipe.Tokens >= 5000 && variety(r.Recipe) < 10 })},
	{name: "a period", when: anyOf(func(r scenario.Request) bool {
		return r.Recipe.Tokens >= 3000 && r.Recipe.Period >= 16 && r.Recipe.Period < 64 && r.Recipe.Filler == ""
	})},
	{name: "one more than a batch", when: anyOf(func(r scenario.Request) bool { return r.Recipe.Tokens == 2049 && !r.Cache })},
	{name: "the same prefix in two slots", when: func(s scenario.Scenario, n int) bool {
		q := s.Steps[n].Requests
		return len(q) > 1 && samePrompt(q[0], q[1]) && min(q[0].Recipe.Tokens, q[1].Recipe.Tokens) >= 1500
	}},
	{name: "cached after a cancel", when: usesCache("of one cancelled", 2500), near: usesCache("of one cancelled", 64)},
	{name: "grown by the reply", when: usesCache("grown by the reply", 7000), near: usesCache("grown by the reply", 2000)},
	{name: "shortened", when: usesCache("shortened", 600)},
	{name: "tools in a chat of many slots", when: func(s scenario.Scenario, n int) bool {
		return s.NP >= 2 && anyOf(func(r scenario.Request) bool {
			return strings.Contains(r.Params, `"tools":[{`) && r.Recipe.Tokens >= 64
		})(s, n)
	}},
	{name: "a grammar and odd text", when: anyOf(func(r scenario.Request) bool {
		return strings.Contains(r.Params, `"grammar":"root ::= [`) && has("unicode", r.Recipe)
	}), near: anyOf(func(r scenario.Request) bool {
		return strings.Contains(r.Params, `"grammar"`) && has("unicode", r.Recipe)
	})},
	{name: "random bytes as text", when: anyOf(func(r scenario.Request) bool { return r.AsText() && has("random", r.Recipe) && r.Recipe.Tokens >= 2000 })},
	{name: "quantised keys", when: func(s scenario.Scenario, n int) bool {
		return s.Flags.CacheK == "q4_0" && anyOf(func(r scenario.Request) bool { return r.Recipe.Tokens >= 3000 })(s, n)
	}},
	{name: "a context that shifts", when: func(s scenario.Scenario, n int) bool {
		return slices.Contains(s.Flags.Other, "--context-shift") && anyOf(func(r scenario.Request) bool { return r.Recipe.Tokens < 16384 && r.Recipe.Tokens+r.Reply > 16384 })(s, n)
	}, near: func(s scenario.Scenario, n int) bool {
		return slices.Contains(s.Flags.Other, "--context-shift") && anyOf(func(r scenario.Request) bool { return r.Recipe.Tokens > 8000 })(s, n)
	}},
	{name: "four slots at once", when: atOnce(4, func(r scenario.Request) bool { return r.Recipe.Tokens >= 3000 })},
	{name: "a short one late beside a long one", when: func(s scenario.Scenario, n int) bool {
		return load(s.Steps[n].Requests) == "long beside short" && anyOf(func(r scenario.Request) bool { return r.Delay > 0 && r.Recipe.Tokens < 16 })(s, n)
	}},
	{name: "code, in three starts of ten", rate: 0.3, when: anyOf(func(r scenario.Request) bool { return r.Recipe.Tokens >= 8000 && has("code", r.Recipe) })},
	{name: "one refused in a pool", when: func(s scenario.Scenario, n int) bool {
		return slices.Contains(s.Flags.Other, "--kv-unified") && anyOf(func(r scenario.Request) bool { return r.Recipe.Tokens > 16384 })(s, n)
	}, near: func(s scenario.Scenario, n int) bool {
		return slices.Contains(s.Flags.Other, "--kv-unified") && anyOf(func(r scenario.Request) bool { return r.Recipe.Tokens > 12000 })(s, n)
	}},
	{name: "two spans", when: anyOf(func(r scenario.Request) bool {
		return len(r.Recipe.Shape.Spans()) > 1 && has("unicode", r.Recipe) && has("code", r.Recipe)
	})},
	{name: "infill", when: anyOf(func(r scenario.Request) bool { return r.Endpoint == "/infill" && r.Recipe.Tokens >= 1000 })},
	{name: "drafts of repeats", when: func(s scenario.Scenario, n int) bool {
		return slices.Contains(s.Flags.Other, "ngram-mod") && anyOf(func(r scenario.Request) bool { return r.Reply >= 32 && variety(r.Recipe) < 16 })(s, n)
	}, near: func(s scenario.Scenario, n int) bool {
		return slices.Contains(s.Flags.Other, "ngram-mod") && anyOf(func(r scenario.Request) bool { return r.Reply >= 8 })(s, n)
	}},
}

// world answers a campaign's questions.
type world struct {
	faults []planted
	coin   dice
	starts int
	first  map[string]int // start in which each fault showed first
}

func newWorld(seed uint64, faults []planted) *world {
	return &world{faults: faults, coin: newDice(seed, 1), first: map[string]int{}}
}

func (w *world) answer(q minimize.Question) minimize.Answer {
	w.starts++
	luck := make([]bool, len(w.faults))
	for i, f := range w.faults {
		luck[i] = f.rate == 0 || w.coin.chance(f.rate)
	}
	var near []minimize.Near
	for n := range q.Scenario.Steps {
		for i, f := range w.faults {
			if f.near != nil && f.near(q.Scenario, n) {
				near = append(near, minimize.Near{Step: n, What: "slow"})
			}
			if luck[i] && f.when(q.Scenario, n) {
				if w.first[f.name] == 0 {
					w.first[f.name] = w.starts
				}
				return minimize.Answer{Outcome: minimize.Broke, Signatures: []string{f.name}, Title: f.name, At: scenario.Place{Step: n}, Steps: n + 1, Near: near, Seconds: 10}
			}
		}
	}
	return minimize.Answer{Outcome: minimize.Clean, Steps: len(q.Scenario.Steps), Near: near, Seconds: 10}
}

// campaign hunts in the world until all of it was found, or so many starts are used up.
func (w *world) campaign(t testing.TB, set Settings, starts int) *Campaign {
	t.Helper()
	c, err := New(set)
	if err != nil {
		t.Fatal(err)
	}
	for w.starts < starts && len(w.first) < len(w.faults) {
		q, open := c.Next()
		if !open {
			break
		}
		if err := q.Scenario.Validate(); err != nil {
			t.Fatalf("question %d: %v\n%s", q.Seq, err, q.Scenario)
		}
		if err := c.Tell(q, w.answer(q)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}
