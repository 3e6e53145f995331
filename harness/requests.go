package harness

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"ctxcliff/harness/internal/awake"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/prompts"
	"ctxcliff/shapes"
)

// requests are the recipes of one wave: the same shape and size in each slot, with a seed and a
// nonce of its own, so that no slot can be served from another's cache and a leak can be seen. The
// seed does not depend on the size: a longer prompt of the same run extends the shorter one. The
// nonce comes from the occasion: in a screen that is the start, so that attempt 2 may be cached.
func (l *life) requests(cell plan.Cell, tokens int, occasion uint64) []trial.Request {
	requests := make([]trial.Request, cell.Configuration.NP)
	for slot := range requests {
		rng := rand.New(rand.NewPCG(l.Seed, occasion<<16|uint64(slot)))
		requests[slot] = trial.Request{
			Slot: slot, Shape: cell.Shape.String(), Seed: mix(l.Seed, uint64(slot)), Target: tokens,
			Nonce: fmt.Sprintf("%012x", rng.Uint64()>>16), Form: "ids", Position: -1, ServedBy: -1,
		}
	}
	return requests
}

// mix derives a seed from a seed (one step of splitmix64).
func mix(seed, n uint64) uint64 {
	z := seed + (n+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// makePrompts makes the recipes real, one after the other: a prompt of 150,000 tokens takes
// milliseconds, and the server's tokenizer is asked once per vocabulary, not once per prompt. A
// tokenizer that does not answer is given up after the stall bound.
func (l *life) makePrompts(ctx context.Context, shape shapes.Shape, requests []trial.Request) ([]prompts.Prompt, error) {
	ctx, done := awake.Within(ctx, l.bound.limit(0))
	defer done()
	made := make([]prompts.Prompt, len(requests))
	for i := range requests {
		r := &requests[i]
		p, err := l.maker.Make(ctx, prompts.Recipe{Shape: shape, Seed: r.Seed, Tokens: r.Target, Nonce: r.Nonce, Form: prompts.IDs})
		if err != nil {
			return nil, err
		}
		r.Hash, r.Vocabulary = p.Hash, p.Recipe.Vocabulary
		made[i] = p
	}
	return made, nil
}

// unprepared sorts a prompt that could not be made: the server's tokenizer failed us, or the recipe
// was ours to get right.
func (l *life) unprepared(ctx context.Context, a *trial.Attempt, err error) {
	var theirs *tokenizerError
	if !errors.As(err, &theirs) {
		a.Outcome, a.Reason = trial.Sizing, err.Error()
		return
	}
	for i := range a.Requests {
		a.Requests[i].Error = "not sent: " + err.Error()
	}
	l.settle(ctx, a, seen{phase: phaseOf(*a), silence: l.muteTokenizer(ctx, err)})
}

// muteTokenizer is the silence after which a tokenizer was given up; 0 if err is anything else.
func (l *life) muteTokenizer(ctx context.Context, err error) time.Duration {
	if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
		return 0
	}
	silence := l.bound.limit(0)
	l.hang = l.portray(silence, l.server.Written())
	return silence
}

// completion is what is sent for a request.
func (l *life) completion(p prompts.Prompt, r trial.Request) server.CompletionRequest {
	c := server.CompletionRequest{Prompt: p.IDs, Text: p.Text, Slot: r.Slot, Reply: r.Asked, Cache: r.MayReuse, Path: r.Endpoint, Params: r.Params}
	if l.Canary {
		c.Probs = 1 // NaN logits show nowhere else
	}
	return c
}

// fill copies what came back.
func fill(r *trial.Request, c server.Completion) {
	r.HTTPStatus, r.Complete, r.ServedBy = c.HTTPStatus, c.Complete, c.Slot
	r.PromptTokens, r.CachedTokens, r.ProcessedTokens, r.PredictedTokens = c.PromptTokens, c.CachedTokens, c.ProcessedTokens, c.PredictedTokens
	r.PromptTime, r.PredictedTime = c.PromptTime, c.PredictedTime
	r.StopType, r.Truncated, r.Reply = c.StopType, c.Truncated, c.Reply
}

// currentTokenizer is the tokenizer of whichever server is running: the vocabulary, and with it the
// maker's cache, outlives a start. Errors of a server's answer are a [*tokenizerError].
type currentTokenizer struct{ now *server.Tokenizer }

// tokenizerError is a server that did not tokenise.
type tokenizerError struct{ error }

func (e *tokenizerError) Unwrap() error { return e.error }

func serverFailed(err error) error {
	if err == nil {
		return nil
	}
	return &tokenizerError{err}
}

func (t *currentTokenizer) Name() string { return t.now.Name() }

func (t *currentTokenizer) Ordinary(ctx context.Context) ([]int32, error) { return t.now.Ordinary(ctx) }

func (t *currentTokenizer) TokenizePieces(ctx context.Context, pieces []string) ([][]int32, error) {
	ids, err := t.now.TokenizePieces(ctx, pieces)
	return ids, serverFailed(err)
}

func (t *currentTokenizer) Text(ctx context.Context, ids []int32) (string, error) {
	text, err := t.now.Text(ctx, ids)
	return text, serverFailed(err)
}

func (t *currentTokenizer) Count(ctx context.Context, text string) (int, error) {
	n, err := t.now.Count(ctx, text)
	return n, serverFailed(err)
}

func (t *currentTokenizer) CountChat(ctx context.Context, text string) (int, error) {
	n, err := t.now.CountChat(ctx, text)
	return n, serverFailed(err)
}
