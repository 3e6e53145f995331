package oracle_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ctxcliff/harness/oracle"
)

const nonceA, nonceB, nonceC = "3fa9c2e1b0d4", "00ff17a8c311", "9b1d00e4f7a2"

// good is an answer that no oracle has anything against.
func good(slot int) oracle.Answer {
	a := oracle.Answer{
		Slot: slot, Asked: 16, Sent: 100, Context: 4096, Counted: 100, Processed: 100, Predicted: 16, Stop: "limit", Complete: true,
		Text: "and then the horse went on to the town beyond the hill", Nonce: nonceA, Others: []string{nonceB, nonceC},
	}
	for i := range int32(16) {
		a.Tokens, a.Logprobs = append(a.Tokens, 100+i*i%37), append(a.Logprobs, -0.5)
	}
	for i := range int32(oracle.TailTokens) {
		a.Tail = append(a.Tail, 500+i*i%61)
	}
	return a
}

func reference(n int) (r oracle.Reference) {
	for range n {
		r.Answers = append(r.Answers, good(0))
	}
	return r
}

func repeated(a *oracle.Answer, text string, ids ...int32) {
	a.Tokens, a.Text = nil, strings.Repeat(text, 16/len(ids))
	for len(a.Tokens) < 16 {
		a.Tokens = append(a.Tokens, ids...)
	}
}

