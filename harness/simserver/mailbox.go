package simserver

import (
	"context"
	"errors"
	"sync"
	"time"
)

// mailbox is an unbounded queue from the engine to one request's handler: the engine never waits
// for a client.
type mailbox struct {
	office *office
	wake   chan struct{}
	dead   chan struct{} // the server died in-process

	mu      sync.Mutex
	events  []event
	reading bool // the handler has an event that it has not dealt with
	closed  bool
}

var errDead = errors.New("the simulated server is dead")

func newMailbox(o *office, dead chan struct{}) *mailbox {
	return &mailbox{office: o, wake: make(chan struct{}, 1), dead: dead}
}

func (m *mailbox) post(e event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	m.events = append(m.events, e)
	m.office.add(1)
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// next waits for an event, for the client to go, for the server to die, or for a tick. It says that
// the event before has been dealt with.
func (m *mailbox) next(ctx context.Context, tick <-chan time.Time) (e event, ticked bool, err error) {
	for {
		if e, ok := m.take(); ok {
			return e, false, nil
		}
		select {
		case <-m.wake:
		case <-ctx.Done():
			return event{}, false, ctx.Err()
		case <-m.dead:
			return event{}, false, errDead
		case <-tick:
			return event{}, true, nil
		}
	}
}

func (m *mailbox) take() (event, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reading {
		m.reading = false
		m.office.add(-1)
	}
	if len(m.events) == 0 {
		return event{}, false
	}
	e := m.events[0]
	m.events, m.reading = m.events[1:], true
	return e, true
}

// close drops what is left and what may still come.
func (m *mailbox) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	left := len(m.events)
	if m.reading {
		left++
	}
	m.office.add(-left)
	m.events, m.reading, m.closed = nil, false, true
}

// office counts the events that handlers have not dealt with.
type office struct {
	mu    sync.Mutex
	n     int
	empty chan struct{} // closed when n falls to 0; nil while nobody waits
}

func (o *office) add(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.n += n
	if o.n == 0 && o.empty != nil {
		close(o.empty)
		o.empty = nil
	}
}

// settle waits until clients have been sent all that was said, but no longer than a client that
// does not read deserves. Computing a batch takes a real server long enough for that; here it takes
// no time, and a crash would overtake the progress before it.
func (o *office) settle(patience time.Duration) {
	o.mu.Lock()
	if o.n == 0 {
		o.mu.Unlock()
		return
	}
	if o.empty == nil {
		o.empty = make(chan struct{})
	}
	empty := o.empty
	o.mu.Unlock()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-empty:
	case <-timer.C:
	}
}
