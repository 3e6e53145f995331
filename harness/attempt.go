package harness

import (
	"context"
	"time"

	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/prompts"
)

// shot is one attempt to be made.
type shot struct {
	cell     plan.Cell
	n        int                                                              // number within the start and cell, from 1
	probe    int                                                              // of a bisection; 0 none
	reply    int                                                              // tokens asked for; 0: the requests say it, and whether the cache may be used
	cache    bool                                                             // the server may reuse what its slots hold
	accept   bool                                                             // only whether it is accepted: broken off once work has begun
	last     bool                                                             // nobody needs what they hold afterwards: the canary may be asked
	requests func() []trial.Request                                           // the recipes; asked for once the start is known
	make     func(context.Context, []trial.Request) ([]prompts.Prompt, error) // makes them real
}

// mark enters into the requests what is the same for all of them.
func (s shot) mark(requests []trial.Request) {
	if s.reply == 0 {
		return
	}
	for i := range requests {
		requests[i].Asked, requests[i].MayReuse = s.reply, s.cache
	}
}

// shot is the usual one: the cell's prompts, cold the first time.
func (l *life) shot(cell plan.Cell, n int) shot {
	return shot{
		cell: cell, n: n, reply: l.configuration.Reply, cache: n > 1, last: n == l.Settings.Attempts,
		requests: func() []trial.Request { return l.requests(cell, cell.Tokens, uint64(l.start.N)) },
		make: func(ctx context.Context, requests []trial.Request) ([]prompts.Prompt, error) {
			return l.makePrompts(ctx, cell.Shape, requests)
		},
	}
}

// attempt makes a shot, in a fresh server if none is running, and records it. The numbers are those of
// the package comment. An error means that going on makes no sense; findings are not errors.
func (l *life) attempt(ctx context.Context, s shot) (*trial.Attempt, error) {
	keep := context.WithoutCancel(ctx) // what was seen is recorded even when the run is interrupted
	l.rested = l.sleptSoFar()
	fresh := l.server == nil // 1. Settle: the last one was waited for, and the launch checks the port
	if fresh {
		if err := l.begin(ctx); err != nil { // 2. Intent
			return nil, err
		}
	} else {
		l.turn()
	}
	a := &trial.Attempt{
		StartID: l.start.ID, StartN: l.start.N, CellID: s.cell.ID(), N: s.n, Probe: s.probe, Began: time.Now(), Requests: s.requests(),
	}
	s.mark(a.Requests)
	if err := l.beginAttempt(keep, s.cell, a); err != nil {
		return nil, err
	}
	trouble := l.run(ctx, s, a, fresh) // 3. to 5.
	if trouble != nil && a.Outcome == trial.Unknown {
		a.Outcome, a.Reason = trial.Infra, trouble.Error()
	}
	l.remember(s.cell, a)
	trouble = also(trouble, l.endAttempt(keep, s.cell, a)) // 6. Result
	trouble = also(trouble, l.noteSleep(ctx, a))
	if trouble == nil && a.Outcome == trial.Incomplete {
		trouble = ctx.Err()
	}
	return a, trouble
}

// run fills in the outcome of a begun attempt: launch and warm-up if the server is to be fresh, then
// the wave. The error is trouble that ends the run.
func (l *life) run(ctx context.Context, s shot, a *trial.Attempt, fresh bool) error {
	if fresh {
		if ok, err := l.launch(ctx, a); !ok || err != nil { // 3. Launch
			return err
		}
	}
	if ok, err := l.undisturbed(ctx, a); !ok || err != nil {
		return err
	}
	if fresh {
		if ok, err := l.warmup(ctx, s.cell, a); !ok || err != nil { // 4. Warm-up and canary, then the wave
			return err
		}
		if !l.freshCanary(ctx, a) {
			return nil
		}
	}
	a.Began = time.Now() // loading and warming up have times of their own
	l.play(ctx, s, a)
	return nil
}

// play makes the prompts, sends them, and judges what came of it.
func (l *life) play(ctx context.Context, s shot, a *trial.Attempt) {
	made, err := s.make(ctx, a.Requests)
	if err != nil {
		l.unprepared(ctx, a, err)
		return
	}
	a.Began = time.Now()
	highest := l.scene.watch(ctx)
	got, silence := l.wave(ctx, round{cell: &s.cell, requests: a.Requests, accept: s.accept, ask: func(i int) server.CompletionRequest {
		return l.completion(made[i], a.Requests[i])
	}})
	took := time.Since(a.Began)
	a.Gauges = append(highest(), l.memory(ctx)...)
	for _, r := range a.Requests {
		l.served += max(r.ProcessedTokens, r.Position-r.CachedTokens)
	}
	l.afterwards(ctx, a, s, made, got, silence) // 5. Judge
	l.notePins(a)
	a.Elapsed = took
}

// beginAttempt records the intent to send requests. Nothing is sent before it is durable.
func (l *life) beginAttempt(keep context.Context, cell plan.Cell, a *trial.Attempt) (err error) {
	if a.ID, err = l.Recorder.BeginAttempt(keep, *a); err != nil {
		return err
	}
	l.tell(trial.AttemptBegan{Cell: cell, Attempt: *a})
	return nil
}

// endAttempt records what came of it.
func (l *life) endAttempt(keep context.Context, cell plan.Cell, a *trial.Attempt) error {
	if a.Elapsed == 0 { // it never came to requests
		a.Elapsed = time.Since(a.Began)
	}
	return l.record(keep, cell, a)
}

func (l *life) record(keep context.Context, cell plan.Cell, a *trial.Attempt) error {
	err := l.Recorder.EndAttempt(keep, *a)
	l.tell(trial.AttemptEnded{Cell: cell, Attempt: *a})
	return err
}
