//go:build !linux

package kernlog

import (
	"context"
	"errors"
	"runtime"
)

// Open says that this system's kernel log cannot be read: only Linux's can.
func Open(context.Context) (*Log, error) {
	err := errors.New("ctxcliff reads it on Linux only")
	return nil, &Unreadable{Tried: []Tried{{"kernel log of " + runtime.GOOS, err}}}
}
