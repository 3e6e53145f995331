package process

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"
)

// StartError says, as one sentence, why a program could not be started.
type StartError struct {
	Name   string // Spec.Name
	Path   string // the program; empty when none was named
	Reason string // what is wrong, and what to do where something can be done
	Err    error  // the system's error (errors.Is sees through); may be nil
}

// Error is "cannot start server: /opt/x is a directory, not a program".
func (e *StartError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("cannot start %s: %s", e.Name, e.Reason)
	}
	return fmt.Sprintf("cannot start %s: %s: %s", e.Name, e.Path, e.Reason)
}

// Unwrap gives the system's error.
func (e *StartError) Unwrap() error { return e.Err }

// startError explains the error that starting r gave. The kernel says ENOENT
// for a missing program, a missing interpreter, a missing loader and a missing
// directory alike, so the file is looked at to tell them apart.
func startError(r resolved, err error) *StartError {
	return &StartError{Name: r.Name, Path: r.path, Reason: startReason(r.path, r.Dir, err), Err: err}
}

func startReason(path, dir string, err error) string {
	if dir != "" {
		if info, derr := os.Stat(dir); derr != nil {
			return fmt.Sprintf("its working directory %s cannot be used: %v", dir, errors.Unwrap(derr))
		} else if !info.IsDir() {
			return fmt.Sprintf("its working directory %s is not a directory", dir)
		}
	}
	info, serr := os.Stat(path)
	switch {
	case errors.Is(serr, os.ErrNotExist):
		return "no such file"
	case serr != nil:
		return errors.Unwrap(serr).Error()
	case info.IsDir():
		return "it is a directory, not a program"
	case !info.Mode().IsRegular():
		return "it is not a regular file"
	case runtime.GOOS != "windows" && info.Mode()&0o111 == 0:
		return "it is not executable; chmod +x it if it is the right file"
	}
	switch {
	case errors.Is(err, syscall.ENOENT):
		return missingLoader(path)
	case errors.Is(err, syscall.EACCES):
		return "permission denied; it may belong to another user, or lie on a file system mounted noexec"
	case errors.Is(err, syscall.ENOEXEC):
		return notAProgram(path)
	case errors.Is(err, syscall.ETXTBSY):
		return "it is being written right now; wait until the build or copy has finished"
	case errors.Is(err, syscall.E2BIG):
		return "its arguments and environment together are longer than the kernel accepts"
	}
	return err.Error()
}

func missingLoader(path string) string {
	head := fileHead(path)
	if rest, ok := bytes.CutPrefix(head, []byte("#!")); ok {
		line, _, _ := bytes.Cut(rest, []byte("\n"))
		if words := strings.Fields(string(line)); len(words) > 0 {
			return fmt.Sprintf("its first line asks for %q, which does not exist", words[0])
		}
		return "its first line asks for an interpreter and names none"
	}
	return "the file is there, but the program loader it needs is not; it was probably built for another distribution"
}

func notAProgram(path string) string {
	head := fileHead(path)
	switch {
	case len(head) == 0:
		return "the file is empty, or cannot be read"
	case bytes.HasPrefix(head, []byte("\x7fELF")):
		return "it is a program for another kind of machine than this " + runtime.GOARCH
	case bytes.IndexByte(head, 0) < 0:
		return "it is a text file without a #! line; a script must begin with one, such as #!/bin/sh"
	}
	return "it is not a program for this system"
}

// fileHead is the first 256 bytes of a file, fewer when it is shorter or cannot
// be read.
func fileHead(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	head := make([]byte, 256)
	n, _ := io.ReadFull(f, head)
	return head[:n]
}
