package harness

import (
	"context"

	"ctxcliff/harness/trial"
)

// Recorder keeps what is seen. What it has acknowledged survives a power loss. A screen calls it
// from one goroutine, with contexts that outlive an interruption.
type Recorder interface {
	BeginStart(context.Context, trial.Start) (int64, error)
	StartReady(context.Context, trial.Start) error
	EndStart(context.Context, trial.Start) error
	BeginAttempt(context.Context, trial.Attempt) (int64, error)
	EndAttempt(context.Context, trial.Attempt) error
	Note(context.Context, string) error
}

// Listener is told what goes on. It must not block for long: the loop waits for it.
type Listener interface{ Observe(trial.Event) }

// Listeners tells each of several listeners in turn.
type Listeners []Listener

// Observe implements Listener.
func (ls Listeners) Observe(e trial.Event) {
	for _, l := range ls {
		l.Observe(e)
	}
}
