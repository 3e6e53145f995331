package far

import (
	"sync"

	"ctxcliff/harness/internal/kernlog"
	"ctxcliff/harness/internal/process"
)

// Bounds of what waits to be told. A flood of lines that is faster than the link costs lines, the oldest
// first, never memory; how many is told.
const (
	maxWaiting = 4 << 20 // bytes of lines of each rpc-server
	batch      = 256 << 10
)

// outbox is what the helper has to tell. Whoever puts something in never waits. What is told of one
// rpc-server keeps its order; a reply comes after all that was there when it was put in.
type outbox struct {
	mu      sync.Mutex
	more    chan struct{} // holds a token while something waits
	streams []*stream
	kernel  []kernlog.Line
	replies []message
}

// stream is the lines of one rpc-server that wait.
type stream struct {
	name  string
	lines []line
	bytes int
	lost  int
}

func newOutbox() *outbox { return &outbox{more: make(chan struct{}, 1)} }

// wake is called with the lock held.
func (o *outbox) wake() {
	select {
	case o.more <- struct{}{}:
	default:
	}
}

// put adds a message; those are as few as there are requests and ends.
func (o *outbox) put(m message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.replies = append(o.replies, m)
	o.wake()
}

// hear adds a line of an rpc-server.
func (o *outbox) hear(name string, l process.Line) {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.stream(name)
	s.lines = append(s.lines, line{At: l.Time.UnixNano(), Stderr: l.Stream == process.Stderr, Text: []byte(l.Text), Cut: l.Cut})
	s.bytes += len(l.Text) + lineCost
	drop := 0
	for ; s.bytes > maxWaiting; drop++ {
		s.bytes -= len(s.lines[drop].Text) + lineCost
	}
	s.lines, s.lost = s.lines[drop:], s.lost+drop
	o.wake()
}

// lineCost is what a line takes beside its text.
const lineCost = 64

func (o *outbox) stream(name string) *stream {
	for _, s := range o.streams {
		if s.name == name {
			return s
		}
	}
	s := &stream{name: name}
	o.streams = append(o.streams, s)
	return s
}

// tellKernel adds lines of the kernel log, which are bounded there.
func (o *outbox) tellKernel(lines []kernlog.Line) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.kernel = append(o.kernel, lines...)
	o.wake()
}

// take empties the outbox: lines first.
func (o *outbox) take() (all []message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.streams {
		for len(s.lines) > 0 || s.lost > 0 {
			n, size := 0, 0
			for n < len(s.lines) && size < batch {
				size += len(s.lines[n].Text) + lineCost
				n++
			}
			all = append(all, message{Is: isLines, Name: s.name, Lines: s.lines[:n:n], Lost: s.lost})
			s.lines, s.bytes, s.lost = s.lines[n:], s.bytes-size, 0
		}
		s.lines = nil
	}
	if len(o.kernel) > 0 {
		all = append(all, message{Is: isKernel, Kernel: o.kernel})
		o.kernel = nil
	}
	all = append(all, o.replies...)
	o.replies = nil
	return all
}
