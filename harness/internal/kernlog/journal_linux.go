package kernlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// probeLimit bounds the question for the newest entry; an old, large journal on a
// slow disk takes a while.
const probeLimit = 10 * time.Second

// journal is "journalctl -k -f", a child process of ours.
type journal struct {
	command string
	cursor  string // the entry to start after

	mu      sync.Mutex
	stopped bool
	child   *os.Process // nil before it runs
}

// openJournal asks for the newest kernel entry. Each boot has some, so none means
// that this user may not see them, or that no journald collects them: journalctl
// itself then waits in silence.
func openJournal(ctx context.Context, command string) (*journal, error) {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, command, "-k", "-n", "1", "-o", "json", "--all", "--no-pager", "--output-fields="+journalFields)
	cmd.Stderr, cmd.Env = &stderr, journalEnv()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("not installed")
	case ctx.Err() != nil:
		return nil, fmt.Errorf("gave no answer within %s", probeLimit)
	case err != nil:
		return nil, fmt.Errorf("%w %s", err, firstLine(stderr.String()))
	}
	_, cursor, err := parseEntry(bytes.TrimSpace(out))
	if err != nil || cursor == "" {
		return nil, fmt.Errorf("shows this user no kernel line of this boot %s", firstLine(stderr.String()))
	}
	return &journal{command: command, cursor: cursor}, nil
}

func journalEnv() []string {
	return append(os.Environ(), "LC_ALL=C", "SYSTEMD_COLORS=0", "SYSTEMD_PAGER=")
}

// firstLine is the first line that is not empty, in brackets; "" none.
func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if s == "" {
		return ""
	}
	return "(" + printable(s) + ")"
}

func (j *journal) Name() string { return j.command + " -k" }

// CatchUp does nothing: what journald has not written yet cannot be asked for.
func (j *journal) CatchUp(func(Line)) {}

func (j *journal) Stop() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.stopped = true
	if j.child != nil {
		_ = j.child.Kill() // it has no children: --no-pager
	}
}

// Follow runs journalctl and reads what it prints.
func (j *journal) Follow(add func(Line)) error {
	// The kernel sends the parent death signal when the thread that forked ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.Command(j.command, "-k", "-f", "-o", "json", "--all", "--no-tail", "--no-pager",
		"--after-cursor="+j.cursor, "--output-fields="+journalFields)
	cmd.Env = journalEnv()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	stderr := &head{room: 4 << 10}
	cmd.Stderr, cmd.WaitDelay = stderr, time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := j.start(cmd); err != nil || cmd.Process == nil {
		return err
	}
	readEntries(out, add)
	err = wait(cmd)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.stopped {
		return nil
	}
	return fmt.Errorf("journalctl ended by itself: %v %s", err, firstLine(string(stderr.kept)))
}

// start starts the child unless Stop has been called.
func (j *journal) start(cmd *exec.Cmd) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.stopped {
		return nil
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	j.child = cmd.Process
	return nil
}

// wait reaps the child, which has closed its stdout and so is over or of no use.
// Its exit status is its own unless it lingers: then it is killed.
func wait(cmd *exec.Cmd) error {
	linger := time.AfterFunc(time.Second, func() { _ = cmd.Process.Kill() })
	defer linger.Stop()
	return cmd.Wait()
}

// head keeps the beginning of what is written to it.
type head struct {
	kept []byte
	room int
}

func (h *head) Write(p []byte) (int, error) {
	n := min(len(p), h.room)
	h.kept, h.room = append(h.kept, p[:n]...), h.room-n
	return len(p), nil
}
