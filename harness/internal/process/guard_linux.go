package process

import (
	"bufio"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// File descriptors of a guard. The command gets the last two as 1 and 2.
const (
	fdLifeline = 3 + iota
	fdStatus
	fdOut
	fdErr
)

func startedAsGuard() bool {
	return os.Getenv(guardEnv) == "1" && len(os.Args) > 1 && os.Args[1] == guardArg
}

// guard is the state of a guard process; its loop owns it.
type guard struct {
	status *os.File

	main     procID   // the command; valid to signal while !mainGone
	group    int      // its process group; 0: it was adopted, and may be in any
	inner    []string // the program with its arguments that main, a launcher, is to run; nil: main is no launcher
	mainGone bool
	empty    bool // no children, hence no descendants

	stopping bool
	deadline time.Time // of stopping
	killing  time.Time // since when; zero: not yet
	forced   bool      // SIGKILL has been sent to the command
	orphaned bool      // the lifeline has ended

	struck  map[procID]bool // sent SIGKILL
	removed int             // of those, how many after the command had ended
	names   []string
}

// runGuard is the life of a guard; it ends the process.
func runGuard() {
	// The parent death signal follows the thread that forked, not the process
	// (golang issue 27505). This thread forks, and lasts as long as the process.
	runtime.LockOSThread()
	status := os.NewFile(fdStatus, "status")
	lifeline := os.NewFile(fdLifeline, "lifeline")
	prepareGuard(status)

	in := bufio.NewReader(lifeline)
	first, err := readCommand(in)
	if err != nil || first.Do != doStart || first.Start == nil {
		os.Exit(0) // ctxcliff went before it said what to start
	}
	child := make(chan os.Signal, 1)
	signal.Notify(child, syscall.SIGCHLD)
	g := &guard{status: status, struck: map[procID]bool{}}
	if !g.start(first.Start) {
		os.Exit(0)
	}
	g.loop(readCommands(in), child)
	os.Exit(0)
}

// prepareGuard puts the process into the state in which it may fork.
func prepareGuard(status *os.File) {
	// Everything from 3 on stays ours: a server must inherit neither a lifeline nor
	// whatever the shell left open. Kernels before 5.11 get the four that we know.
	if unix.CloseRange(3, 1<<31-1, unix.CLOSE_RANGE_CLOEXEC) != nil {
		for fd := fdLifeline; fd <= fdErr; fd++ {
			syscall.CloseOnExec(fd)
		}
	}
	_ = debug.SetCrashOutput(status, debug.CrashOptions{})
	_ = os.WriteFile("/proc/self/comm", []byte("ctxcliff-guard"), 0)
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	// Caught, not ignored: an ignored signal stays ignored in the command, and
	// shell wrappers could then not be stopped.
	deaf := make(chan os.Signal, 1)
	signal.Notify(deaf, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU)
}

// readCommands reads the lifeline until it ends or makes no sense, then closes
// the channel. Its goroutine ends with the process.
func readCommands(in *bufio.Reader) <-chan command {
	commands := make(chan command)
	go func() {
		defer close(commands)
		for {
			c, err := readCommand(in)
			if err != nil {
				return
			}
			commands <- c
		}
	}()
	return commands
}

// start forks the command and reports; false when it could not be started.
func (g *guard) start(l *launch) bool {
	if l.Version != protocolVersion {
		_ = writeLine(g.status, message{Is: isStartFail, Errno: int(syscall.EPROTO), Text: "the guard is of another version of ctxcliff"})
		return false
	}
	pid, err := syscall.ForkExec(string(l.Path), toStrings(l.Argv), &syscall.ProcAttr{
		Dir: string(l.Dir), Env: toStrings(l.Env),
		Files: []uintptr{0, fdOut, fdErr},
		Sys:   &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	})
	// From here on only the command may hold the pipes, or their end would never come.
	_ = syscall.Close(fdOut)
	_ = syscall.Close(fdErr)
	if err != nil {
		errno, _ := err.(syscall.Errno)
		_ = writeLine(g.status, message{Is: isStartFail, Errno: int(errno), Text: err.Error()})
		return false
	}
	// Not reaped yet, so /proc has it, even if it has ended already.
	ticks, _ := StartTimeOf(pid)
	g.main, g.group = procID{pid, ticks}, pid
	if l.Inner > 0 {
		g.inner = toStrings(l.Argv[l.Inner:])
	}
	_ = writeLine(g.status, message{Is: isStarted, PID: pid, Start: ticks})
	return true
}

func toStrings(bs [][]byte) []string {
	s := make([]string, len(bs))
	for i, b := range bs {
		s[i] = string(b)
	}
	return s
}

// loop runs until nothing is left below the guard, or nothing more can be done.
func (g *guard) loop(commands <-chan command, child <-chan os.Signal) {
	timer := time.NewTimer(time.Hour)
	for {
		g.reap()
		if g.empty {
			g.reportSwept(nil)
			return
		}
		wait, left := g.act(time.Now())
		if left != nil {
			g.reportSwept(left)
			return
		}
		timer.Reset(wait)
		select {
		case <-child:
		case <-timer.C:
		case c, ok := <-commands:
			g.reap() // so that an end before a request is not taken for its effect
			if !ok {
				commands, g.orphaned = nil, true
				c.Do = doKill
			}
			g.obey(c, time.Now())
		}
	}
}

// obey carries out one command.
func (g *guard) obey(c command, now time.Time) {
	switch c.Do {
	case doSignal:
		if sig := signalNumber(c.Signal); sig != 0 && !g.mainGone {
			_ = syscall.Kill(g.main.pid, sig)
		}
	case doStop:
		deadline := now.Add(time.Duration(c.GraceMS) * time.Millisecond)
		if g.stopping || !g.killing.IsZero() {
			if deadline.Before(g.deadline) {
				g.deadline = deadline
			}
			return
		}
		g.stopping, g.deadline = true, deadline
		if !g.mainGone {
			g.signalGroup(syscall.SIGTERM)
		}
		g.askEscaped()
	default:
		g.startKilling(now)
	}
}

func (g *guard) startKilling(now time.Time) {
	if g.killing.IsZero() {
		g.killing = now
	}
}

// reap takes in every child that has ended, and reports the command's end.
func (g *guard) reap() {
	for {
		var status syscall.WaitStatus
		var used syscall.Rusage
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG|syscall.WALL, &used)
		switch {
		case err == syscall.EINTR:
		case err == syscall.ECHILD:
			g.empty = true
			return
		case err != nil || pid == 0:
			return
		case pid == g.main.pid && !g.mainGone && g.adopt(status):
		case pid == g.main.pid && !g.mainGone:
			g.mainGone = true
			g.reportExit(status, used)
		}
	}
}

func (g *guard) reportExit(status syscall.WaitStatus, used syscall.Rusage) {
	m := message{
		Is: isExit, Asked: g.stopping || !g.killing.IsZero(), Forced: g.forced,
		At: time.Now().UnixNano(), MaxRSS: used.Maxrss << 10,
	}
	if status.Signaled() {
		m.Signal, m.Core = signalName(status.Signal()), status.CoreDump()
	} else {
		m.Code = status.ExitStatus()
	}
	_ = writeLine(g.status, m)
}

func (g *guard) reportSwept(left []int) {
	_ = writeLine(g.status, message{Is: isSwept, Killed: g.removed, Names: g.names, Left: left})
}
