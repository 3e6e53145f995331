package provision

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// command is a program and its arguments, never a shell string.
type command struct {
	name  string
	args  []string
	dir   string    // "" is the current folder
	stdin io.Reader // nil is empty input
	out   io.Writer // nil collects standard output in output.stdout
}

// output is how a program ended.
type output struct {
	stdout, stderr string // at most maxOutput bytes each
	code           int    // exit status, -1 when it died by a signal
}

// text is everything the program printed.
func (o output) text() string { return o.stdout + o.stderr }

// runner runs a program to its end. A program that ran and failed is no error: its status is in the
// output. The error says that it could not be run or was stopped because ctx ended.
type runner func(ctx context.Context, c command) (output, error)

// maxOutput bounds what is kept of a program's output: the wrong program may print forever.
const maxOutput = 8 << 20

// run is the one place of this package that starts processes. The program gets a process group of
// its own; when ctx ends, the whole group is killed. It speaks plain English (LC_ALL=C), because its
// words are parsed, and does not survive us.
func run(ctx context.Context, c command) (output, error) {
	runtime.LockOSThread() // the kernel ties the parent-death signal to the thread that forked
	defer runtime.UnlockOSThread()
	var stdout, stderr bounded
	build := func() *exec.Cmd {
		cmd := exec.CommandContext(ctx, c.name, c.args...)
		cmd.Dir = c.dir
		cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
		cmd.Stdin = c.stdin
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if c.out != nil {
			cmd.Stdout = c.out
		}
		cmd.SysProcAttr = ownGroup()
		cmd.Cancel = func() error { return killGroup(cmd.Process.Pid) }
		cmd.WaitDelay = 2 * time.Second
		return cmd
	}
	cmd, err := start(build)
	if err == nil {
		err = cmd.Wait()
	}
	if errors.Is(err, exec.ErrWaitDelay) { // it left a child behind that holds the pipes
		_ = killGroup(cmd.Process.Pid)
		err = nil
	}
	o := output{stdout: stdout.String(), stderr: stderr.String()}
	if ctx.Err() != nil {
		return o, context.Cause(ctx)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		o.code, err = exit.ExitCode(), nil
	}
	return o, err
}

// start starts a program, trying again while its file is busy: another goroutine that forks at the
// wrong moment holds a freshly written launcher open for a few milliseconds (Go issue 22315).
func start(build func() *exec.Cmd) (*exec.Cmd, error) {
	for try := 0; ; try++ {
		cmd := build()
		err := cmd.Start()
		if !isTextBusy(err) || try == 50 {
			return cmd, err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// bounded keeps the first maxOutput bytes and swallows the rest.
type bounded struct{ kept bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if room := maxOutput - b.kept.Len(); room > 0 {
		b.kept.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (b *bounded) String() string { return b.kept.String() }
