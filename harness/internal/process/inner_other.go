//go:build !linux

package process

import (
	"errors"
	"syscall"
)

const (
	term = syscall.SIGTERM
	kill = syscall.SIGKILL
)

type innerWatch struct{}

func (innerWatch) signal(syscall.Signal) error { return errors.ErrUnsupported }

// Follow says that it cannot: only on Linux is a process behind a launcher told from the launcher.
func Follow(int) (*Inner, error) { return nil, errors.ErrUnsupported }

// Close does nothing.
func (i *Inner) Close() {}

// HasChildren is false: nobody looks.
func HasChildren(int) bool { return false }

// Runs is false: command lines of others are not looked at here.
func Runs(int, []string) bool { return false }
