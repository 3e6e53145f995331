package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/oracle"
	"ctxcliff/harness/trial"
	"ctxcliff/prompts"
	"ctxcliff/shapes"
)

// reference is what a configuration's servers are held against: the canary as the first of them sang
// it when it was fresh, and when it was last heard to be well.
type reference struct {
	canary oracle.Canary
	fresh  oracle.Reference // the latest start's first answers
	asked  int              // canaries so far; each takes the next slot
	well   string           // when the canary was last as it should be, in words
}

// canaryShape and canarySeed make the two fixed prompts.
var canaryShape = func() shapes.Shape {
	s, err := shapes.Parse("natural")
	if err != nil {
		panic(err)
	}
	return s
}()

const canarySeed = 1

// sing asks the canary's two prompts, one after the other, in the next slot.
func (l *life) sing(ctx context.Context) (c oracle.Canary, silence time.Duration, err error) {
	slot := l.reference.asked % l.configuration.NP
	l.reference.asked++
	if c.Short, silence, err = l.canaryAnswer(ctx, slot, oracle.CanaryShort); err != nil {
		return c, silence, fmt.Errorf("the short canary: %w", err)
	}
	if long := oracle.CanaryLong(trial.MicroBatch(l.start.Argv), l.start.ReadBack.SlotContext); long > 0 {
		if c.Long, silence, err = l.canaryAnswer(ctx, slot, long); err != nil {
			return c, silence, fmt.Errorf("the long canary: %w", err)
		}
	}
	return c, 0, nil
}

func (l *life) canaryAnswer(ctx context.Context, slot, tokens int) (oracle.Answer, time.Duration, error) {
	requests := []trial.Request{{Slot: slot, Shape: canaryShape.String(), Seed: canarySeed, Target: tokens, Form: prompts.IDs.String(), Position: -1, ServedBy: -1}}
	made, err := l.makePrompts(ctx, canaryShape, requests)
	if err != nil {
		return oracle.Answer{}, l.muteTokenizer(ctx, err), err
	}
	answers, silence := l.wave(ctx, round{requests: requests, ask: func(int) server.CompletionRequest {
		return server.CompletionRequest{Prompt: made[0].IDs, Slot: slot, Reply: oracle.CanaryReply, Probs: oracle.CanaryProbs}
	}})
	if silence > 0 {
		return oracle.Answer{}, silence, errors.New("no answer came")
	}
	return l.answer(requests[0], made[0], answers[0].Completion, oracle.CanaryReply), 0, answers[0].err
}

// freshCanary hears the canary of a server that has just started. It reports whether the attempt that
// is to follow makes sense; if not, the attempt says why: a server that cannot answer sixteen tokens is
// the finding.
func (l *life) freshCanary(ctx context.Context, a *trial.Attempt) (ok bool) {
	if !l.Canary {
		return true
	}
	c, silence, err := l.sing(ctx)
	if err != nil {
		for i := range a.Requests {
			a.Requests[i].Error = "not sent: " + err.Error()
		}
		l.settle(ctx, a, seen{phase: "warm-up", silence: silence, gateway: server.Gateway(err)})
		a.Reason = "before the first prompt: " + a.Reason
		return false
	}
	r, present := &l.reference, fmt.Sprintf("in start %d, fresh", l.start.N)
	l.heard = nil
	if r.well == "" {
		r.canary, r.well = c, present
	} else {
		l.heard = []oracle.Result{l.compare(c, present)}
	}
	r.fresh.Answers = append(r.fresh.Answers, c.Answers()...)
	return true
}

// laterCanary hears it after an attempt. What it does to the server is seen by whoever looks next.
func (l *life) laterCanary(ctx context.Context, a *trial.Attempt) (silence time.Duration) {
	c, silence, err := l.sing(ctx)
	switch {
	case silence > 0:
		return silence
	case err != nil:
		l.heard = append(l.heard, oracle.Result{Oracle: oracle.CanaryOracle, Says: oracle.CannotJudge, Reason: err.Error()})
	default:
		l.heard = append(l.heard, l.compare(c, fmt.Sprintf("after attempt %d of %s in start %d", a.N, a.CellID, l.start.N)))
	}
	return 0
}

func (l *life) compare(c oracle.Canary, present string) oracle.Result {
	r := l.reference.canary.Compare(c, l.reference.well, present)
	if r.Says == oracle.Clean {
		l.reference.well = present
	}
	return r
}

// answers are what the oracles judge: those that the server took and began to answer.
func (l *life) answers(a *trial.Attempt, made []prompts.Prompt, got []answer) []oracle.Answer {
	var list []oracle.Answer
	for i, r := range a.Requests {
		if r.HTTPStatus != 200 || r.Cancelled || r.Special() && got[i].Predicted() == 0 {
			continue
		}
		o := l.answer(r, made[i], got[i].Completion, r.Asked)
		o.Free = r.Special()
		for _, other := range a.Requests {
			if other.Slot != r.Slot {
				o.Others = append(o.Others, other.Nonce)
			}
		}
		list = append(list, o)
	}
	return list
}

// answer is one slot's answer in the oracles' words.
func (l *life) answer(r trial.Request, p prompts.Prompt, c server.Completion, asked int) oracle.Answer {
	o := oracle.Answer{
		Slot: r.Slot, Asked: asked, Sent: sentIDs(p), Context: l.start.ReadBack.SlotContext,
		Tail: p.IDs[max(0, len(p.IDs)-oracle.TailTokens):], Noise: isNoise(p.Recipe.Shape),
		Counted: c.PromptTokens, Cached: c.CachedTokens, Processed: c.ProcessedTokens, Predicted: c.PredictedTokens,
		Stop: c.StopType, Truncated: c.Truncated, Complete: c.Complete, Text: c.Text, Tokens: c.Reply, Nonce: r.Nonce,
	}
	for _, p := range c.Probabilities {
		o.Logprobs = append(o.Logprobs, p.Logprob)
		rivals := make([]oracle.Rival, len(p.Rivals))
		for i, r := range p.Rivals {
			rivals[i] = oracle.Rival(r)
		}
		o.Rivals = append(o.Rivals, rivals)
	}
	return o
}

// sentIDs is how many ids the server was sent; 0 where it made them itself.
func sentIDs(p prompts.Prompt) int {
	if p.Text != "" {
		return 0
	}
	return len(p.IDs)
}

// isNoise reports whether a prompt ends in random ids or characters.
func isNoise(s shapes.Shape) bool {
	spans := s.Spans()
	if len(spans) == 0 {
		return false
	}
	last := spans[len(spans)-1].String()
	return strings.HasPrefix(last, "random") || strings.HasPrefix(last, "unicode")
}

// opinions are what the oracles have to say, apart from what they found clean; each once.
func opinions(results []oracle.Result) []trial.Opinion {
	var list []trial.Opinion
	for _, r := range results {
		o := trial.Opinion{Oracle: r.Oracle, Reason: r.Reason}
		switch r.Says {
		case oracle.Corrupt:
			o.Says = trial.Corrupt
		case oracle.CannotJudge:
			o.Says = trial.CannotJudge
		default:
			continue
		}
		if !slices.Contains(list, o) {
			list = append(list, o)
		}
	}
	return list
}

// warmAnswers remembers how a fresh server answers, for what is judged relative to that.
func (l *life) warmAnswers(answers []oracle.Answer) {
	l.reference.fresh.Answers = append(l.reference.fresh.Answers, answers...)
}
