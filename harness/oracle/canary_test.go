package oracle_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ctxcliff/harness/oracle"
)

// toy is a model of 24 tokens whose logits hang on all tokens before. Some tokens are forbidden, some
// have no text of their own, so that the server does not send them.
type toy struct {
	seed              uint64
	spread            float64 // of logits
	forbidden, silent int     // ids below, and from here on
	noise             float64 // each logprob is off by up to so much
	noiseSeed         uint64
	broken            int // from this token on it is another model; -1 never
}

const toyVocabulary = 24

func (m toy) logprobs(before []int32) []float64 {
	h := m.seed
	if m.broken >= 0 && len(before) >= m.broken {
		h += 12345
	}
	for _, id := range before {
		h = h*6364136223846793005 + uint64(id) + 1442695040888963407
	}
	logits, noise := rand.New(rand.NewPCG(h, 0)), rand.New(rand.NewPCG(h, m.noiseSeed))
	all, sum := make([]float64, toyVocabulary), 0.0
	for i := range all {
		all[i] = logits.NormFloat64() * m.spread
		sum += math.Exp(all[i])
	}
	for i := range all {
		all[i] += (2*noise.Float64()-1)*m.noise - math.Log(sum)
	}
	return all
}

// answer is greedy, and lists the likeliest tokens as the server does.
func (m toy) answer(probs int) oracle.Answer {
	a := oracle.Answer{Asked: 16, Sent: 16, Counted: 16, Processed: 16, Predicted: 16, Stop: "limit", Complete: true}
	var generated []int32
	for range a.Predicted {
		lp := m.logprobs(generated)
		order := make([]int32, toyVocabulary)
		for i := range order {
			order[i] = int32(i)
		}
		slices.SortFunc(order, func(x, y int32) int { return cmp.Compare(lp[y], lp[x]) })
		chosen := order[slices.IndexFunc(order, func(id int32) bool { return int(id) >= m.forbidden })]
		generated = append(generated, chosen)
		if int(chosen) >= m.silent {
			continue
		}
		var rivals []oracle.Rival
		for _, id := range order[:probs] {
			if id != chosen && lp[id] <= lp[chosen] {
				rivals = append(rivals, oracle.Rival{ID: id, Logprob: lp[id]})
			}
		}
		a.Tokens, a.Logprobs, a.Rivals = append(a.Tokens, chosen), append(a.Logprobs, lp[chosen]), append(a.Rivals, rivals)
	}
	return a
}

func anyToy(t *rapid.T) toy {
	return toy{
		seed: rapid.Uint64().Draw(t, "seed"), spread: rapid.Float64Range(0.05, 4).Draw(t, "spread"), broken: -1,
		forbidden: rapid.IntRange(0, 4).Draw(t, "forbidden"), silent: rapid.SampledFrom([]int{toyVocabulary, 20, 10}).Draw(t, "silent"),
	}
}

func canaryOf(short, long oracle.Answer) oracle.Canary {
	return oracle.Canary{Short: short, Long: long}
}

func TestRoundingIsNoFinding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyToy(t)
		probs := rapid.IntRange(1, 8).Draw(t, "probs")
		fresh := m.answer(probs)
		if r := canaryOf(fresh, fresh).Compare(canaryOf(fresh, fresh), "a", "b"); len(fresh.Tokens) > 0 && (r.Says != oracle.Clean || r.Reason != "") {
			t.Fatalf("against itself: %s: %s", r.Says, r.Reason)
		}
		m.noise, m.noiseSeed = rapid.Float64Range(0, oracle.TieMargin/2-0.001).Draw(t, "noise"), rapid.Uint64().Draw(t, "again")
		now := m.answer(probs)
		if r := canaryOf(fresh, fresh).Compare(canaryOf(now, fresh), "a", "b"); r.Says == oracle.Corrupt {
			t.Fatalf("%s\nfresh %v\nnow   %v", r.Reason, fresh.Tokens, now.Tokens)
		}
	})
}

