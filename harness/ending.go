package harness

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ctxcliff/harness/faults"
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
	l.packLogs()
	err = also(err, l.rest(keep))
	l.start.Ended = time.Now()
	err = also(err, l.Recorder.EndStart(keep, l.start))
	l.tell(trial.StartEnded{Start: l.start})
	return err
}

// rest waits until the machine is as it was before the start; what keeps it from that is noted.
func (l *life) rest(keep context.Context) error {
	if l.start.PID == 0 {
		return nil
	}
	held := l.scene.leave(keep)
	if held == "" {
		return nil
	}
	l.start.Unobserved = append(l.start.Unobserved, held)
	return l.note(keep, fmt.Sprintf("after start %d: %s; what comes after it may have less memory", l.start.N, held))
}

// packLogs makes the start's logs small.
func (l *life) packLogs() {
	if l.start.LogFile != "" {
		l.packLog(&l.start.LogFile)
	}
	for i := range l.start.Peers {
		if log := &l.start.Peers[i].LogFile; *log != "" {
			l.packLog(log)
		}
	}
}

func (l *life) packLog(name *string) {
	packed, err := compress(filepath.Join(l.LogDir, *name))
	switch {
	case errors.Is(err, fs.ErrNotExist): // it was never launched
	case err != nil:
		l.start.Unobserved = append(l.start.Unobserved, "the log could not be compressed and is left as it is: "+err.Error())
	default:
		*name = filepath.Base(packed)
	}
}

// stop ends the server, and after it its peers, and waits until everything below them is gone.
func (l *life) stop(keep context.Context) error {
	srv, fell := l.server, l.fallen()
	if srv == nil {
		return l.dismiss(keep)
	}
	if l.lab.guest != nil {
		return l.depart(keep)
	}
	exit := srv.Stop(keep, l.Limits.Grace)
	l.server, l.tail = nil, srv.Tail()
	l.start.Exit, l.start.Requested, l.start.LogBytes = exit.String(), exit.Requested, srv.Written()
	err := also(unsettled("the server", srv.PID(), exit), l.dismiss(keep))
	if trouble := srv.Trouble(); trouble != nil {
		l.start.Unobserved = append(l.start.Unobserved, trouble.Error())
	}
	found := condition{peers: fell}
	_, lost := outOfSight(fell)
	if ownDoing(exit, l.tail) {
		found.ended, found.exit = true, exit
		found.exit.Requested = false // whatever we asked for came too late
	}
	switch {
	case !l.passed(), lost: // what was lost from sight is held against nothing that was answered before
	case l.found.gone():
		err = also(err, l.diedAfterReply(keep, l.found))
	case len(found.deaths()) > 0:
		err = also(err, l.diedAfterReply(keep, found))
	case exit.Killed, exit.Stuck:
		err = also(err, l.wouldNotEnd(keep, exit))
	}
	if l.broken() {
		l.settled(keep)
	}
	err = also(err, l.reconsider(keep))
	if l.start.Outcome == trial.Unknown {
		l.start.Outcome = trial.Pass
	}
	return err
}

// passed reports whether the latest attempt was of this start, and nothing was held against it.
func (l *life) passed() bool {
	return l.last != nil && l.last.StartN == l.start.N && l.last.Outcome.Counts() && !l.last.Outcome.Bad()
}

// broken reports whether the latest attempt was of this start, and is a finding.
func (l *life) broken() bool {
	return l.last != nil && l.last.StartN == l.start.N && l.last.Outcome.Bad()
}

// diedAfterReply takes back the pass of an attempt whose server died by itself once it had answered
// (seen in the field: a segfault above some 5,500 tokens, after the reply was sent).
func (l *life) diedAfterReply(keep context.Context, found condition) error {
	l.scene.settleAfterDeath(keep)
	return l.amend(keep, &account{
		phase: "idle", found: found, when: "after the last answer, ",
		wave: trial.Wave{Requests: l.last.Requests, SlotContext: l.start.ReadBack.SlotContext},
	})
}

// wouldNotEnd adds to an attempt that passed that its server did not end when it was asked to, or at
// all. The answers were right all the same; a server that outlives SIGKILL is worse than any answer.
func (l *life) wouldNotEnd(keep context.Context, exit process.Exit) error {
	s := &account{phase: "shutdown", wave: trial.Wave{Requests: l.last.Requests, SlotContext: l.start.ReadBack.SlotContext}}
	l.hang = &hang{Hang: faults.Hang{Seconds: l.Limits.Grace.Seconds(), After: "term"}}
	if exit.Stuck {
		l.hang.After = "kill"
		s.wave.Silence = l.Limits.Grace
	}
	return l.amend(keep, s)
}

// ownDoing reports whether the server ended by itself. If it died of a signal other than ours before
// it said that it was ending, then we asked a server that was dying already. What goes wrong after
// that (a driver that crashes at exit) says nothing about the prompts.
func ownDoing(exit process.Exit, tail []process.Line) bool {
	switch {
	case exit.GuardLost, exit.Launcher, exit.Stuck, exit.Killed:
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
func unsettled(name string, pid int, exit process.Exit) error {
	switch {
	case exit.Stuck:
		return fmt.Errorf("end %s: pid %d outlives SIGKILL, a driver may hold it; see that it is gone before the next run", name, pid)
	case len(exit.Unkillable) > 0:
		return fmt.Errorf("end what %s started: pids %v outlive SIGKILL; see that they are gone before the next run", name, exit.Unkillable)
	}
	return nil
}
