package harness

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/trial"
)

// end stops the server, if there is one, and records how the start went, if one is open. An error is
// a record that could not be written, or a server that cannot be ended: with its ruins on the GPU
// nothing more can be measured.
func (l *life) end(ctx context.Context) error {
	if !l.open {
		return nil
	}
	l.open = false
	keep := context.WithoutCancel(ctx)
	err := l.stop(keep)
	if l.start.Outcome == trial.Unknown {
		l.start.Outcome = trial.Incomplete // it was never launched
	}
	l.start.Ended = time.Now()
	err = also(err, l.Recorder.EndStart(keep, l.start))
	l.tell(trial.StartEnded{Start: l.start})
	return err
}

// stop ends the server and waits until everything below it is gone.
func (l *life) stop(keep context.Context) error {
	srv := l.server
	if srv == nil {
		return nil
	}
	l.server = nil
	exit := srv.Stop(keep, l.Limits.Grace)
	l.start.Exit, l.start.Requested = exit.String(), exit.Requested
	err := unsettled(srv.PID(), exit)
	if l.passed() {
		switch {
		case l.found.gone():
			err = also(err, l.diedAfterReply(keep, unseen, process.Exit{}, srv.Tail()))
		case ownDoing(exit, srv.Tail()):
			err = also(err, l.diedAfterReply(keep, exit.String(), exit, srv.Tail()))
		}
	}
	if l.start.Outcome == trial.Unknown {
		l.start.Outcome = trial.Pass
	}
	return err
}

// passed reports whether the latest attempt was of this start, and nothing was held against it.
func (l *life) passed() bool {
	return l.last != nil && l.last.StartN == l.start.N && l.last.Outcome.Counts() && !l.last.Outcome.Bad()
}

// diedAfterReply takes back the pass of an attempt whose server died by itself once it had answered
// (seen in the field: a segfault above some 5,500 tokens, after the reply was sent).
func (l *life) diedAfterReply(keep context.Context, how string, exit process.Exit, tail []process.Line) error {
	exit.Requested = false // whatever we asked for came too late
	a, of := l.last, l.tried[l.last.CellID]
	f := classify(evidence{phase: "idle", how: how, exit: exit, tail: tail, position: a.Position()})
	a.Fault, a.Outcome = &f, trial.OutcomeOf(f)
	a.Reason = "the server ended by itself after its last answer, with " + how + ": " + f.Title
	l.start.Outcome = a.Outcome
	err := l.record(keep, of.cell, a)
	if of.judged {
		l.judge(a.CellID)
	}
	return err
}

// ownDoing reports whether the server ended by itself. If it died of a signal other than ours before
// it said that it was ending, then we asked a server that was dying already. What goes wrong after
// that (a driver that crashes at exit) says nothing about the prompts.
func ownDoing(exit process.Exit, tail []process.Line) bool {
	switch {
	case exit.GuardLost, exit.Stuck, exit.Killed:
		return false
	case !exit.Requested:
		return true
	}
	signal, _ := exit.EffectiveSignal()
	if signal == "" || signal == "SIGTERM" {
		return false
	}
	return !slices.ContainsFunc(tail, func(l process.Line) bool { return strings.Contains(l.Text, cleaningUp) })
}

// cleaningUp is in the line with which llama-server acknowledges TERM (tools/server/server.cpp).
const cleaningUp = "cleaning up before exit"

// unsettled says why the machine is not as it was before the start; nil when it is.
func unsettled(pid int, exit process.Exit) error {
	switch {
	case exit.Stuck:
		return fmt.Errorf("end the server: pid %d outlives SIGKILL, a driver may hold it; see that it is gone before the next run", pid)
	case len(exit.Unkillable) > 0:
		return fmt.Errorf("end what the server started: pids %v outlive SIGKILL; see that they are gone before the next run", exit.Unkillable)
	}
	return nil
}
