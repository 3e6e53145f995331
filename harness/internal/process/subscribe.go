package process

import "sync/atomic"

// Subscription receives lines as they come.
type Subscription struct {
	// C gives the lines kept so far, then each new one. Closed when the output
	// has ended or Close was called.
	C <-chan Line

	ch      chan Line
	dropped atomic.Int64
	out     *output
}

// Subscribe watches the output. Nothing slows the command down: when more than
// size lines wait in C, further ones are dropped and counted.
func (p *Process) Subscribe(size int) *Subscription {
	return p.out.subscribe(size)
}

func (o *output) subscribe(size int) *Subscription {
	o.mu.Lock()
	defer o.mu.Unlock()
	past := linesOf(o.kept(), func(keptLine) bool { return true })
	s := &Subscription{ch: make(chan Line, len(past)+max(size, 1)), out: o}
	s.C = s.ch
	for _, l := range past {
		s.ch <- l
	}
	if o.ended {
		close(s.ch)
		return s
	}
	o.subs[s] = struct{}{}
	return s
}

// offer hands over a line or counts it as dropped; the caller holds the lock of
// the output.
func (s *Subscription) offer(l Line) {
	select {
	case s.ch <- l:
	default:
		s.dropped.Add(1)
	}
}

// Dropped is how many lines did not fit.
func (s *Subscription) Dropped() int64 { return s.dropped.Load() }

// Close ends the subscription; calling it twice, or after the end, does nothing.
func (s *Subscription) Close() {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if _, ours := s.out.subs[s]; ours {
		delete(s.out.subs, s)
		close(s.ch)
	}
}
