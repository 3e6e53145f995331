package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v3"

	"ctxcliff/store"
)

// Exit codes are a contract: scripts and nightly jobs depend on them.
const (
	exitClean        = 0   // nothing unexpected
	exitFailures     = 1   // unexpected failures of the subject
	exitUsage        = 2   // flags, files or configuration that cannot be right
	exitTrouble      = 3   // the lab or ctxcliff itself stood in the way
	exitInconclusive = 4   // nothing was tested
	exitInterrupted  = 130 // Ctrl-C
	exitPipe         = 141 // nobody reads the result any more, as a shell says it of SIGPIPE
)

// coded is an error that knows its exit code. An empty message prints nothing: the report has said
// it all.
type coded struct {
	code int
	err  error
}

func (c *coded) Error() string { return c.err.Error() }
func (c *coded) Unwrap() error { return c.err }

var errSilent = errors.New("")

func usage(err error) error   { return &coded{exitUsage, err} }
func trouble(err error) error { return &coded{exitTrouble, err} }
func silent(code int) error {
	if code == exitClean {
		return nil
	}
	return &coded{code, errSilent}
}

// unopened is a database that could not be opened: a file that is none of ours is the caller's mistake, a disk
// that fails is not.
func unopened(err error) error {
	var e *store.Error
	if errors.As(err, &e) && slices.Contains([]store.Kind{store.NoFile, store.NoPlace, store.Foreign, store.Newer}, e.Kind) {
		return usage(err)
	}
	return trouble(err)
}

// printed is what became of a result on standard output. A reader who has gone away has seen enough.
func printed(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return silent(exitPipe)
	}
	return err
}

// codeOf is the exit code of an error.
func codeOf(err error) int {
	var c *coded
	var lib cli.ExitCoder
	switch {
	case err == nil:
		return exitClean
	case errors.As(err, &c):
		return c.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &lib): // the library's own: an unknown command
		return exitUsage
	}
	return exitTrouble
}

// exit prints the error, one line, and turns it into an exit code.
func (t *terminal) exit(err error) int {
	if err == nil {
		return exitClean
	}
	code := codeOf(err)
	// Of several errors joined the first is the cause; the others tell of the same trouble again.
	if text, _, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n"); text != "" && code != exitInterrupted {
		t.complain(text)
	}
	return code
}
