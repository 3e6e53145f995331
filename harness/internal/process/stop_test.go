//go:build linux

package process

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// gone waits for the end of a process that need not be our child.
func gone(t *testing.T, pid int) {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(patience.Milliseconds()))
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			t.Fatalf("process %d is still there after %v (%v)", pid, patience, err)
		}
		return
	}
}

func guardOf(t *testing.T, p *Process) int {
	t.Helper()
	s, err := readStat(p.PID())
	if err != nil {
		t.Fatal(err)
	}
	return s.parent
}

func TestStopAsksFirst(t *testing.T) {
	p := start(t, shell(`trap 'echo bye; exit 7' TERM; echo ready 1; while :; do sleep 0.01; done`))
	number(t, p, "ready")
	if !Alive(p.PID(), p.StartTime()) {
		t.Error("not alive before Stop")
	}
	e := p.Stop(context.Background(), patience)
	if e.String() != "code:7" || !e.Requested || e.Killed {
		t.Errorf("got %v %+v", e, e)
	}
	if !slices.ContainsFunc(p.Tail(), func(l Line) bool { return l.Text == "bye" }) {
		t.Errorf("last words missing: %v", p.Tail())
	}
	if Alive(p.PID(), p.StartTime()) {
		t.Error("alive after Stop")
	}
}

func TestStopKillsWhoIgnoresTERM(t *testing.T) {
	p := start(t, shell(`trap '' TERM; echo ready 1; sleep 1000; sleep 1000`))
	number(t, p, "ready")
	const grace = 100 * time.Millisecond
	began := time.Now()
	e := p.Stop(context.Background(), grace)
	if e.String() != "signal:SIGKILL" || !e.Requested || !e.Killed || e.Leftovers != 0 {
		t.Errorf("got %v %+v", e, e)
	}
	if took := time.Since(began); took < grace || took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestAServerBehindAWrapperKeepsItsGrace(t *testing.T) {
	// The wrapper ends with TERM at once; what it runs needs a moment more.
	p := start(t, shell(`trap 'exit 143' TERM
		sh -c 'trap "sleep 0.1; echo clean 1; exit 0" TERM; echo ready 1; while :; do sleep 0.01; done' & wait`))
	number(t, p, "ready")
	e := p.Stop(context.Background(), patience)
	number(t, p, "clean")
	if e.String() != "code:143" || !e.Requested || e.Killed || e.Leftovers != 0 {
		t.Errorf("got %v %+v", e, e)
	}
}

func TestStopMayBeCalledByManyAndAgain(t *testing.T) {
	p := start(t, shell(`trap '' TERM; echo ready 1; sleep 1000; sleep 1000`))
	number(t, p, "ready")
	exits := make([]Exit, 8)
	var all sync.WaitGroup
	for i := range exits {
		all.Go(func() { exits[i] = p.Stop(context.Background(), time.Duration(i*i)*20*time.Millisecond) })
	}
	all.Wait()
	for _, e := range append(exits, p.Stop(context.Background(), time.Hour)) {
		if e.String() != "signal:SIGKILL" || e.At != exits[0].At {
			t.Errorf("got %v %+v", e, e)
		}
	}
	if err := p.Signal(syscall.SIGTERM); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("signal after the end: %v", err)
	}
}

func TestAShorterStopShortensALongerOne(t *testing.T) {
	p := start(t, shell(`trap '' TERM; echo ready 1; sleep 1000; sleep 1000`))
	number(t, p, "ready")
	long := make(chan Exit)
	go func() { long <- p.Stop(context.Background(), time.Hour) }()
	p.Stop(context.Background(), 10*time.Millisecond)
	select {
	case <-long:
	case <-time.After(patience):
		t.Fatal("the longer Stop still waits")
	}
}

func TestStopRightAfterStart(t *testing.T) {
	for range 20 {
		p := start(t, shell("sleep 1000"))
		if e := p.Stop(context.Background(), patience); !e.Requested || e.String() != "signal:SIGTERM" {
			t.Fatalf("got %v %+v", e, e)
		}
	}
}

func TestStopWithACancelledContextKillsAtOnceAndWaits(t *testing.T) {
	p := start(t, shell(`trap '' TERM; echo ready 1; sleep 1000; sleep 1000`))
	number(t, p, "ready")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if e := p.Stop(ctx, time.Hour); e.String() != "signal:SIGKILL" || !e.Killed {
		t.Errorf("got %v %+v", e, e)
	}
	waitClosed(t, "done", p.Done())
}

func TestACancelDuringGraceEndsTheGrace(t *testing.T) {
	p := start(t, shell(`trap 'echo asked 1' TERM; echo ready 1; while :; do sleep 0.01; done`))
	number(t, p, "ready")
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan Exit)
	go func() { result <- p.Stop(ctx, time.Hour) }()
	number(t, p, "asked")
	cancel()
	if e := <-result; e.String() != "signal:SIGKILL" || !e.Killed || !e.Requested {
		t.Errorf("got %v %+v", e, e)
	}
}

func TestACrashBeforeStopIsNotRequested(t *testing.T) {
	p := start(t, shell("kill -ABRT $$"))
	waitClosed(t, "exited", p.Exited())
	if e := p.Stop(context.Background(), time.Second); e.Requested || e.String() != "signal:SIGABRT" {
		t.Errorf("got %v %+v", e, e)
	}
}

func TestSignalReachesTheCommandOnly(t *testing.T) {
	p := start(t, shell(`trap 'echo got 1; kill $!; exit 5' USR1
		sh -c 'trap "echo wrong 1" USR1; echo ready 1; while :; do sleep 0.01; done' & wait`))
	number(t, p, "ready")
	if err := p.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	if e := done(t, p); e.String() != "code:5" || e.Requested {
		t.Errorf("got %v", e)
	}
	for _, l := range p.Tail() {
		if strings.HasPrefix(l.Text, "wrong") {
			t.Error("the signal reached the group")
		}
	}
}

func TestStartWithACancelledContextStartsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Start(ctx, shell("sleep 1000")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestACancelDuringStartLeavesNothing(t *testing.T) {
	failed := 0
	for d := time.Duration(0); d < 20*time.Millisecond; d += time.Millisecond / 2 {
		ctx, cancel := context.WithTimeout(context.Background(), d)
		p, err := Start(ctx, shell("sleep 1000"))
		cancel()
		switch {
		case err == nil:
			p.Stop(context.Background(), 0)
		case errors.Is(err, context.DeadlineExceeded):
			failed++
		default:
			t.Fatal(err)
		}
		if left := Descendants(os.Getpid()); len(left) > 0 {
			t.Fatalf("left after a start with %v: %v", d, left)
		}
	}
	if failed == 0 {
		t.Error("no start was cancelled")
	}
}

func TestAGuardThatDoesNotAnswerMakesStopSayStuck(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for six seconds")
	}
	p := start(t, shell("sleep 1000"))
	guard := guardOf(t, p)
	if err := syscall.Kill(guard, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if e := p.Stop(context.Background(), 0); e.String() != "stuck" || !e.Killed {
		t.Errorf("got %v", e)
	}
	if _, known := p.Exit(); known {
		t.Error("Exit is known")
	}
	_ = syscall.Kill(guard, syscall.SIGCONT)
	if e := done(t, p); e.String() != "signal:SIGKILL" {
		t.Errorf("got %v", e)
	}
}
