package main

import (
	"context"
	"fmt"
	"io"
	"os"
)

// smallFile is more than any list has that people write, in bytes.
const smallFile = 8 << 20

// readSmall reads a file that people write: lists, a lab, a key. Whoever names a model or a disk by mistake is told so
// at once. The error is that of the system, or says that the file is too large.
func readSmall(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, smallFile+1))
	if err == nil && len(text) > smallFile {
		return nil, fmt.Errorf("%s has more than %d MiB; name a text file", name, smallFile>>20)
	}
	return text, err
}

// openInput opens a file. A pipe that nobody writes to blocks whoever opens it: the end of the context is the end of
// that, too.
func openInput(ctx context.Context, name string) (*os.File, error) {
	type opened struct {
		f   *os.File
		err error
	}
	done := make(chan opened, 1)
	go func() {
		f, err := os.Open(name)
		done <- opened{f, err}
	}()
	select {
	case o := <-done:
		return o.f, o.err
	case <-ctx.Done(): // nothing wakes the goroutine: the process's end takes it along
		return nil, ctx.Err()
	}
}
