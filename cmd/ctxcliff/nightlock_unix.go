//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// lockNight takes the file that only one night can hold. The kernel gives it back when its holder dies, so that
// there is never anything to clean up.
func lockNight(path string) (release func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make a place for the lock of nights: %w; give another with --lock", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock the night: %w; give another file with --lock", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		held, _ := os.ReadFile(path)
		f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock the night by %s: %w; give another file with --lock", path, err)
		}
		return nil, fmt.Errorf("another night is under way (%s); wait for its end, or give a --lock of their own to nights that do not share a machine's GPUs", strings.TrimSpace(string(held)))
	}
	_ = f.Truncate(0) // what it says is for people, and matters to nobody else
	_, _ = fmt.Fprintf(f, "process %d since %s\n", os.Getpid(), time.Now().Format("2006-01-02 15:04:05"))
	return func() { f.Close() }, nil
}