func TestWhatEachOracleSays(t *testing.T) {
	const clean, corrupt, cannot = oracle.Clean, oracle.Corrupt, oracle.CannotJudge
	type change = func(*oracle.Answer)
	gs := func(a *oracle.Answer) { repeated(a, "G", 7) }
	for name, c := range map[string]struct {
		oracle string
		change change
		says   oracle.Saying
		text   string // of the reason, or the class
	}{
		"no probabilities":       {"nan", func(a *oracle.Answer) { a.Logprobs = nil }, cannot, "no probabilities"},
		"a null":                 {"nan", func(a *oracle.Answer) { a.Logprobs[3] = math.NaN() }, corrupt, "wrong-output.nan-logits"},
		"a null of a broken one": {"nan", func(a *oracle.Answer) { a.Logprobs[3], a.Complete = math.NaN(), false }, corrupt, "wrong-output.nan-logits"},
		"infinitely unlikely":    {"nan", func(a *oracle.Answer) { a.Logprobs[3] = -math.MaxFloat32 }, clean, ""},
		"nothing came":           {"nan", func(a *oracle.Answer) { *a = oracle.Answer{Slot: a.Slot} }, cannot, "no answer"},
		"nothing came, counts":   {"counts", func(a *oracle.Answer) { *a = oracle.Answer{Slot: a.Slot} }, cannot, "no answer"},
		"one letter":             {"degenerate", gs, corrupt, "wrong-output.repeat-char"},
		"one letter, after two":  {"degenerate", func(a *oracle.Answer) { gs(a); a.Text = "ab" + a.Text[2:]; a.Tokens[0], a.Tokens[1] = 1, 2 }, corrupt, "wrong-output.repeat-char"},
		"one letter, after many": {"degenerate", func(a *oracle.Answer) {
			gs(a)
			a.Text = "abc" + a.Text[3:]
			a.Tokens[0], a.Tokens[1], a.Tokens[2] = 1, 2, 3
		}, clean, ""},
		"one letter, no ids":      {"degenerate", func(a *oracle.Answer) { gs(a); a.Tokens = nil }, corrupt, "wrong-output.repeat-char"},
		"line feeds":              {"degenerate", func(a *oracle.Answer) { repeated(a, "\n", 7) }, corrupt, "wrong-output.repeat-char"},
		"one word":                {"degenerate", func(a *oracle.Answer) { repeated(a, " Hello", 7) }, corrupt, `repeats "Hello"`},
		"a special token":         {"degenerate", func(a *oracle.Answer) { repeated(a, "<unused49>", 7) }, corrupt, "wrong-output.repeat-token"},
		"without text":            {"degenerate", func(a *oracle.Answer) { repeated(a, "", 7) }, corrupt, `repeats "ids 7"`},
		"two words in turn":       {"degenerate", func(a *oracle.Answer) { repeated(a, " of the", 7, 8) }, corrupt, `repeats "of the"`},
		"four words in turn":      {"degenerate", func(a *oracle.Answer) { repeated(a, " a b c d", 7, 8, 9, 10) }, clean, ""}, // in 16 tokens
		"one id between unseen":   {"degenerate", func(a *oracle.Answer) { a.Tokens = slices.Repeat([]int32{7}, 12) }, clean, ""},
		"to a prompt that does":   {"degenerate", func(a *oracle.Answer) { gs(a); a.Tail = slices.Repeat([]int32{1, 2, 3, 4, 5}, 13) }, cannot, "so does the prompt"},
		"to one that does inside": {"degenerate", func(a *oracle.Answer) { gs(a); a.Tail[9], a.Tail[10], a.Tail[11] = 4, 4, 4 }, cannot, "so does the prompt"},
		"to noise":                {"degenerate", func(a *oracle.Answer) { gs(a); a.Noise = true }, cannot, "noise"},
		"to an unknown prompt":    {"degenerate", func(a *oracle.Answer) { gs(a); a.Tail = nil }, cannot, "not known"},
		"a short reply":           {"degenerate", func(a *oracle.Answer) { a.Predicted, a.Tokens = 11, a.Tokens[:11] }, cannot, "too short"},
		"of NaN logits":           {"degenerate", func(a *oracle.Answer) { gs(a); a.Logprobs[0] = math.NaN() }, cannot, "NaN"},
		"neither text nor ids":    {"degenerate", func(a *oracle.Answer) { a.Text, a.Tokens = "", nil }, cannot, "neither"},
		"another's nonce":         {"leak", func(a *oracle.Answer) { a.Text = "say " + nonceC + " and" }, corrupt, "wrong-output.leak"},
		"in front of a word":      {"leak", func(a *oracle.Answer) { a.Text = nonceB + "definitely" }, corrupt, "wrong-output.leak"},
		"one's own nonce":         {"leak", func(a *oracle.Answer) { a.Text = "say " + nonceA + " and" }, clean, ""},
		"inside a row of digits":  {"leak", func(a *oracle.Answer) { a.Text = "4" + nonceB }, clean, ""},
		"first inside, then not":  {"leak", func(a *oracle.Answer) { a.Text = "4" + nonceB + " " + nonceB }, corrupt, "after 14 characters"},
		"eleven digits of it":     {"leak", func(a *oracle.Answer) { a.Text = "say " + nonceC[:11] + " and" }, clean, ""},
		"a reply too short":       {"leak", func(a *oracle.Answer) { a.Text = "hello" }, cannot, "cannot hold"},
		"one slot":                {"leak", func(a *oracle.Answer) { a.Others = nil }, clean, ""},
		"nonces too short":        {"leak", func(a *oracle.Answer) { a.Others = []string{"00ff", a.Nonce} }, cannot, "12 digits"},
		"leak of a broken one":    {"leak", func(a *oracle.Answer) { a.Text, a.Complete = nonceC+" and", false }, corrupt, "wrong-output.leak"},
		"broken off":              {"complete", func(a *oracle.Answer) { a.Complete = false }, corrupt, "server-error.incomplete-answer"},
		"end of text":             {"complete", func(a *oracle.Answer) { a.Stop, a.Predicted = "eos", 3 }, clean, ""},
		"no reason":               {"complete", func(a *oracle.Answer) { a.Stop, a.Predicted = "none", 3 }, corrupt, "no reason"},
		"a stop word":             {"complete", func(a *oracle.Answer) { a.Stop = "word" }, corrupt, "no reason"},
		"an old server":           {"complete", func(a *oracle.Answer) { a.Stop = "" }, cannot, "does not say"},
		"a full slot":             {"complete", func(a *oracle.Answer) { a.Counted, a.Predicted, a.Truncated = 4095, 1, true }, clean, ""},
		"full after some":         {"complete", func(a *oracle.Answer) { a.Counted, a.Predicted, a.Truncated = 4086, 10, true }, clean, ""},
		"full a little early":     {"complete", func(a *oracle.Answer) { a.Counted, a.Predicted, a.Truncated = 4086, 3, true }, clean, ""},
		"a context that moved on": {"counts", func(a *oracle.Answer) { a.Processed, a.Truncated = 50, true }, clean, ""},
		"truncated with room":     {"complete", func(a *oracle.Answer) { a.Truncated, a.Predicted = true, 3 }, corrupt, "truncated with room left"},
		"of an unknown slot":      {"complete", func(a *oracle.Answer) { a.Truncated, a.Context = true, 0 }, cannot, "not known"},
		"limit too early":         {"complete", func(a *oracle.Answer) { a.Predicted = 15 }, corrupt, "too few tokens"},
		"none asked, one said":    {"complete", func(a *oracle.Answer) { a.Asked, a.Predicted = 0, 1 }, clean, ""},
		"counted otherwise":       {"counts", func(a *oracle.Answer) { a.Counted = 99 }, corrupt, "server-error.token-count"},
		"sent as text":            {"counts", func(a *oracle.Answer) { a.Sent = 0 }, clean, ""},
		"from the cache":          {"counts", func(a *oracle.Answer) { a.Cached, a.Processed = 99, 1 }, clean, ""},
		"processed otherwise":     {"counts", func(a *oracle.Answer) { a.Cached = 3 }, corrupt, "processed otherwise"},
		"all from the cache":      {"counts", func(a *oracle.Answer) { a.Cached, a.Processed = 100, 0 }, corrupt, "nothing processed"},
		"no timings":              {"counts", func(a *oracle.Answer) { a.Processed = 0 }, cannot, "does not say"},
		"too many tokens":         {"counts", func(a *oracle.Answer) { a.Predicted = 17 }, corrupt, "too many tokens"},
		"more ids than tokens":    {"counts", func(a *oracle.Answer) { a.Predicted = 15 }, corrupt, "more ids than tokens"},
		"ids that are not sent":   {"counts", func(a *oracle.Answer) { a.Tokens = a.Tokens[:9] }, clean, ""},
		"counts of a broken one":  {"counts", func(a *oracle.Answer) { a.Complete = false }, cannot, "final event"},
	} {
		a := with(good(2), func(a *oracle.Answer) { a.Tail = slices.Clone(a.Tail); c.change(a) })
		r := says(oracle.Judge([]oracle.Answer{a}, reference(2)), c.oracle, 2)
		if r.Says != c.says {
			t.Errorf("%s: %s says %s: %s", name, c.oracle, r.Says, r.Reason)
			continue
		}
		text := r.Reason
		if f := r.Finding; f != nil {
			text += " | " + f.Class + " | " + f.Title
			if f.Oracle != c.oracle || f.Slot != 2 || f.Detail != r.Reason {
				t.Errorf("%s: %+v", name, f)
			}
		}
		if !strings.Contains(text, c.text) || (text == "") != (c.says == clean) || strings.ContainsAny(text, "\n") {
			t.Errorf("%s: %q", name, text)
		}
	}
}

