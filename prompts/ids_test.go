package prompts_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"ctxcliff/prompts"
)

var sizes = []int{1, 2, 3, 7, 16, 100, 511, 1000, 4096, 20001}

func TestAPromptOfNTokensIsNIDsAndExtendsTheShorterOnes(t *testing.T) {
	list := allShapes(t)
	maker := prompts.NewMaker(offline(t, "o200k_base"))
	ctx := context.Background()
	rapid.Check(t, func(t *rapid.T) {
		r := prompts.Recipe{
			Form: prompts.IDs, Shape: rapid.SampledFrom(list).Draw(t, "shape"), Seed: rapid.Uint64().Draw(t, "seed"),
			Nonce: rapid.SampledFrom([]string{"", "3fa9c2e1b0d4", "slot 1 ", "é漢"}).Draw(t, "nonce"),
		}
		a, b := rapid.SampledFrom(sizes).Draw(t, "a"), rapid.SampledFrom(sizes).Draw(t, "b")
		r.Tokens = min(a, b)
		short, err := maker.Make(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		r.Tokens = max(a, b)
		long, err := maker.Make(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []prompts.Prompt{short, long} {
			if len(p.IDs) != p.Target || p.Tokens != p.Target || p.Target != p.Recipe.Tokens {
				t.Fatalf("asked for %d, got %d ids and the word of %d", p.Recipe.Tokens, len(p.IDs), p.Tokens)
			}
		}
		if !slices.Equal(short.IDs, long.IDs[:len(short.IDs)]) {
			t.Fatalf("the prompt of %d is no head of that of %d", short.Target, long.Target)
		}
		if (short.Hash == long.Hash) != (a == b) {
			t.Fatalf("hashes %s and %s of %d and %d tokens", short.Hash, long.Hash, short.Target, long.Target)
		}
	})
}

func TestTheNonceStandsAtTheHead(t *testing.T) {
	tokenizer := offline(t, "o200k_base")
	maker := prompts.NewMaker(tokenizer)
	ctx := context.Background()
	r := prompts.Recipe{Form: prompts.IDs, Shape: shape(t, "opt"), Nonce: "00ff17", Tokens: 100}
	p, err := maker.Make(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := tokenizer.TokenizePieces(ctx, []string{"00", "ff", "17", " opt"})
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Concat(pieces...)
	if !slices.Equal(p.IDs[:len(want)], want) || p.NonceTokens != len(want)-1 {
		t.Errorf("ids %v, %d of them the nonce; want %v", p.IDs[:8], p.NonceTokens, want)
	}
	r.Tokens = 2 // too short for it: its end is cut
	if p, err = maker.Make(ctx, r); err != nil || !slices.Equal(p.IDs, want[:2]) || p.NonceTokens != 2 {
		t.Errorf("2 tokens: %v, %d of the nonce, %v; want %v", p.IDs, p.NonceTokens, err, want[:2])
	}
	r.Tokens, r.Nonce = 100, "00ff18"
	other, err := maker.Make(ctx, r)
	if err != nil || slices.Equal(other.IDs, p.IDs) || other.Hash == p.Hash {
		t.Errorf("another nonce makes the same prompt (%v)", err)
	}
}

func TestSpansLastAsLongAsTheySay(t *testing.T) {
	p, err := prompts.NewMaker(offline(t, "cl100k_base")).Make(context.Background(), prompts.Recipe{
		Form: prompts.IDs, Shape: shape(t, "opt@3+repeat:contexttoken@3+repeat:foo@2"), Tokens: 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	ids, err := offline(t, "cl100k_base").TokenizePieces(context.Background(), []string{" opt", " contexttoken", " foo"})
	if err != nil {
		t.Fatal(err)
	}
	opt, word, foo := ids[0][0], ids[1], ids[2][0]
	round := []int32{opt, opt, opt, word[0], word[1], word[0], foo, foo} // the third word is cut
	want := slices.Concat(round, round, round)[:20]
	if !slices.Equal(p.IDs, want) {
		t.Errorf("got  %v\nwant %v", p.IDs, want)
	}
}

func TestSizeCostsNoRoundTrips(t *testing.T) {
	ctx := context.Background()
	for _, s := range allShapes(t) {
		counter := &counting{Tokenizer: offline(t, "cl100k_base")}
		maker := prompts.NewMaker(counter)
		for i, tokens := range []int{50, 100000, 7, 30000} {
			r := prompts.Recipe{Form: prompts.IDs, Shape: s, Tokens: tokens, Seed: uint64(i), Nonce: fmt.Sprintf("%012x", i*7919)}
			p, err := maker.Make(ctx, r)
			if err != nil {
				t.Fatal(err)
			}
			calls := int(counter.pieces.Swap(0) + counter.ordinary.Swap(0) + counter.texts.Swap(0))
			if calls != p.TokeniseCalls || calls > 2 || i > 0 && calls != 0 {
				t.Errorf("%s, prompt %d: %d calls, %d said", s, i+1, calls, p.TokeniseCalls)
			}
		}
	}
}

func TestSlotsAtOnceAskOnce(t *testing.T) {
	counter := &counting{Tokenizer: offline(t, "cl100k_base")}
	maker := prompts.NewMaker(counter)
	var all sync.WaitGroup
	for slot := range 8 {
		all.Go(func() {
			r := prompts.Recipe{Form: prompts.IDs, Shape: shape(t, "natural"), Tokens: 5000, Seed: uint64(slot), Nonce: fmt.Sprint(slot)}
			if p, err := maker.Make(context.Background(), r); err != nil || len(p.IDs) != 5000 {
				t.Errorf("slot %d: %d ids, %v", slot, len(p.IDs), err)
			}
		})
	}
	all.Wait()
	if n := counter.pieces.Load(); n != 1 {
		t.Errorf("%d calls for eight slots", n)
	}
}

func TestARenderedPromptShowsItsPieces(t *testing.T) {
	maker := prompts.NewMaker(offline(t, "o200k_base"))
	ctx := context.Background()
	text, err := maker.Render(ctx, prompts.Recipe{Shape: shape(t, "opt@2+random@1"), Nonce: "ab", Tokens: 5})
	if err != nil || !strings.HasPrefix(text, "ab opt opt⟨") {
		t.Errorf("rendered %q, %v", text, err)
	}
}

func TestARecipeThatCannotBeMadeSaysWhy(t *testing.T) {
	maker := prompts.NewMaker(offline(t, "o200k_base"))
	good := prompts.Recipe{Form: prompts.IDs, Shape: shape(t, "opt"), Tokens: 5}
	for want, spoil := range map[string]func(*prompts.Recipe){
		"has no shape":              func(r *prompts.Recipe) { r.Shape = prompts.Recipe{}.Shape },
		"ask for 1 or more":         func(r *prompts.Recipe) { r.Tokens = 0 },
		"choose ids, text or chat":  func(r *prompts.Recipe) { r.Form = prompts.FormUnknown },
		"belongs to the vocabulary": func(r *prompts.Recipe) { r.Vocabulary = "llama-3" },
		"random consists of token":  func(r *prompts.Recipe) { r.Form, r.Shape = prompts.Text, shape(t, "random") },
		"has no text form":          func(r *prompts.Recipe) { r.Form, r.Shape = prompts.Chat, shape(t, "opt@5+mixed:opt=1,random=2") },
		"no chat template":          func(r *prompts.Recipe) { r.Form = prompts.Chat },
	} {
		r := good
		spoil(&r)
		if _, err := maker.Make(context.Background(), r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v; want an error with %q", r, err, want)
		}
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := prompts.NewMaker(offline(t, "o200k_base")).Make(cancelled, good); err == nil {
		t.Error("a cancelled context made a prompt")
	}
	if _, err := maker.Make(context.Background(), good); err != nil {
		t.Errorf("after failures: %v", err)
	}
}
