//go:build unix

package provision

import (
	"errors"
	"syscall"
)

// killGroup kills a program started with ownGroup and everything it started in its group.
func killGroup(pid int) error { return syscall.Kill(-pid, syscall.SIGKILL) }

func isTextBusy(err error) bool { return errors.Is(err, syscall.ETXTBSY) }
