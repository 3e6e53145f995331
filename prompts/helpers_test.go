package prompts_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ctxcliff/prompts"
	"ctxcliff/shapes"
)

// offline returns the one tokenizer of that name of this test binary: building it takes a while.
var offline = func() func(testing.TB, string) prompts.Tokenizer {
	var mu sync.Mutex
	known := map[string]prompts.Tokenizer{}
	return func(t testing.TB, name string) prompts.Tokenizer {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if known[name] == nil {
			tokenizer, err := prompts.Offline(name)
			if err != nil {
				t.Fatal(err)
			}
			known[name] = tokenizer
		}
		return known[name]
	}
}()

func shape(t testing.TB, text string) shapes.Shape {
	t.Helper()
	s, err := shapes.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func allShapes(t testing.TB) []shapes.Shape {
	t.Helper()
	list, err := shapes.ParseList("all,mixed:natural=3,unicode=1,natural@200+repeat:foo@50+code@1+tools,opt@7+lines@90")
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// counting counts the questions that reach a tokenizer.
type counting struct {
	prompts.Tokenizer
	pieces, ordinary, texts atomic.Int32
}

func (c *counting) TokenizePieces(ctx context.Context, pieces []string) ([][]int32, error) {
	c.pieces.Add(1)
	return c.Tokenizer.TokenizePieces(ctx, pieces)
}

func (c *counting) Ordinary(ctx context.Context) ([]int32, error) {
	c.ordinary.Add(1)
	return c.Tokenizer.Ordinary(ctx)
}

func (c *counting) Count(ctx context.Context, text string) (int, error) {
	c.texts.Add(1)
	return c.Tokenizer.Count(ctx, text)
}

func (c *counting) CountChat(ctx context.Context, text string) (int, error) {
	c.texts.Add(1)
	return c.Tokenizer.CountChat(ctx, text)
}

// templated gives an offline vocabulary a BOS and a chat template that trims its message, as models have.
type templated struct{ prompts.Tokenizer }

func (t templated) Name() string { return t.Tokenizer.Name() + "+template" }

func (t templated) Count(ctx context.Context, text string) (int, error) {
	n, err := t.Tokenizer.Count(ctx, text)
	return n + 1, err
}

func (t templated) CountChat(ctx context.Context, text string) (int, error) {
	return t.Count(ctx, "system: be helpful\nuser: "+strings.TrimSpace(text)+"\nassistant:")
}

// letters is a vocabulary of single bytes, of which every third space is swallowed: nothing in it adds
// up, and only some letters can pad.
type letters struct{ prompts.Tokenizer }

func (letters) Name() string { return "letters" }

func (letters) TokenizePieces(_ context.Context, pieces []string) ([][]int32, error) {
	all := make([][]int32, len(pieces))
	for i, p := range pieces {
		all[i] = letterIDs(p)
	}
	return all, nil
}

func (letters) Count(_ context.Context, text string) (int, error) { return len(letterIDs(text)), nil }

func letterIDs(text string) []int32 {
	ids := []int32{}
	spaces := 0
	for _, c := range []byte(text) {
		if c == ' ' {
			if spaces++; spaces%3 == 0 {
				continue
			}
		}
		ids = append(ids, int32(c))
	}
	return ids
}
