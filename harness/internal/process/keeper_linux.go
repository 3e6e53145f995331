package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// pipeSize spares the command a wait when we read late; the default is 64 KiB.
	pipeSize = 1 << 20
	// guardLeave is how long a guard whose lifeline has ended may take to end.
	guardLeave = sweepLimit + 2*time.Second
	// maxNoise bounds what is kept of a crashing guard's traceback.
	maxNoise = 4 << 10
)

// guardKeeper is ctxcliff's side of a guard.
type guardKeeper struct {
	cmd      *exec.Cmd
	lifeline *os.File // write end
	status   *os.File // read end
	messages *bufio.Reader
	noise    []byte // of the one goroutine that calls next

	mu sync.Mutex // one writer on the lifeline at a time
}

// outputPipe makes a pipe whose write end blocks, as a program expects of its
// stdout, and whose read end can be closed while it is being read.
func outputPipe() (r, w *os.File, err error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, os.NewSyscallError("pipe2", err)
	}
	_, _ = unix.FcntlInt(uintptr(fds[1]), unix.F_SETPIPE_SZ, pipeSize)
	_ = unix.SetNonblock(fds[0], true)
	return os.NewFile(uintptr(fds[0]), "output"), os.NewFile(uintptr(fds[1]), "output"), nil
}

// startKeeper starts a guard and, through it, the command.
func startKeeper(ctx context.Context, r resolved, theirs [2]*os.File) (keeper, message, error) {
	k, err := spawnGuard(r.Name, theirs)
	if err != nil {
		return nil, message{}, fmt.Errorf("cannot start %s: start its guard: %w", r.Name, err)
	}
	release := context.AfterFunc(ctx, k.hangUp)
	m, err := k.begin(r)
	if !release() {
		err = ctx.Err()
	}
	if err == nil && m.Is == isStarted {
		return k, m, nil
	}
	said := k.close()
	switch {
	case ctx.Err() != nil:
		return nil, m, fmt.Errorf("cannot start %s: %w", r.Name, ctx.Err())
	case m.Is == isStartFail && m.Errno != 0:
		return nil, m, startError(r, syscall.Errno(m.Errno))
	case m.Is == isStartFail:
		return nil, m, &StartError{Name: r.Name, Path: r.path, Reason: m.Text}
	}
	return nil, m, fmt.Errorf("cannot start %s: its guard ended early (%v) %s", r.Name, err, said)
}

// spawnGuard runs this program again, as a guard that waits for its first command.
func spawnGuard(name string, theirs [2]*os.File) (*guardKeeper, error) {
	lifeR, lifeW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer lifeR.Close()
	statusR, statusW, err := os.Pipe()
	if err != nil {
		lifeW.Close()
		return nil, err
	}
	defer statusW.Close()
	cmd := &exec.Cmd{
		// The running program, even if its file has been replaced meanwhile.
		Path: "/proc/self/exe",
		Args: []string{"ctxcliff-guard", guardArg, name},
		// Nothing of our environment: whoever may read the guard's learns nothing. GORACE
		// matters under the race detector only, which else holds up every exit for a second.
		Env:         []string{guardEnv + "=1", "GOMAXPROCS=2", "GORACE=atexit_sleep_ms=0"},
		ExtraFiles:  []*os.File{lifeR, statusW, theirs[0], theirs[1]},
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if err := cmd.Start(); err != nil {
		lifeW.Close()
		statusR.Close()
		return nil, err
	}
	return &guardKeeper{cmd: cmd, lifeline: lifeW, status: statusR, messages: bufio.NewReader(statusR)}, nil
}

// begin has the guard start the command and waits for its answer.
func (k *guardKeeper) begin(r resolved) (message, error) {
	l := &launch{
		Version: protocolVersion, Path: []byte(r.path), Dir: []byte(r.Dir),
		Argv: toBytes(r.Argv), Inner: r.Launcher, Env: toBytes(r.Env),
	}
	if err := k.send(command{Do: doStart, Start: l}); err != nil {
		return message{}, err
	}
	return k.next()
}

func toBytes(ss []string) [][]byte {
	b := make([][]byte, len(ss))
	for i, s := range ss {
		b[i] = []byte(s)
	}
	return b
}

func (k *guardKeeper) send(c command) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return writeLine(k.lifeline, c)
}

func (k *guardKeeper) next() (message, error) {
	return readMessage(k.messages, func(line []byte) {
		if room := maxNoise - len(k.noise); room > 0 {
			k.noise = append(append(k.noise, line[:min(room, len(line))]...), '\n')
		}
	})
}

// hangUp ends the lifeline, which makes the guard kill what there is, and
// bounds how long next will wait for it.
func (k *guardKeeper) hangUp() {
	_ = k.lifeline.Close()
	_ = k.status.SetReadDeadline(time.Now().Add(guardLeave))
}

// close ends the guard and reaps it. A guard that does not go by itself (somebody
// may have stopped it) is killed, and the command dies with it.
func (k *guardKeeper) close() string {
	k.hangUp()
	for {
		_, err := k.next()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			_ = k.cmd.Process.Kill()
		}
		if err != nil {
			break
		}
	}
	_ = k.cmd.Wait()
	_ = k.status.Close()
	return string(k.noise)
}
