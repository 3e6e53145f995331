package harness

import (
	"context"
	"time"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/trial"
)

// dyingWait is how long a server that dropped a reply and no longer listens may take to be gone:
// llama.cpp's abort handler lets gdb write a backtrace first, which takes seconds for a big process.
const dyingWait = 10 * time.Second

// afterwards completes a wave whose requests have ended: is the process alive, is the server well?
func (l *life) afterwards(ctx context.Context, w trial.Wave) trial.Wave {
	w.SlotContext = l.start.ReadBack.SlotContext
	w.Interrupted = w.Interrupted || (ctx.Err() != nil && w.Silence == 0)
	if w.Interrupted {
		return w
	}
	health, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer done()
	var unwell error
	if !l.server.Exited() {
		unwell = l.server.Health(health)
	}
	if unwell != nil && dropped(w.Requests) {
		select { // it may be on its way out
		case <-l.server.Done():
		case <-time.After(dyingWait):
		}
	}
	if l.server.Exited() {
		exit, _ := l.server.Exit()
		f := classify(evidence{phase: phaseOf(w.Requests), exit: exit, tail: l.server.Tail(), position: position(w.Requests)})
		w.Exit, w.Fault = exit.String(), &f
		return w
	}
	if unwell != nil {
		w.Unhealthy = "the server does not answer /health: " + unwell.Error()
	}
	return w
}

// conclude writes the wave's outcome into the attempt.
func (l *life) conclude(a *trial.Attempt, w trial.Wave) {
	a.Outcome, a.Reason = w.Conclude()
	a.Fault = w.Fault
	if a.Outcome.Bad() {
		l.start.Outcome = a.Outcome
	}
}

func dropped(requests []trial.Request) bool {
	for _, r := range requests {
		if r.HTTPStatus < 400 && !r.Complete {
			return true
		}
	}
	return false
}

func position(requests []trial.Request) int {
	return trial.Attempt{Requests: requests}.Position()
}

// phaseOf says how far the furthest request was: prompt while any prompt was unfinished, generation
// after that, idle when all were answered.
func phaseOf(requests []trial.Request) string {
	phase := "idle"
	for _, r := range requests {
		switch {
		case r.Complete:
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
	signal, inferred := e.exit.EffectiveSignal()
	return faults.Classify(faults.Evidence{
		Phase: e.phase, Position: e.position,
		Processes: []faults.Process{{
			Name: "server", Exit: e.exit.String(), Signal: signal, SignalInferred: inferred,
			StopRequested: e.exit.Requested, Log: lines,
		}},
	})
}
