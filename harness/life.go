package harness

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// life is the sequence of starts of one configuration: at most one server at a time. visit starts
// one when there is none, end stops it.
type life struct {
	screen        *Screen
	configuration plan.Configuration
	failedLoads   int // in a row

	server   *server.Server // nil: none
	start    trial.Start
	last     *trial.Attempt // the latest recorded one
	lastCell plan.Cell
}

// visit gives the cell one start's worth of attempts and returns them as they were recorded. An
// error means that going on makes no sense; findings are not errors.
func (l *life) visit(ctx context.Context, cell plan.Cell) ([]trial.Attempt, error) {
	var recorded []*trial.Attempt
	var err error
	for n := 1; n <= l.screen.Settings.Attempts && err == nil; n++ {
		var a *trial.Attempt
		if a, err = l.attempt(ctx, cell, n); a == nil {
			break
		}
		recorded = append(recorded, a)
		if a.Outcome.Bad() || !a.Outcome.Counts() {
			// What comes after a finding in the same start would measure its ruins.
			err = errors.Join(err, l.end(ctx))
			break
		}
	}
	if l.screen.Settings.Isolation == "cell" {
		err = errors.Join(err, l.end(ctx)) // may still find that the last attempt killed the server
	}
	var attempts []trial.Attempt
	for _, a := range recorded {
		attempts = append(attempts, *a)
	}
	return attempts, err
}

// attempt runs one round of requests, in a fresh server if none is running. The attempt is nil only
// when not even its beginning could be recorded.
func (l *life) attempt(ctx context.Context, cell plan.Cell, n int) (*trial.Attempt, error) {
	keep := context.WithoutCancel(ctx)
	if l.server != nil && l.server.Exited() { // it died after its last answer
		if err := l.end(keep); err != nil {
			return nil, err
		}
	}
	fresh := l.server == nil
	if fresh {
		if err := l.begin(keep); err != nil {
			return nil, err
		}
	}
	a := &trial.Attempt{
		StartID: l.start.ID, StartN: l.start.N, CellID: cell.ID(), N: n, Began: time.Now(),
		Requests: l.requests(cell, cell.Tokens),
	}
	var err error
	if a.ID, err = l.screen.Recorder.BeginAttempt(keep, *a); err != nil {
		return nil, errors.Join(err, l.end(keep))
	}
	l.screen.tell(trial.AttemptBegan{Cell: cell, Attempt: *a})
	trouble := l.run(ctx, cell, a, fresh)
	a.Elapsed = time.Since(a.Began)
	l.last, l.lastCell = a, cell
	if err := l.record(keep, cell, a); err != nil {
		return a, err
	}
	if trouble == nil && a.Outcome == trial.Incomplete {
		trouble = ctx.Err()
	}
	return a, trouble
}

func (l *life) record(ctx context.Context, cell plan.Cell, a *trial.Attempt) error {
	err := l.screen.Recorder.EndAttempt(ctx, *a)
	l.screen.tell(trial.AttemptEnded{Cell: cell, Attempt: *a})
	return err
}

// run fills in the outcome of a begun attempt: launch and warm-up if the server is to be fresh, then
// the wave. The error is trouble that ends the run; the attempt is complete even then.
func (l *life) run(ctx context.Context, cell plan.Cell, a *trial.Attempt, fresh bool) error {
	if fresh {
		if ok, err := l.launch(ctx, a); !ok || err != nil {
			return err
		}
		if ok, err := l.warmup(ctx, cell, a); !ok || err != nil {
			return err
		}
	}
	made, err := l.makePrompts(ctx, cell.Shape, a.Requests)
	if err != nil {
		l.unprepared(ctx, a, err)
		return nil
	}
	a.Began = time.Now() // loading, warming up and making prompts have times of their own
	l.conclude(a, l.wave(ctx, cell, a.Requests, made, a.N > 1))
	return nil
}

// begin records the intent of a start. Nothing is launched before it is durable.
func (l *life) begin(ctx context.Context) error {
	s := l.screen
	s.starts++
	l.start = trial.Start{
		N: s.starts, Configuration: l.configuration.ID(), BootID: bootID(), Began: time.Now(),
		LogFile: fmt.Sprintf("start-%04d.server.log", s.starts),
		Argv:    s.Lab.argv(l.configuration, s.Port),
	}
	id, err := s.Recorder.BeginStart(ctx, l.start)
	l.start.ID = id
	s.tell(trial.StartBegan{Start: l.start})
	return err
}

