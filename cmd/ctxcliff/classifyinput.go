package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"ctxcliff/harness/faults"
)

// logs reads logs of any size and keeps little of them.
type logs struct {
	ctx   context.Context
	t     *terminal
	stdin io.Reader
	read  int  // how many were opened
	large bool // the log of unknown kind was too large to be kept
}

// How much of a log of unknown kind, or of answers, is kept whole, and how much of kernel lines is
// looked at in one piece.
const (
	atOnce = 8 << 20
	piece  = 2 << 20
)

// open opens a file, or standard input for "-", and unpacks it if its first bytes say that it is
// compressed.
func (in *logs) open(name string) (io.ReadCloser, error) {
	in.read++
	var raw io.ReadCloser
	if name == "-" {
		raw = interruptible(in.ctx, in.stdin)
	} else {
		f, err := openInput(in.ctx, name)
		if err != nil {
			return nil, fmt.Errorf("read a log: %w", err)
		}
		raw = f
	}
	r := bufio.NewReaderSize(raw, 64<<10)
	if head, _ := r.Peek(2); !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return &reading{asUTF8(r), raw, in.ctx}, nil
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		raw.Close()
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	return &reading{asUTF8(bufio.NewReaderSize(z, 64<<10)), raw, in.ctx}, nil
}

// reading ends early when the context does.
type reading struct {
	io.Reader
	io.Closer
	ctx context.Context
}

func (r *reading) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(b)
}

// interruptible reads what may block for ever, such as a terminal, until the context ends. Nothing can
// wake the goroutine that is blocked then: the process's end takes it along.
func interruptible(ctx context.Context, r io.Reader) io.ReadCloser {
	out, in := io.Pipe()
	stop := context.AfterFunc(ctx, func() { in.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.Copy(in, r)
		in.CloseWithError(err) // nil is the end of the log
		stop()
	}()
	return out
}

// into copies a log to w. A log that was cut while it was written, as by the crash that it tells of, is
// read as far as it goes.
func (in *logs) into(w io.Writer, name string) error {
	r, err := in.open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	// Without their other methods, so that nothing is read but in pieces, and written but by Write: a buffer's ReadFrom
	// takes all that there is.
	_, err = io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{r}, make([]byte, 64<<10))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		in.t.say("%s is damaged (%v): judged by what comes before", name, err)
		return nil
	case err != nil:
		return fmt.Errorf("read a log: %w", err)
	}
	return nil
}

// scan reads the log of a process.
func (in *logs) scan(name string, kind faults.Stream) (*faults.Scanner, error) {
	s := faults.NewScanner(kind)
	return s, in.into(s, name)
}

// anything reads a log of unknown kind. One that is too large to be kept is read as if a program of
// ours had written it; see whole.
func (in *logs) anything(name string, e *faults.Evidence) error {
	text := &bounded{limit: atOnce}
	var s *faults.Scanner
	err := in.into(writer(func(b []byte) (int, error) {
		switch {
		case s != nil:
		case text.Len()+len(b) <= atOnce:
			return text.Write(b)
		default:
			s = faults.NewScanner(faults.ServerLog | faults.PeerLog | faults.KernelLines)
			s.Write(text.Bytes())
			text.Reset()
		}
		return s.Write(b)
	}), name)
	if err != nil {
		return err
	}
	if in.large = s != nil; in.large {
		e.Processes[0].Scanner = s
	} else if whole := strings.TrimSuffix(text.String(), "\n"); whole != "" {
		e.Text = []string{whole}
	}
	return nil
}

// whole classifies the evidence. What a large log of unknown kind came to is judged a second time, by
// the lines that it came to: only then is a kernel's line not taken for a program's, and the signature
// that of the same lines in a small log.
func (in *logs) whole(e faults.Evidence) faults.Fault {
	f := faults.Classify(e)
	if !in.large {
		return f
	}
	e.Processes = slices.Clone(e.Processes)
	e.Processes[0].Scanner = nil
	e.Text = slices.Concat(f.Excerpt, f.Consequences)
	if small := faults.Classify(e); small.Class == f.Class && small.Rule == f.Rule {
		return small
	}
	return f // what only the rest of the log could tell made the difference
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }
