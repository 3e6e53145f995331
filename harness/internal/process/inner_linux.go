package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	term = syscall.SIGTERM
	kill = syscall.SIGKILL
)

// innerWatch is a pidfd, which names one process and no other that gets its number.
type innerWatch struct{ fd *os.File }

func (w innerWatch) signal(s syscall.Signal) error {
	raw, err := w.fd.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = raw.Control(func(fd uintptr) { sent = unix.PidfdSendSignal(int(fd), s, nil, 0) })
	if err != nil {
		return err
	}
	return sent
}

// Follow watches a process until it ends or Close is called. The caller owes one Close.
func Follow(pid int) (*Inner, error) {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("follow process %d: %w", pid, err)
	}
	start, err := StartTimeOf(pid) // of the process that the descriptor names, or it has ended
	i := &Inner{procID: procID{pid, start}, watch: innerWatch{os.NewFile(uintptr(fd), "process")}, ended: make(chan struct{})}
	if err != nil {
		i.watch.fd.Close()
		return nil, err
	}
	go i.follow()
	return i, nil
}

// follow waits for the end, and finds out how it was.
func (i *Inner) follow() {
	defer close(i.ended)
	raw, err := i.watch.fd.SyscallConn()
	if err != nil {
		return
	}
	over := false
	_ = raw.Read(func(fd uintptr) bool {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		over = err == nil && n > 0
		return over
	})
	if over {
		i.exit.At = time.Now()
		i.learn(raw)
	}
}

// reaping bounds how long a dead process is looked at for its status.
const reaping = 200 * time.Millisecond

// learn reads the wait status: from the zombie, or, once its parent has taken it in, from the
// descriptor.
func (i *Inner) learn(raw syscall.RawConn) {
	for end := time.Now().Add(reaping); !i.told && time.Now().Before(end); time.Sleep(time.Millisecond) {
		status, ok := i.zombieStatus()
		if !ok {
			_ = raw.Control(func(fd uintptr) {
				info := unix.PidfdInfo{Mask: unix.PIDFD_INFO_EXIT}
				if unix.IoctlPidfdInfo(int(fd), &info) == nil && info.Mask&unix.PIDFD_INFO_EXIT != 0 {
					status, ok = syscall.WaitStatus(info.Exit_code), true
				}
			})
		}
		if ok {
			i.told = true
			i.exit.Code = status.ExitStatus()
			if status.Signaled() {
				i.exit.Code, i.exit.Signal, i.exit.Core = -1, signalName(status.Signal()), status.CoreDump()
			}
		}
	}
}

// zombieStatus is field 52 of /proc/PID/stat, the last one.
func (i *Inner) zombieStatus() (syscall.WaitStatus, bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(i.pid) + "/stat")
	if err != nil {
		return 0, false
	}
	p, err := parseStat(b)
	fields := strings.Fields(string(b))
	if err != nil || p.start != i.start || p.state != 'Z' || len(fields) == 0 {
		return 0, false
	}
	code, err := strconv.Atoi(fields[len(fields)-1])
	return syscall.WaitStatus(code), err == nil
}

// Close stops watching, and waits for who watches. The process is left as it is.
func (i *Inner) Close() {
	_ = i.watch.fd.Close()
	<-i.ended
}

// HasChildren reports whether the first thread of a process, which is all that a shell has, has started
// processes that live on or were not reaped.
func HasChildren(pid int) bool {
	n := strconv.Itoa(pid)
	children, err := os.ReadFile("/proc/" + n + "/task/" + n + "/children")
	return err != nil || len(children) > 0 // a kernel without CONFIG_PROC_CHILDREN does not say
}

// Runs reports whether the command line of a process ends with these arguments.
func Runs(pid int, args []string) bool {
	return len(args) > 0 && runs(pid, append([]string{""}, args...))
}