// launch starts the server and compares what it says of itself with the plan. It reports whether
// the server can be used; if not, the attempt says why, and an error says that trying another cell
// would be pointless.
func (l *life) launch(ctx context.Context, a *trial.Attempt) (ok bool, err error) {
	s := l.screen
	spec := s.Lab.launchSpec(l.configuration, s.Port, l.start.N)
	spec.LogFile = filepath.Join(s.LogDir, l.start.LogFile)
	spec.ReadyTimeout = s.Limits.Ready
	srv, err := server.Launch(ctx, spec)
	if err != nil {
		return false, l.notReady(ctx, a, err)
	}
	l.server = srv
	back, err := srv.ReadBack(ctx)
	if err != nil {
		l.conclude(a, l.afterwards(ctx, trial.Wave{Interrupted: ctx.Err() != nil, Unhealthy: "its properties could not be read: " + err.Error()}))
		return false, nil
	}
	l.failedLoads = 0
	l.start.Argv, l.start.PID, l.start.PIDStart = srv.Argv(), srv.PID(), srv.StartTime()
	l.start.Load = srv.LoadTime()
	l.start.ReadBack = trial.ReadBack{Build: back.Build, Slots: back.Slots, SlotContext: back.SlotContext, Model: back.Model, Devices: s.Lab.Binary.Devices}
	s.tokenizer.now = srv.Tokenizer(s.Lab.tokens, s.Lab.ordinary)
	if err := s.Recorder.StartReady(context.WithoutCancel(ctx), l.start); err != nil {
		return false, err
	}
	s.tell(trial.Ready{Start: l.start})
	if mismatch := l.mismatch(); mismatch != "" {
		a.Outcome, a.Reason, l.start.Outcome = trial.Infra, mismatch, trial.Infra
		return false, s.note(ctx, l.configuration.ID()+": "+mismatch)
	}
	return true, nil
}

// mismatch says how the server differs from the plan; "" when it is as planned. A smaller slot is
// as planned when the model was trained for no more.
func (l *life) mismatch() string {
	c, back, trained := l.configuration, l.start.ReadBack, l.screen.Lab.Model.TrainedContext
	planned := c.SlotContext()
	if trained > 0 {
		planned = min(planned, trained)
	}
	switch {
	case back.Slots != c.NP:
		return fmt.Sprintf("the server has %d slots, %d were asked for: the start is not what was planned", back.Slots, c.NP)
	case back.SlotContext != planned:
		return fmt.Sprintf("each slot has %d tokens of context, %d were planned: the start is not what was planned", back.SlotContext, planned)
	}
	return ""
}

// notReady sorts a launch that failed: trouble of ours or the lab's ends the run, a server that died
// or hung while loading is a finding, an interruption is neither.
func (l *life) notReady(ctx context.Context, a *trial.Attempt, err error) error {
	var load *server.LoadError
	switch {
	case ctx.Err() != nil:
		a.Outcome, a.Reason = trial.Incomplete, "interrupted while loading"
		l.start.Outcome = trial.Incomplete
		return l.ended(ctx)
	case !errors.As(err, &load):
		a.Outcome, a.Reason = trial.Infra, err.Error()
		l.start.Outcome = trial.Infra
		return errors.Join(err, l.ended(ctx))
	}
	l.failedLoads++
	l.start.Exit = load.Exit.String()
	f := classify(evidence{phase: "load", exit: load.Exit, tail: load.Tail, position: -1})
	a.Fault, a.Outcome, a.Reason = &f, trial.LoadFail, load.Error()
	if o := trial.OutcomeOf(f); o != trial.Crash {
		a.Outcome = o
	}
	l.start.Outcome = a.Outcome
	return l.ended(ctx)
}

// end stops the server, if there is one, and records how it went.
func (l *life) end(ctx context.Context) error {
	if l.server == nil {
		return nil
	}
	keep := context.WithoutCancel(ctx)
	srv := l.server
	l.server = nil
	exit := srv.Stop(keep, l.screen.Limits.Grace)
	l.start.Exit, l.start.Requested = exit.String(), exit.Requested
	var err error
	if !exit.Requested && l.last != nil && l.last.StartID == l.start.ID && l.last.Outcome.Counts() && !l.last.Outcome.Bad() {
		err = l.diedAfterReply(keep, exit, srv.Tail())
	}
	if l.start.Outcome == trial.Unknown {
		l.start.Outcome = trial.Pass
	}
	return errors.Join(err, l.ended(keep))
}

// diedAfterReply takes back the pass of an attempt whose server died by itself once it had answered
// (seen in the field: a segfault above some 5,500 tokens, after the reply was sent).
func (l *life) diedAfterReply(ctx context.Context, exit process.Exit, tail []process.Line) error {
	f := classify(evidence{phase: "idle", exit: exit, tail: tail, position: l.last.Position()})
	l.last.Fault, l.last.Outcome = &f, trial.OutcomeOf(f)
	l.last.Reason = "the server ended by itself after its last answer, with " + exit.String() + ": " + f.Title
	l.start.Outcome = l.last.Outcome
	return l.record(ctx, l.lastCell, l.last)
}

func (l *life) ended(ctx context.Context) error {
	l.start.Ended = time.Now()
	err := l.screen.Recorder.EndStart(context.WithoutCancel(ctx), l.start)
	l.screen.tell(trial.StartEnded{Start: l.start})
	return err
}
