package far

import (
	"sync"

	"ctxcliff/harness/internal/kernlog"
)

// inbox holds kernel lines between the reader of the link and the log that they go into, in order.
type inbox struct {
	mu    sync.Mutex
	lines []kernlog.Line
	more  chan struct{} // closed at the next line or the end; nil if nobody waits
	over  bool
	err   error

	adding sync.Mutex // held while lines go on to the log, so that they keep their order
}

// maxInbox is more than a kernlog.Log keeps.
const maxInbox = 8192

func (b *inbox) put(lines []kernlog.Line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return
	}
	b.lines = append(b.lines, lines...)
	if over := len(b.lines) - maxInbox; over > 0 {
		lost := 0
		for _, l := range b.lines[:over] {
			lost += 1 + l.Lost
		}
		b.lines = append([]kernlog.Line(nil), b.lines[over:]...)
		b.lines[0].Lost += lost
	}
	b.tell()
}

func (b *inbox) tell() {
	if b.more != nil {
		close(b.more)
		b.more = nil
	}
}

// close ends delivery, once; err is why, nil at our own wish.
func (b *inbox) close(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.over {
		b.over, b.err = true, err
		b.tell()
	}
}

// empty hands on what there is.
func (b *inbox) empty(add func(kernlog.Line)) {
	b.adding.Lock()
	defer b.adding.Unlock()
	b.mu.Lock()
	lines := b.lines
	b.lines = nil
	b.mu.Unlock()
	for _, l := range lines {
		add(l)
	}
}

// deliver hands on lines as they come, until the end.
func (b *inbox) deliver(add func(kernlog.Line)) error {
	for {
		b.mu.Lock()
		if b.more == nil {
			b.more = make(chan struct{})
		}
		more, waiting, over, err := b.more, len(b.lines) > 0, b.over, b.err
		b.mu.Unlock()
		switch {
		case waiting:
			b.empty(add)
		case over:
			return err
		default:
			<-more
		}
	}
}
