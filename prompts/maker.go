package prompts

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// Maker makes prompts with one tokenizer and remembers what it learned of each vocabulary, by the
// tokenizer's name. It may be used by several goroutines at once: what two of them need is asked once.
type Maker struct {
	tokenizer Tokenizer

	mu           sync.Mutex // held while asking
	vocabularies map[string]*vocabulary
}

// NewMaker makes a maker that knows nothing yet.
func NewMaker(t Tokenizer) *Maker {
	return &Maker{tokenizer: t, vocabularies: map[string]*vocabulary{}}
}

// Make makes the recipe real. Errors are a recipe that cannot be made, and those of the tokenizer.
func (m *Maker) Make(ctx context.Context, r Recipe) (Prompt, error) {
	w, calls, err := m.prepare(ctx, &r)
	if err != nil {
		return Prompt{}, fmt.Errorf("make a prompt of %d tokens: %w", r.Tokens, err)
	}
	p := Prompt{Recipe: r, Target: r.Tokens, TokeniseCalls: calls}
	if r.Form == IDs {
		err = p.assemble(w)
	} else {
		err = p.fit(ctx, m.tokenizer, w)
	}
	if err != nil {
		return Prompt{}, fmt.Errorf("make a prompt of %d tokens of %s: %w", r.Tokens, r.Shape, err)
	}
	return p, nil
}

// Render is an ids prompt as text, for people to look at: the last piece whole, random ids as ⟨1234⟩.
// The text need not tokenise to the same ids.
func (m *Maker) Render(ctx context.Context, r Recipe) (string, error) {
	r.Form = IDs
	w, _, err := m.prepare(ctx, &r)
	if err != nil {
		return "", fmt.Errorf("render a prompt: %w", err)
	}
	var b strings.Builder
	rest := r.Tokens
	for i, letter := range spell(r.Nonce) {
		if rest <= 0 {
			break
		}
		b.WriteString(letter)
		rest -= len(w.nonce[i])
	}
	err = w.pieces(rest, func(text string, ids []int32) bool {
		if text == "" {
			fmt.Fprintf(&b, "⟨%d⟩", ids[0])
		} else {
			b.WriteString(text)
		}
		return true
	})
	return b.String(), err
}

// prepare checks the recipe, fills in its vocabulary, learns what is missing and returns the walk.
func (m *Maker) prepare(ctx context.Context, r *Recipe) (*walk, int, error) {
	name := m.tokenizer.Name()
	if err := r.check(name); err != nil {
		return nil, 0, err
	}
	r.Vocabulary = name
	m.mu.Lock()
	defer m.mu.Unlock()
	v := m.vocabularies[name]
	if v == nil {
		v = &vocabulary{lexicons: map[string]*lexicon{}}
		m.vocabularies[name] = v
	}
	calls, err := v.learn(ctx, m.tokenizer, *r)
	if err != nil {
		return nil, calls, err
	}
	return newWalk(v, *r), calls, nil
}