func TestAFreshServerThatRepeatsExcusesRepetition(t *testing.T) {
	a := good(0)
	repeated(&a, "G", 7)
	for name, fresh := range map[string]oracle.Reference{
		"nothing known":   {},
		"repeats itself":  {Answers: append(reference(3).Answers, a)},
		"said too little": {Answers: []oracle.Answer{with(good(0), func(a *oracle.Answer) { a.Tokens, a.Predicted = a.Tokens[:5], 5 })}},
		"broke off":       {Answers: []oracle.Answer{with(good(0), func(a *oracle.Answer) { a.Complete = false })}},
		"was NaN":         {Answers: []oracle.Answer{with(good(0), func(a *oracle.Answer) { a.Logprobs[0] = math.NaN() })}},
	} {
		if r := says(oracle.Judge([]oracle.Answer{a}, fresh), oracle.DegenerateOracle, 0); r.Says != oracle.CannotJudge || !strings.Contains(r.Reason, "fresh server") {
			t.Errorf("%s: %s: %s", name, r.Says, r.Reason)
		}
	}
}

// Whether a model goes round in words of several tokens shows only in longer replies.
func TestALongUnitTakesALongFreshAnswer(t *testing.T) {
	a := good(0)
	a.Predicted, a.Tokens, a.Text = 30, slices.Repeat([]int32{1, 2, 3, 4, 5}, 6), strings.Repeat("Hello", 6)
	fresh := reference(2)
	if r := says(oracle.Judge([]oracle.Answer{a}, fresh), oracle.DegenerateOracle, 0); r.Says != oracle.CannotJudge || !strings.Contains(r.Reason, "long enough") {
		t.Errorf("%s: %s", r.Says, r.Reason)
	}
	warm := good(0)
	for i := range int32(30) {
		warm.Tokens = append(warm.Tokens, 100+i)
	}
	fresh.Answers = append(fresh.Answers, warm)
	if r := says(oracle.Judge([]oracle.Answer{a}, fresh), oracle.DegenerateOracle, 0); r.Finding == nil || r.Finding.Class != oracle.RepeatToken || r.Finding.Key != "Hello" {
		t.Errorf("%s: %s %+v", r.Says, r.Reason, r.Finding)
	}
}

// Equal bugs have equal names wherever the reply happens to begin.
func TestTheUnitDoesNotDependOnWhereTheReplyEnds(t *testing.T) {
	names := map[string]bool{}
	for shift := range 2 {
		a := good(0)
		repeated(&a, " of the", 7, 8)
		a.Tokens = append(a.Tokens[shift:], a.Tokens[:shift]...)
		cut := []int{0, 3}[shift]
		a.Text = a.Text[cut:] + a.Text[:cut]
		r := says(oracle.Judge([]oracle.Answer{a}, reference(1)), oracle.DegenerateOracle, 0)
		if r.Finding == nil {
			t.Fatalf("%d: %s: %s", shift, r.Says, r.Reason)
		}
		names[r.Finding.Key] = true
	}
	if len(names) != 1 {
		t.Error(names)
	}
}

