package kernlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Source is where lines come from. A Log calls Follow once; CatchUp and Stop may
// be called at any time from other goroutines.
type Source interface {
	// Name is for reports: "/dev/kmsg", "journalctl -k".
	Name() string
	// Follow adds lines in their order as they come. It returns nil after Stop,
	// an error when no more lines can be read, and leaves nothing running.
	Follow(add func(Line)) error
	// CatchUp adds what has been written up to now and Follow has not seen, where
	// the source can tell; else it does nothing.
	CatchUp(add func(Line))
	// Stop makes Follow return, now or when it is called.
	Stop()
}

// Log remembers the lines of a Source from the moment that it was opened. Its
// methods may be called from several goroutines.
type Log struct {
	source Source
	ended  chan struct{} // closed when Follow has returned

	mu     sync.Mutex
	window window
	closed bool
	err    error
	news   chan struct{} // closed at the next line or the end; nil if nobody waits
}

// Follow starts to read a source, in one goroutine that Close waits for.
func Follow(s Source) *Log {
	l := &Log{source: s, ended: make(chan struct{})}
	go func() {
		defer close(l.ended)
		err := s.Follow(l.add)
		l.mu.Lock()
		defer l.mu.Unlock()
		if err == nil && !l.closed {
			err = errors.New("the log ended")
		}
		if err != nil {
			l.err = fmt.Errorf("stopped watching the kernel log: %s: %w", s.Name(), err)
		}
		l.tell()
	}()
	return l
}

func (l *Log) add(line Line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.window.add(line)
	l.tell()
}

// tell wakes those who wait; the caller holds the lock.
func (l *Log) tell() {
	if l.news != nil {
		close(l.news)
		l.news = nil
	}
}

// Name is where the lines come from: "/dev/kmsg", "journalctl -k", a file.
func (l *Log) Name() string { return l.source.Name() }

// Mark is the position after all lines that have come so far.
func (l *Log) Mark() Position {
	l.source.CatchUp(l.add)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.window.mark = l.window.next
	return Position{l.window.next}
}

// Since is the lines after a position of this Log, up to now. Where some are
// missing, the line after them says how many (Line.Lost).
func (l *Log) Since(p Position) []Line {
	l.source.CatchUp(l.add)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.window.since(p)
}

// Next is Since, with the position after what it gives.
func (l *Log) Next(p Position) ([]Line, Position) {
	l.source.CatchUp(l.add)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.window.since(p), Position{l.window.next}
}

// News is closed when a line comes after those that there are, or the log ends.
func (l *Log) News() <-chan struct{} {
	_, news := l.progress()
	return news
}

// Dropped counts the lines that were forgotten to bound memory.
func (l *Log) Dropped() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.window.dropped
}

// Err is nil as long as the log is being followed, and after Close; else it says
// why lines since then are missing.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Close stops following and waits until the reader, and what it started, have
// ended. What was read stays readable.
func (l *Log) Close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.source.Stop()
	<-l.ended
}

// Quiet says how long to wait for late lines.
type Quiet struct {
	Silence  time.Duration   // this long without a line of interest is quiet
	AtMost   time.Duration   // and this long is enough in any case; 0: no bound but the context
	Interest func(Line) bool // nil: every line that the kernel itself wrote
}

// ErrStillLogging is what WaitQuiet returns when the log did not become quiet in
// time.
var ErrStillLogging = errors.New("the kernel keeps logging")

// WaitQuiet waits for late lines: until no line of interest has come for a while,
// counted from now or from the last such line that comes. It returns nil then,
// ErrStillLogging when AtMost is over, the context's error, or what Err says when
// the log is not being followed any more: then nobody knows what came late.
func (l *Log) WaitQuiet(ctx context.Context, q Quiet) error {
	if q.Interest == nil {
		q.Interest = Line.FromKernel
	}
	var bound <-chan time.Time
	if q.AtMost > 0 {
		bound = time.After(q.AtMost)
	}
	seen := Position{}
	seen.before, _ = l.progress()
	silence := time.NewTimer(q.Silence)
	defer silence.Stop()
	for {
		at, news := l.progress()
		if slices.ContainsFunc(l.peek(seen), q.Interest) {
			silence.Reset(q.Silence)
		}
		seen.before = at
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-bound:
			return fmt.Errorf("%w after %s", ErrStillLogging, q.AtMost)
		case <-l.ended:
			if err := l.Err(); err != nil {
				return err
			}
			return errors.New("the kernel log is closed")
		case <-silence.C:
			l.source.CatchUp(l.add)
			if !slices.ContainsFunc(l.peek(seen), q.Interest) {
				return nil
			}
		case <-news:
		}
	}
}

// progress is the number of lines so far, and a channel that is closed when
// there are more.
func (l *Log) progress() (uint64, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.news == nil {
		l.news = make(chan struct{})
	}
	return l.window.next, l.news
}

// peek is Since without catching up.
func (l *Log) peek(p Position) []Line {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.window.since(p)
}
