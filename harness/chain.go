package harness

import (
	"context"
	"slices"
	"time"

	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
	"ctxcliff/prompts"
)

// chain sends one prompt to each slot that grows by appending, with a reply decoded after each step,
// until the last step is answered, something breaks, or a server turns out to compute all of it again.
func (r *reading) chain(ctx context.Context) error {
	grown := growth{whole: r.probe.Tokens}
	every := 1 + len(r.probe.Steps)/maxMarks
	var prefill time.Duration
	for i, n := range r.probe.Steps {
		err := r.shoot(ctx, shot{
			reply: r.probe.Reply, cache: true, last: i == len(r.probe.Steps)-1,
			requests: func() []trial.Request { return grown.step(r.requests(n), i > 0) },
			make: func(ctx context.Context, requests []trial.Request) ([]prompts.Prompt, error) {
				return grown.prompts(ctx, r, requests)
			},
		})
		if err != nil || !passed(*r.last) {
			return err
		}
		r.previous, r.reached, r.cached = r.reached, n, leastCached(*r.last)
		if r.previous > 0 && r.cached < r.previous-1 {
			return nil
		}
		grown.take(*r.last)
		prefill += promptTime(*r.last)
		if i%every == every-1 || i == len(r.probe.Steps)-1 {
			r.marks = append(r.marks, search.Mark{Tokens: n, Seconds: prefill.Seconds()})
		}
	}
	return nil
}

// maxMarks bounds the points of a chain that its latency is fitted to.
const maxMarks = 24

// growth is what the slots hold of a chain.
type growth struct {
	whole int              // tokens that it is to grow to
	base  []prompts.Prompt // of that length
	sent  []prompts.Prompt // latest of each slot
	held  [][]int32        // what each slot holds of it, the reply included
}

// step marks the requests of a step after the first: their ids are more than a recipe makes.
func (g *growth) step(requests []trial.Request, later bool) []trial.Request {
	if later {
		for i := range requests {
			requests[i].Form = trial.Grown
		}
	}
	return requests
}

// prompts are those of the next step. The recipes are made real once, at their full length: a shorter
// prompt of the same recipe is the beginning of it.
func (g *growth) prompts(ctx context.Context, r *reading, requests []trial.Request) ([]prompts.Prompt, error) {
	if g.base == nil {
		whole := slices.Clone(requests)
		for i := range whole {
			whole[i].Target = g.whole
		}
		base, err := r.life.makePrompts(ctx, r.cell.Shape, whole)
		if err != nil {
			return nil, err
		}
		g.base, g.held = base, make([][]int32, len(base))
	}
	g.sent = make([]prompts.Prompt, len(requests))
	for i := range requests {
		n := requests[i].Target
		if len(g.held[i]) >= n { // a step smaller than the reply: without it
			g.held[i] = g.held[i][:n-1]
		}
		g.sent[i] = g.base[i].After(g.held[i], n)
		requests[i].Hash, requests[i].Vocabulary = g.sent[i].Hash, g.sent[i].Recipe.Vocabulary
	}
	return g.sent, nil
}

// take adds what was sent and the replies to it. A reply of which the server did not say all ids is left
// out: see [server.Completion].
func (g *growth) take(a trial.Attempt) {
	for i, r := range a.Requests {
		g.held[i] = g.sent[i].IDs
		if len(r.Reply) == r.PredictedTokens {
			g.held[i] = append(slices.Clip(g.held[i]), r.Reply...)
		}
	}
}

// leastCached is the smallest number of tokens that a slot took from the cache.
func leastCached(a trial.Attempt) int {
	least := a.Requests[0].CachedTokens
	for _, r := range a.Requests {
		least = min(least, r.CachedTokens)
	}
	return least
}

// promptTime is how long the prompts took, replies aside.
func promptTime(a trial.Attempt) time.Duration {
	var longest time.Duration
	for _, r := range a.Requests {
		longest = max(longest, r.Elapsed-r.PredictedTime)
	}
	return longest
}