func TestAnotherModelIsAFindingWhereTheFirstWasSure(t *testing.T) {
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		m := anyToy(t)
		m.silent = toyVocabulary
		fresh := m.answer(8)
		m.broken = rapid.IntRange(0, 15).Draw(t, "broken")
		now := m.answer(8)
		r := canaryOf(fresh, oracle.Answer{}).Compare(canaryOf(now, oracle.Answer{}), "well before", "seen now")
		i := 0
		for i < len(fresh.Tokens) && fresh.Tokens[i] == now.Tokens[i] {
			i++
		}
		if i == len(fresh.Tokens) {
			return // the other model happens to say the same
		}
		lead := fresh.Logprobs[i] - fresh.Rivals[i][len(fresh.Rivals[i])-1].Logprob // at least
		if k := slices.IndexFunc(fresh.Rivals[i], func(r oracle.Rival) bool { return r.ID == now.Tokens[i] }); k >= 0 {
			lead = fresh.Logprobs[i] - fresh.Rivals[i][k].Logprob
		}
		drift := 0.0
		for k := range i + 1 {
			drift = max(drift, math.Abs(fresh.Logprobs[k]-now.Logprobs[k]))
		}
		if want := lead > oracle.TieMargin || drift > oracle.MostDrift; want != (r.Says == oracle.Corrupt) {
			t.Fatalf("token %d led by %.3f, drift %.3f: %s: %s", i, lead, drift, r.Says, r.Reason)
		}
		if r.Says == oracle.Corrupt {
			found++
			if !strings.Contains(r.Reason, "well before") || !strings.Contains(r.Reason, "seen now") || r.Finding.Class != oracle.Incoherent {
				t.Fatalf("%+v", r.Finding)
			}
		}
	})
	if found == 0 {
		t.Error("nothing was found in any of them")
	}
}

// sure is an answer of a model that is sure of itself: each token led by 3 nats before id 900.
func sure(ids ...int32) oracle.Answer {
	a := oracle.Answer{Asked: len(ids), Sent: 16, Counted: 16, Processed: 16, Predicted: len(ids), Stop: "limit", Complete: true, Tokens: ids, Text: strings.Repeat("ab ", len(ids))}
	for range ids {
		a.Logprobs, a.Rivals = append(a.Logprobs, -0.1), append(a.Rivals, []oracle.Rival{{ID: 900, Logprob: -3.1}, {ID: 901, Logprob: -3.5}})
	}
	return a
}

// with is the answer after a change.
func with(a oracle.Answer, change func(*oracle.Answer)) oracle.Answer {
	a.Tokens, a.Logprobs, a.Rivals = slices.Clone(a.Tokens), slices.Clone(a.Logprobs), slices.Clone(a.Rivals)
	change(&a)
	return a
}

