//go:build !linux

package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// On this system there is no guard; see "Other systems" in the package comment.

func startedAsGuard() bool { return false }

func runGuard() {}

func outputPipe() (r, w *os.File, err error) { return os.Pipe() }

// localKeeper is the command as our own child.
type localKeeper struct {
	cmd      *exec.Cmd
	commands chan command
	messages chan message
	ended    chan struct{}
}

func startKeeper(_ context.Context, r resolved, theirs [2]*os.File) (keeper, message, error) {
	cmd := &exec.Cmd{
		Path: r.path, Args: r.Argv, Env: r.Env, Dir: r.Dir,
		Stdout: theirs[0], Stderr: theirs[1], SysProcAttr: ownGroup(),
	}
	if err := cmd.Start(); err != nil {
		return nil, message{}, startError(r, err)
	}
	k := &localKeeper{
		cmd: cmd, commands: make(chan command),
		messages: make(chan message, 2), ended: make(chan struct{}),
	}
	go k.run()
	return k, message{Is: isStarted, PID: cmd.Process.Pid}, nil
}

// run owns the child until it has been waited for.
func (k *localKeeper) run() {
	defer close(k.messages)
	waited := make(chan error, 1)
	go func() { waited <- k.cmd.Wait() }()
	asked, forced := false, false
	var deadline <-chan time.Time
	kill := func() {
		asked, forced = true, true
		killGroup(k.cmd.Process)
	}
	for {
		select {
		case <-waited:
			close(k.ended)
			k.messages <- exitMessage(k.cmd.ProcessState, asked, forced)
			k.messages <- message{Is: isSwept}
			return
		case <-deadline:
			kill()
		case c := <-k.commands:
			switch c.Do {
			case doSignal:
				_ = k.cmd.Process.Signal(signalNumber(c.Signal))
			case doStop:
				if !asked {
					asked = true
					askGroup(k.cmd.Process)
					deadline = time.After(time.Duration(c.GraceMS) * time.Millisecond)
				}
			default:
				kill()
			}
		}
	}
}

func exitMessage(s *os.ProcessState, asked, forced bool) message {
	m := message{Is: isExit, Asked: asked, Forced: forced, At: time.Now().UnixNano(), Code: s.ExitCode()}
	if w, ok := s.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		m.Signal, m.Core = signalName(w.Signal()), w.CoreDump()
	}
	return m
}

func (k *localKeeper) send(c command) error {
	select {
	case k.commands <- c:
		return nil
	case <-k.ended:
		return os.ErrProcessDone
	}
}

func (k *localKeeper) next() (message, error) {
	if m, ok := <-k.messages; ok {
		return m, nil
	}
	return message{}, io.EOF
}

func (k *localKeeper) close() string {
	_ = k.send(command{Do: doKill})
	for range k.messages {
	}
	return ""
}

// errUnknownHere is what cannot be known on this system.
var errUnknownHere = errors.New("not available on this operating system")

// StartTimeOf cannot be known here; it always returns an error.
func StartTimeOf(pid int) (uint64, error) {
	return 0, fmt.Errorf("read start time of process %d: %w", pid, errUnknownHere)
}

// Alive is always false here, because nothing tells a process from a later
// one with the same number.
func Alive(int, uint64) bool { return false }

// HostPID knows the number only.
func HostPID(pid int) (number int, name string) { return pid, "" }

// Images cannot be known here.
func Images(int) []string { return nil }

// Dumping cannot be known here.
func Dumping(int) bool { return false }

// BootID cannot be known here; it always returns an error.
func BootID() (string, error) { return "", fmt.Errorf("read boot id: %w", errUnknownHere) }

// Descendants is always empty here.
func Descendants(int) []int { return nil }

// ListenerPID cannot be known here; it always returns an error.
func ListenerPID(port int) (pid int, name string, err error) {
	return 0, "", fmt.Errorf("find who listens on port %d: %w", port, errUnknownHere)
}

// Strays is always empty here.
func Strays() []Stray { return nil }

// RemoveStray always returns an error here.
func RemoveStray(Stray) error { return fmt.Errorf("remove stray process: %w", errUnknownHere) }

func pidNamespace() string { return "0" }

func sweepOwned(string) int { return 0 }