func anyAnswer(t *rapid.T) oracle.Answer {
	count := rapid.IntRange(-2, 40)
	lp := rapid.SampledFrom([]float64{0, -0.5, -3, math.NaN(), math.Inf(-1), 7})
	a := oracle.Answer{
		Slot: rapid.IntRange(0, 5).Draw(t, "slot"), Asked: count.Draw(t, "asked"), Sent: count.Draw(t, "sent"), Context: count.Draw(t, "context"),
		Tail: rapid.SliceOfN(rapid.Int32Range(0, 2), 0, 80).Draw(t, "tail"), Noise: rapid.Bool().Draw(t, "noise"),
		Counted: count.Draw(t, "counted"), Cached: count.Draw(t, "cached"), Processed: count.Draw(t, "processed"), Predicted: count.Draw(t, "predicted"),
		Stop: rapid.SampledFrom([]string{"", "limit", "eos", "none", "\n"}).Draw(t, "stop"), Truncated: rapid.Bool().Draw(t, "truncated"), Complete: rapid.Bool().Draw(t, "complete"),
		Text:   rapid.OneOf(rapid.String(), rapid.StringMatching(`(ab|G|\xff){0,30}`), rapid.Just(nonceB)).Draw(t, "text"),
		Tokens: rapid.SliceOfN(rapid.Int32Range(-1, 2), 0, 40).Draw(t, "tokens"), Logprobs: rapid.SliceOfN(lp, 0, 40).Draw(t, "logprobs"),
		Nonce: nonceA, Others: rapid.SliceOfN(rapid.SampledFrom([]string{"", nonceA, nonceB, "é"}), 0, 3).Draw(t, "others"),
	}
	for range rapid.IntRange(0, 40).Draw(t, "rivals") {
		a.Rivals = append(a.Rivals, []oracle.Rival{{ID: 1, Logprob: lp.Draw(t, "rival")}}[:rapid.IntRange(0, 1).Draw(t, "n")])
	}
	return a
}

func TestEveryAnswerIsJudgedTheSameWayInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		answers := rapid.SliceOfNDistinct(rapid.Custom(anyAnswer), 0, 4, func(a oracle.Answer) int { return a.Slot }).Draw(t, "answers")
		fresh := oracle.Reference{Answers: rapid.SliceOfN(rapid.Custom(anyAnswer), 0, 2).Draw(t, "fresh")}
		results := oracle.Judge(answers, fresh)
		if len(results) != 5*len(answers) {
			t.Fatalf("%d results for %d answers", len(results), len(answers))
		}
		for _, r := range results {
			if r.Says == oracle.Unknown || (r.Says == oracle.Clean) != (r.Reason == "") || (r.Says == oracle.Corrupt) != (r.Finding != nil) {
				t.Fatalf("%+v", r)
			}
		}
		shuffled := rapid.Permutation(answers).Draw(t, "shuffled")
		if diff := cmp.Diff(results, oracle.Judge(shuffled, fresh)); diff != "" {
			t.Fatal(diff)
		}
		if len(answers) > 1 { // one slot's answer says nothing of another's
			alone := oracle.Judge(answers[:1], fresh)
			for _, r := range alone {
				if diff := cmp.Diff(r, says(results, r.Oracle, r.Slot)); diff != "" {
					t.Fatal(diff)
				}
			}
		}
		for _, a := range answers {
			for _, b := range fresh.Answers {
				if r := canaryOf(a, b).Compare(canaryOf(b, a), "then", "now"); r.Says == oracle.Unknown {
					t.Fatalf("%+v", r)
				}
			}
		}
	})
}

// Random bytes, random hexadecimal digits and other slots' words hold no nonce.
func TestChanceMakesNoLeak(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		a := good(0)
		a.Others = []string{fmt.Sprintf("%012x", rng.Uint64()>>16), fmt.Sprintf("%012x", rng.Uint64()>>16)}
		a.Text = fmt.Sprintf("%016x%016x", rng.Uint64(), rng.Uint64())
		if r := says(oracle.Judge([]oracle.Answer{a}, oracle.Reference{}), oracle.LeakOracle, 0); r.Says != oracle.Clean {
			t.Fatalf("%s: %s", r.Says, r.Reason)
		}
	}
}
