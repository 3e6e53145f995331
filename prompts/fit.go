package prompts

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
)

const (
	maxRounds = 12 // of counting a whole text; two are usual
	nearBy    = 64 // tokens that pads alone make up for
)

// fitting is a search for the text that counts as many tokens as asked. It walks in two dimensions: a
// budget of summed counts that the shape's pieces may use, and a number of pads behind them. Budgets
// come near, since pieces that meet may merge; pads then add exactly one token each.
type fitting struct {
	prompt *Prompt
	walk   *walk
	count  func(text string) (int, error)
	base   int // tokens of the nonce alone, BOS and template included
	nonce  string

	text   string // the best so far that does not exceed the target
	tokens int    // its count
}

// fit makes the text of a prompt.
func (p *Prompt) fit(ctx context.Context, t Tokenizer, w *walk) error {
	f := &fitting{prompt: p, walk: w, nonce: p.Recipe.Nonce}
	count := t.Count
	if p.Recipe.Form == Chat {
		count = t.CountChat
	}
	f.count = func(text string) (int, error) {
		p.TokeniseCalls++
		tokens, err := count(ctx, text)
		if err != nil {
			return 0, fmt.Errorf("count the text: %w", err)
		}
		return tokens, nil
	}
	if err := f.fitNonce(); err != nil {
		return err
	}
	if err := f.fitBody(); err != nil {
		return err
	}
	p.Text, p.Tokens, p.Hash = f.text, f.tokens, hashText(f.text)
	kept := 0 // bytes of the nonce
	for i, letter := range spell(p.Recipe.Nonce) {
		if kept += len(letter); kept <= len(f.nonce) {
			p.NonceTokens += len(w.nonce[i])
		}
	}
	return nil
}

// fitNonce finds the longest head of the nonce that leaves the count at or below the target.
func (f *fitting) fitNonce() error {
	var err error
	if f.base, err = f.count(f.nonce); err != nil {
		return err
	}
	if f.base > f.prompt.Target {
		runes := []rune(f.nonce)
		// How many characters are too many? Counts grow with length, near enough; best guards the rest.
		over := sort.Search(len(runes), func(n int) bool {
			if err != nil {
				return true
			}
			var tokens int
			tokens, err = f.count(string(runes[:n]))
			if err == nil && tokens <= f.prompt.Target {
				f.nonce, f.base = string(runes[:n]), tokens
			}
			return tokens > f.prompt.Target
		})
		if err != nil {
			return err
		}
		if over == 0 {
			return errors.New("the chat template and special tokens alone need more; ask for a longer prompt")
		}
	}
	f.text, f.tokens = f.nonce, f.base
	return nil
}

// fitBody searches. Each round costs one count of the whole text.
func (f *fitting) fitBody() error {
	target := f.prompt.Target
	budget, pads := target-f.base, -1 // -1: as many as the pieces leave of the budget
	for range maxRounds {
		if f.tokens == target {
			return nil
		}
		body, sum, err := f.body(budget)
		if err != nil {
			return err
		}
		if pads < 0 {
			pads = budget - sum
		}
		if f.walk.pad == "" {
			pads = 0
		}
		text := f.nonce + body + strings.Repeat(f.walk.pad, pads)
		tokens, err := f.count(text)
		if err != nil {
			return err
		}
		if tokens <= target && tokens > f.tokens {
			f.text, f.tokens = text, tokens
		}
		missing := target - tokens
		if f.walk.pad != "" && missing <= nearBy && pads+missing >= 1 {
			pads += missing
			continue
		}
		budget, pads = f.correct(budget, sum, pads, tokens)
	}
	return nil
}

// correct chooses the next budget from what the last one came to: the pieces' true count for each
// token of their sum, with some room left for pads.
func (f *fitting) correct(budget, sum, pads, tokens int) (nextBudget, nextPads int) {
	missing := f.prompt.Target - tokens
	if f.walk.pad == "" || sum == 0 {
		return max(0, budget+missing), 0
	}
	rate := float64(max(1, tokens-f.base-pads)) / float64(sum)
	room := f.prompt.Target - f.base
	reserve := min(room, 2+min(room/100, nearBy/4))
	nextBudget = max(0, int(float64(room-reserve)/rate))
	return nextBudget, max(1, room-int(float64(nextBudget)*rate))
}

// body is the text of pieces whose counts add up to at most the budget, and their sum.
func (f *fitting) body(budget int) (string, int, error) {
	var b strings.Builder
	b.Grow(4 * budget)
	sum := 0
	err := f.walk.pieces(budget, func(text string, ids []int32) bool {
		if sum+len(ids) > budget {
			return false
		}
		b.WriteString(text)
		sum += len(ids)
		return true
	})
	return b.String(), sum, err
}
