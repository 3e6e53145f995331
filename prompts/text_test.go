package prompts_test

import (
	"context"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ctxcliff/prompts"
	"ctxcliff/shapes"
)

func withText(list []shapes.Shape) []shapes.Shape {
	var kept []shapes.Shape
	for _, s := range list {
		if s.String() != "random" {
			kept = append(kept, s)
		}
	}
	return kept
}

// The counts are checked by encoding the whole text anew.
func TestTextsCountExactly(t *testing.T) {
	list := withText(allShapes(t))
	ctx := context.Background()
	for _, name := range prompts.OfflineTokenizers() {
		plain := offline(t, name)
		for _, tokenizer := range []prompts.Tokenizer{plain, templated{plain}} {
			maker := prompts.NewMaker(tokenizer)
			rapid.Check(t, func(t *rapid.T) {
				r := prompts.Recipe{
					Form: prompts.Text, Shape: rapid.SampledFrom(list).Draw(t, "shape"), Seed: rapid.Uint64().Draw(t, "seed"),
					Tokens: rapid.SampledFrom([]int{1, 2, 3, 4, 5, 9, 17, 40, 100, 333, 1000, 2500, 5003}).Draw(t, "tokens"),
					Nonce:  rapid.SampledFrom([]string{"", "3fa9c2e1b0d4", "slot 1 "}).Draw(t, "nonce"),
				}
				if tokenizer != plain && r.Tokens > 20 && rapid.Bool().Draw(t, "chat") {
					r.Form = prompts.Chat
				}
				p, err := maker.Make(ctx, r)
				if err != nil {
					t.Fatal(err)
				}
				count := tokenizer.Count
				if r.Form == prompts.Chat {
					count = tokenizer.CountChat
				}
				got, err := count(ctx, p.Text)
				if err != nil || got != r.Tokens || p.Tokens != r.Tokens {
					t.Fatalf("%s: %d tokens (%d said) of %d asked, %v; %d calls", tokenizer.Name(), got, p.Tokens, r.Tokens, err, p.TokeniseCalls)
				}
				if r.Tokens >= 20 && !strings.HasPrefix(p.Text, r.Nonce) {
					t.Fatalf("the nonce %q is not at the head of %.40q", r.Nonce, p.Text)
				}
				if p.TokeniseCalls > 14 {
					t.Fatalf("%d calls", p.TokeniseCalls)
				}
				if pads := strings.Count(p.Text, " the the the"); pads > 40 {
					t.Fatalf("%d × three pads in %d tokens", pads, r.Tokens)
				}
			})
		}
	}
}

func TestLargeTextsCountExactlyInAFewRounds(t *testing.T) {
	if testing.Short() {
		t.Skip("encodes megabytes")
	}
	tokenizer := offline(t, "o200k_base")
	maker := prompts.NewMaker(tokenizer)
	for _, s := range withText(allShapes(t)) {
		tokens := 40000
		if s.String() == "mixed" || s.String() == "natural" {
			tokens = 300000
		}
		p, err := maker.Make(context.Background(), prompts.Recipe{Form: prompts.Text, Shape: s, Tokens: tokens, Seed: 1, Nonce: "c0ffee"})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tokenizer.Count(context.Background(), p.Text); err != nil || got != tokens || p.TokeniseCalls > 7 {
			t.Errorf("%s: %d tokens of %d, %v, in %d calls", s, got, tokens, err, p.TokeniseCalls)
		}
		pads := len(p.Text) - len(strings.TrimRight(p.Text, " the"))
		if pads > 4*80 {
			t.Errorf("%s: the last %d bytes are pads", s, pads)
		}
		t.Logf("%s: %d bytes, %d calls, %d bytes of pads", s, len(p.Text), p.TokeniseCalls, pads)
	}
}

func TestAVocabularyWhereNothingAddsUpStaysBelowTheTarget(t *testing.T) {
	maker := prompts.NewMaker(letters{})
	ctx := context.Background()
	for _, s := range withText(allShapes(t)) {
		for _, tokens := range []int{1, 2, 5, 30, 1000, 20000} {
			p, err := maker.Make(ctx, prompts.Recipe{Form: prompts.Text, Shape: s, Tokens: tokens, Nonce: "0a1b"})
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := (letters{}).Count(ctx, p.Text); got != p.Tokens || got > tokens || got != tokens {
				t.Errorf("%s: %d tokens (%d said) of %d in %d calls", s, got, p.Tokens, tokens, p.TokeniseCalls)
			}
		}
	}
}

func TestAChatShorterThanItsTemplateIsAnError(t *testing.T) {
	maker := prompts.NewMaker(templated{offline(t, "cl100k_base")})
	_, err := maker.Make(context.Background(), prompts.Recipe{Form: prompts.Chat, Shape: shape(t, "opt"), Tokens: 5, Nonce: "abc"})
	if err == nil || !strings.Contains(err.Error(), "ask for a longer prompt") {
		t.Errorf("error %v", err)
	}
}
