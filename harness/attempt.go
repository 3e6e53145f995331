package harness

import (
	"context"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// attempt runs one round of requests, in a fresh server if none is running, and records it. The
// numbers are those of the package comment.
func (l *life) attempt(ctx context.Context, cell plan.Cell, n int) (trial.Outcome, error) {
	keep := context.WithoutCancel(ctx) // what was seen is recorded even when the run is interrupted
	fresh := l.server == nil           // 1. Settle: the last one was waited for, and the launch checks the port
	if fresh {
		if err := l.begin(ctx); err != nil { // 2. Intent
			return trial.Unknown, err
		}
	} else {
		l.turn()
	}
	a := &trial.Attempt{
		StartID: l.start.ID, StartN: l.start.N, CellID: cell.ID(), N: n, Began: time.Now(),
		Requests: l.requests(cell, cell.Tokens),
	}
	if err := l.beginAttempt(keep, cell, a); err != nil {
		return trial.Unknown, err
	}
	trouble := l.run(ctx, cell, a, fresh) // 3. to 5.
	if trouble != nil && a.Outcome == trial.Unknown {
		a.Outcome, a.Reason = trial.Infra, trouble.Error()
	}
	l.remember(cell, a)
	trouble = also(trouble, l.endAttempt(keep, cell, a)) // 6. Result
	if trouble == nil && a.Outcome == trial.Incomplete {
		trouble = ctx.Err()
	}
	return a.Outcome, trouble
}

// run fills in the outcome of a begun attempt: launch and warm-up if the server is to be fresh, then
// the wave. The error is trouble that ends the run.
func (l *life) run(ctx context.Context, cell plan.Cell, a *trial.Attempt, fresh bool) error {
	if fresh {
		if ok, err := l.launch(ctx, a); !ok || err != nil { // 3. Launch
			return err
		}
		if ok, err := l.warmup(ctx, cell, a); !ok || err != nil { // 4. Warm-up, then the wave
			return err
		}
	}
	a.Began = time.Now() // loading and warming up have times of their own
	l.play(ctx, cell, a)
	return nil
}

// play makes the prompts, sends them, and judges what came of it.
func (l *life) play(ctx context.Context, cell plan.Cell, a *trial.Attempt) {
	made, err := l.makePrompts(ctx, cell.Shape, a.Requests)
	if err != nil {
		l.unprepared(ctx, a, err)
		return
	}
	a.Began = time.Now()
	highest := l.gauges.watch(ctx)
	silence := l.wave(ctx, cell, a, made)
	a.Gauges = append(highest(), memoryOf("server", l.server.PID())...)
	l.afterwards(ctx, a, silence) // 5. Judge
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
	a.Elapsed = time.Since(a.Began)
	return l.record(keep, cell, a)
}

func (l *life) record(keep context.Context, cell plan.Cell, a *trial.Attempt) error {
	err := l.Recorder.EndAttempt(keep, *a)
	l.tell(trial.AttemptEnded{Cell: cell, Attempt: *a})
	return err
}
