//go:build unix

package main

import (
	"errors"
	"os"
	"syscall"
)

var errHeld = errors.New("another process holds the lock")

// lockFile locks the file for this process, or says that another one has.
func lockFile(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errHeld
	}
	return err
}