func TestWhatTheCanarySays(t *testing.T) {
	fresh := sure(1, 2, 3, 4)
	for name, c := range map[string]struct {
		fresh, now oracle.Answer
		says       oracle.Saying
		reason     string
	}{
		"the same":                      {fresh, fresh, oracle.Clean, ""},
		"another token":                 {fresh, sure(1, 2, 7, 4), oracle.Corrupt, "token 3 changed after attempt 2: id 7, was 3, which led by 3.40 nats"},
		"the runner-up":                 {fresh, sure(1, 2, 900, 4), oracle.Corrupt, "led by 3.00 nats"},
		"the runner-up of a tie":        {with(fresh, func(a *oracle.Answer) { a.Rivals[2] = []oracle.Rival{{ID: 7, Logprob: -0.4}} }), sure(1, 2, 7, 9), oracle.CannotJudge, "beyond token 3, which is another one after attempt 2: a tie, it led by 0.30 nats"},
		"no rivals known":               {with(fresh, func(a *oracle.Answer) { a.Rivals = nil }), sure(1, 2, 7, 4), oracle.CannotJudge, "how far it led is not known"},
		"no probabilities, the same":    {fresh, with(fresh, func(a *oracle.Answer) { a.Logprobs, a.Rivals = nil, nil }), oracle.Clean, ""},
		"no probabilities, another":     {fresh, with(sure(7, 2, 3, 4), func(a *oracle.Answer) { a.Logprobs, a.Rivals = nil, nil }), oracle.Corrupt, "token 1 changed"},
		"the same, far less likely":     {fresh, with(fresh, func(a *oracle.Answer) { a.Logprobs[1] = -1.2 }), oracle.Corrupt, "token 2 after attempt 2 with a logprob that is 1.10 off: -1.20, was -0.10"},
		"the same, somewhat less so":    {fresh, with(fresh, func(a *oracle.Answer) { a.Logprobs[1] = -1.0 }), oracle.Clean, ""},
		"now NaN":                       {fresh, with(fresh, func(a *oracle.Answer) { a.Logprobs[3] = math.NaN() }), oracle.Corrupt, "NaN logits after attempt 2"},
		"always NaN":                    {with(fresh, func(a *oracle.Answer) { a.Logprobs[3] = math.NaN() }), fresh, oracle.CannotJudge, "NaN already"},
		"fresh hides a token":           {with(fresh, func(a *oracle.Answer) { a.Predicted = 5 }), sure(1, 2, 7, 4), oracle.CannotJudge, "did not send the ids"},
		"now hides all tokens":          {fresh, with(fresh, func(a *oracle.Answer) { a.Tokens, a.Logprobs, a.Rivals = nil, nil, nil }), oracle.Corrupt, "has no token 1 that is whole text"},
		"now hides one, a tie before":   {with(fresh, func(a *oracle.Answer) { a.Rivals[0] = []oracle.Rival{{ID: 7, Logprob: -0.4}} }), with(sure(1, 9, 9), func(a *oracle.Answer) { a.Predicted = 4 }), oracle.CannotJudge, "a tie"},
		"now hides one, no tie at all":  {fresh, with(sure(1, 9, 9), func(a *oracle.Answer) { a.Predicted = 4 }), oracle.Corrupt, "token 2 changed"},
		"now broke off":                 {fresh, with(sure(1, 2), func(a *oracle.Answer) { a.Complete = false }), oracle.CannotJudge, "ended after 2 of 4 tokens"},
		"broke off, but differs before": {fresh, with(sure(1, 7), func(a *oracle.Answer) { a.Complete = false }), oracle.Corrupt, "token 2 changed"},
		"both hide one, a drift after":  {with(fresh, func(a *oracle.Answer) { a.Predicted = 5 }), with(fresh, func(a *oracle.Answer) { a.Predicted, a.Logprobs[2] = 5, -4 }), oracle.Clean, ""},
		"another prompt":                {fresh, with(fresh, func(a *oracle.Answer) { a.Counted = 17 }), oracle.CannotJudge, "not the same: 16 tokens, now 17"},
		"the fresh one broke off":       {with(fresh, func(a *oracle.Answer) { a.Complete = false }), fresh, oracle.CannotJudge, "no whole answer"},
		"never asked":                   {oracle.Answer{}, oracle.Answer{}, oracle.CannotJudge, "not asked"},
		"asked only at first":           {fresh, oracle.Answer{}, oracle.CannotJudge, "ended after 0 of 4"},
	} {
		got := canaryOf(c.fresh, oracle.Answer{}).Compare(canaryOf(c.now, oracle.Answer{}), "before attempt 1", "after attempt 2")
		if got.Says != c.says || !strings.Contains(got.Reason, c.reason) || got.Oracle != oracle.CanaryOracle || (got.Finding != nil) != (c.says == oracle.Corrupt) {
			t.Errorf("%s: %s: %s", name, got.Says, got.Reason)
		}
		// As the long one beside a sound short one, what is found is found and what is open is noted.
		both := canaryOf(fresh, c.fresh).Compare(canaryOf(fresh, c.now), "before attempt 1", "after attempt 2")
		if want := c.says == oracle.Corrupt; (both.Says == oracle.Corrupt) != want || !want && both.Says != oracle.Clean {
			t.Errorf("%s, long: %s: %s", name, both.Says, both.Reason)
		}
	}
	garbage := with(sure(slices.Repeat([]int32{7}, 16)...), func(a *oracle.Answer) { a.Text = strings.Repeat("G", 16) })
	r := canaryOf(sure(1, 2, 3, 4), oracle.Answer{}).Compare(canaryOf(garbage, oracle.Answer{}), "before", "after")
	if r.Finding == nil || r.Finding.Class != "wrong-output.repeat-char" || r.Finding.Key != "G" || r.Finding.Title != `repeats "G"` {
		t.Errorf("garbage: %+v", r.Finding)
	}
	other := with(sure(slices.Repeat([]int32{8}, 16)...), func(a *oracle.Answer) { a.Text = strings.Repeat("H", 16) })
	r = canaryOf(other, oracle.Answer{}).Compare(canaryOf(garbage, oracle.Answer{}), "before", "after")
	if r.Finding == nil || r.Finding.Class != "wrong-output.incoherent" {
		t.Errorf("of a model that repeats when fresh: %+v", r.Finding)
	}
}

func TestTheLongCanaryIsLongerThanAMicroBatch(t *testing.T) {
	for _, c := range []struct{ ubatch, context, want int }{
		{0, 100_000, 640}, {512, 100_000, 640}, {64, 4096, 80}, {1, 100, 2}, {512, 656, 639}, {512, 530, 513}, {512, 529, 0}, {512, 256, 0}, {4096, 2048, 0},
	} {
		if got := oracle.CanaryLong(c.ubatch, c.context); got != c.want {
			t.Errorf("micro-batch %d, slot %d: %d tokens, want %d", c.ubatch, c.context, got, c.want)
		}
	}
}
