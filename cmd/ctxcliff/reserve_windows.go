package main

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

var errHeld = errors.New("another process holds the lock")

// lockFile locks the file for this process, or says that another one has. What is locked is a byte far behind
// the text, which others may read.
func lockFile(f *os.File) error {
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{Offset: 1 << 30})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errHeld
	}
	return err
}
