//go:build unix

package provision

import (
	"errors"
	"os"
	"syscall"
)

// killGroup kills a program started with ownGroup and everything it started in its group.
func killGroup(pid int) error { return syscall.Kill(-pid, syscall.SIGKILL) }

func isTextBusy(err error) bool { return errors.Is(err, syscall.ETXTBSY) }

// tryLock locks a file for this process, without waiting.
func tryLock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
		return errHeld
	}
	return err
}

// freeSpace is how many bytes an ordinary user may still write where dir lies.
func freeSpace(dir string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(uint64(s.Bavail) * uint64(s.Bsize)), nil
}
