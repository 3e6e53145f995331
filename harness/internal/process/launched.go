package process

import (
	"context"
	"slices"
	"time"
)

// Launched is a command that may be a launcher, with the program that it runs once that is found. What
// it says of itself (pid, end) is the program's then.
type Launched struct {
	*Process
	inner   *Inner        // nil: the command is the program, or nobody knows the one behind it
	outside bool          // somebody else started inner at the launcher's request
	first   chan struct{} // closed when either has ended
	over    chan struct{} // closed when nothing more is to come of either
}

// Find looks for the program behind a launcher, once it listens on its port: it is the listener if that
// is below the command, or has these arguments at the end of its command line and was started elsewhere
// (podman exec, docker exec). It must be called before anything else waits for the command.
func (l *Launched) Find(port int, args []string) {
	outer := l.Process.PID()
	if l.spec.Launcher == 0 && !HasChildren(outer) {
		return // asking who listens costs milliseconds
	}
	pid, _, err := ListenerPID(port)
	if err != nil || pid == 0 || pid == outer {
		return
	}
	below := slices.Contains(Descendants(outer), pid)
	if !below && !Runs(pid, args) {
		return
	}
	inner, err := Follow(pid)
	if err != nil {
		return
	}
	l.inner, l.outside, l.first, l.over = inner, !below, make(chan struct{}), make(chan struct{})
	go l.await()
}

// lastWords is how long the output of a program that has ended is read while its launcher lives on.
const lastWords = 300 * time.Millisecond

// await tells of the ends, and ends with the last.
func (l *Launched) await() {
	defer close(l.over)
	select {
	case <-l.Process.Exited():
	case <-l.inner.Ended():
	}
	close(l.first)
	timer := time.NewTimer(lastWords)
	defer timer.Stop()
	stays := timer.C
	if _, ended := l.Process.Exit(); ended {
		stays = nil // the guard sweeps, and then it is done
	}
	select {
	case <-l.Process.Done():
		l.inner.within(lastWords) // it is gone, and how it went is on its way; or the launcher has left it alone
	case <-stays:
	}
}

// PID is the program's; the launcher's when nobody knows the one behind it.
func (l *Launched) PID() int {
	if l.inner != nil {
		return l.inner.PID()
	}
	return l.Process.PID()
}

// StartTime names the process together with PID.
func (l *Launched) StartTime() uint64 {
	if l.inner != nil {
		return l.inner.StartTime()
	}
	return l.Process.StartTime()
}

// Exited is closed when the program has ended, or the launcher that it was left to.
func (l *Launched) Exited() <-chan struct{} {
	if l.inner != nil {
		return l.first
	}
	return l.Process.Exited()
}

// Done is closed when that has happened and the output was read.
func (l *Launched) Done() <-chan struct{} {
	if l.inner != nil {
		return l.over
	}
	return l.Process.Done()
}

// Exit is how the program ended, if the system tells it, or else its launcher; false while both run.
func (l *Launched) Exit() (Exit, bool) {
	outer, ended := l.Process.Exit()
	return l.merge(outer, ended)
}

// merge puts the program's own end into the place of its launcher's. A launcher that ended first took
// the program with it: then the end is the launcher's own.
func (l *Launched) merge(outer Exit, ended bool) (Exit, bool) {
	if l.inner == nil || !l.inner.Over() {
		outer.Launcher = ended && l.deserted(outer)
		return outer, ended
	}
	inner, told := l.inner.Exit()
	switch {
	case ended && !outer.Requested && l.swept(inner, told, outer):
		outer.Launcher = true
		return outer, true
	case !told && ended:
		return outer, true
	case !told:
		return Exit{}, true
	}
	inner.Requested, inner.Killed, inner.GuardLost = outer.Requested, outer.Killed, outer.GuardLost
	inner.Leftovers, inner.LeftoverNames, inner.Unkillable, inner.MaxRSS = outer.Leftovers, outer.LeftoverNames, outer.Unkillable, outer.MaxRSS
	return inner, true
}

// swept reports whether the program was ended because its launcher had gone before it: by the guard, which
// counts what it kills, or by the kernel. The times alone do not tell: the program's is that of our hearing of it,
// and some launchers (unshare --kill-child) end with a code of their own once it is gone.
func (l *Launched) swept(inner Exit, told bool, outer Exit) bool {
	return told && !l.outside && inner.Signal == "SIGKILL" && inner.At.After(outer.At) &&
		outer.Signal != "SIGKILL" && outer.Code != 128+9 && (outer.Leftovers > 0 || outer.Signal != "")
}

// deserted reports whether the launcher returned with success and left the program, which it had somebody else
// start, alone.
func (l *Launched) deserted(outer Exit) bool {
	return l.inner != nil && l.outside && !outer.Requested && outer.String() == "code:0" && Alive(l.inner.PID(), l.inner.StartTime())
}

// Stop ends the program and its launcher, with everything below; see [Process.Stop]. A program that was
// started elsewhere is ended first: the guard reaches only what is below it.
func (l *Launched) Stop(ctx context.Context, grace time.Duration) Exit {
	if l.inner == nil {
		return l.Process.Stop(ctx, grace)
	}
	asked, killed, gone, before := false, false, true, l.inner.Over()
	if l.outside && !before {
		asked = true
		killed, gone = l.inner.End(grace)
	}
	exit := l.Process.Stop(ctx, grace)
	if exit.Stuck {
		return exit
	}
	<-l.over
	exit, _ = l.merge(exit, true)
	exit.Requested, exit.Killed = (exit.Requested || asked) && !before, (exit.Killed || killed) && !before
	if !gone {
		exit.Unkillable = append(exit.Unkillable, l.inner.PID())
	}
	l.inner.Close()
	return exit
}
