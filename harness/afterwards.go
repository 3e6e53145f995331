package harness

import (
	"context"
	"errors"
	"syscall"
	"time"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/trial"
)

// healthLimit is how long /health may take: it is answered between two batches.
const healthLimit = 5 * time.Second

// condition is how the server was found when its requests had ended.
type condition struct {
	ended  bool
	exit   process.Exit // if it ended
	unwell error        // what /health did instead of answering; nil: it answered, or was not asked
}

// gone reports whether nobody listens any more although the process that we started lives on: the
// server was the child of a wrapper, which keeps its exit status to itself.
func (c condition) gone() bool { return !c.ended && errors.Is(c.unwell, syscall.ECONNREFUSED) }

// unseen is how such a server ended.
const unseen = "a status that its living wrapper keeps"

// look finds out how the server is; whether it is asked, or only watched, is up to the caller. One
// that does not answer may be on its way out, and is given some time for that.
func (l *life) look(ctx context.Context, ask bool) (c condition) {
	if ask && !l.server.Exited() {
		if c.unwell = l.health(ctx); c.unwell != nil {
			l.awaitEnd()
			if !l.server.Exited() {
				c.unwell = l.health(ctx) // a connection that broke says less than one that is refused
			}
		}
	}
	if l.server.Exited() {
		l.awaitEnd() // its last words may still be on their way
		c.exit, c.ended = l.server.Exit()
	}
	return c
}

func (l *life) health(ctx context.Context) error {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), healthLimit)
	defer done()
	return l.server.Health(ctx)
}

// awaitEnd waits until the server has ended and all that it wrote was read, but not for ever.
func (l *life) awaitEnd() {
	limit := time.NewTimer(l.Limits.Dying)
	defer limit.Stop()
	select {
	case <-l.server.Done():
	case <-limit.C:
	}
}

// conclude judges an attempt whose requests have ended: process, silence, answers and health make
// its outcome.
func (l *life) conclude(ctx context.Context, a *trial.Attempt, silence time.Duration) {
	w := trial.Wave{Requests: a.Requests, SlotContext: l.start.ReadBack.SlotContext, Silence: silence}
	w.Interrupted = ctx.Err() != nil && silence == 0 && unanswered(a.Requests)
	c := l.look(ctx, silence == 0 && !w.Interrupted)
	l.found = c
	switch {
	case c.exit.GuardLost:
		a.Outcome, a.Reason = trial.Infra, "the guard of the server was killed, and the server with it; nobody saw why it ended"
		return
	case c.ended:
		w.Exit = c.exit.String()
		w.Fault = l.death(a, w.Exit, c.exit)
	case c.gone():
		w.Exit = unseen
		w.Fault = l.death(a, unseen, process.Exit{})
	case c.unwell != nil:
		w.Unhealthy = "the server does not answer /health: " + c.unwell.Error()
	}
	a.Outcome, a.Reason = w.Conclude()
	a.Fault = w.Fault
	if a.Outcome.Bad() {
		l.start.Outcome = a.Outcome
	}
}

// unanswered reports whether any request has neither a whole answer nor an error of the server's.
func unanswered(requests []trial.Request) bool {
	for _, r := range requests {
		if !answered(r) {
			return true
		}
	}
	return false
}

func answered(r trial.Request) bool { return r.Complete || r.HTTPStatus >= 400 }

// death names how the server ended during the attempt.
func (l *life) death(a *trial.Attempt, how string, exit process.Exit) *faults.Fault {
	f := classify(evidence{phase: phaseOf(*a), how: how, exit: exit, tail: l.server.Tail(), position: a.Position()})
	return &f
}

// phaseOf says how far the furthest-behind request was: prompt while any prompt was unfinished,
// generation after that, idle when all were answered or none was sent.
func phaseOf(a trial.Attempt) string {
	if a.Warmup {
		return "warm-up"
	}
	phase := "idle"
	for _, r := range a.Requests {
		switch {
		case answered(r), r.Elapsed == 0:
		case r.Position < r.Target:
			return "prompt"
		default:
			phase = "generation"
		}
	}
	return phase
}

// evidence is what is known of a death.
type evidence struct {
	phase    string
	how      string // exit in words; "" takes the exit's own
	exit     process.Exit
	tail     []process.Line
	position int
}

// classify names a death.
func classify(e evidence) faults.Fault {
	lines := make([]string, 0, len(e.tail))
	for _, l := range e.tail {
		lines = append(lines, l.Text)
	}
	if e.how == "" {
		e.how = e.exit.String()
	}
	signal, inferred := e.exit.EffectiveSignal()
	return faults.Classify(faults.Evidence{
		Phase: e.phase, Position: e.position,
		Processes: []faults.Process{{
			Name: "server", Exit: e.how, Signal: signal, SignalInferred: inferred,
			StopRequested: e.exit.Requested, Log: lines,
		}},
	})
}
