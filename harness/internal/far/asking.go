package far

import (
	"context"
	"errors"
	"time"

	"ctxcliff/harness/internal/kernlog"
)

// send writes a request; its reply goes to the channel, which must have room for it.
func (h *Host) send(r request, reply chan message) (asked time.Time, ok bool) {
	if reply == nil {
		reply = make(chan message, 1)
	}
	h.mu.Lock()
	if h.why != "" {
		h.mu.Unlock()
		return asked, false
	}
	h.next++
	r.ID = h.next
	asked = time.Now()
	h.waiting[r.ID] = reply
	if r.Do == doPing {
		h.clock.ask(r.ID, asked)
	}
	h.mu.Unlock()
	_ = h.in.SetWriteDeadline(asked.Add(h.silence)) // a link that takes nothing is silent, too
	return asked, h.out.write(r) == nil
}

// ask asks the helper, and waits for its answer, for ctx, or for the loss of the link.
func (h *Host) ask(ctx context.Context, r request) (message, error) {
	reply := make(chan message, 1)
	if _, ok := h.send(r, reply); !ok {
		return message{}, h.lostError()
	}
	select {
	case m := <-reply:
		if m.Error != "" {
			return m, errors.New(m.Error)
		}
		return m, nil
	case <-h.lost:
		return message{}, h.lostError()
	case <-ctx.Done():
		return message{}, ctx.Err()
	}
}

func (h *Host) lostError() error {
	why := h.Why()
	if why == "" {
		why = "the link to " + h.String() + " takes no more; see its network"
	}
	return &LinkError{h.String(), why}
}

// take sorts a message.
func (h *Host) take(m message) {
	now := time.Now()
	h.mu.Lock()
	h.heard = now
	p, reply := h.peers[m.Name], h.waiting[m.ID]
	if m.Is == isReply {
		delete(h.waiting, m.ID)
		h.clock.answer(m.ID, now, m.At)
	}
	offset, _ := h.clock.offset()
	h.mu.Unlock()
	switch {
	case m.Is == isReply && reply != nil:
		reply <- m
	case m.Is == isKernel:
		for i := range m.Kernel {
			m.Kernel[i].Wall = m.Kernel[i].Wall.Add(-offset)
		}
		h.news.put(m.Kernel)
	case m.Is == isBlind:
		h.news.fail(errors.New(m.Error))
	case p != nil:
		p.take(m, offset)
	}
}

// Offset is how much the far clock is ahead of ours, and by how much that may be wrong.
func (h *Host) Offset() (ahead, uncertain time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.clock.offset()
}

// clock measures how much the far clock is ahead.
type clock struct {
	asked   map[uint64]time.Time
	samples []sample // the latest
}

type sample struct{ ahead, uncertain time.Duration }

// maxSamples is how many answers the quickest is chosen from: few enough to follow clocks that drift.
const maxSamples = 16

func (c *clock) ask(id uint64, at time.Time) {
	if c.asked == nil || len(c.asked) > maxSamples {
		c.asked = map[uint64]time.Time{}
	}
	c.asked[id] = at
}

func (c *clock) answer(id uint64, now time.Time, far int64) {
	asked, ok := c.asked[id]
	if !ok {
		return
	}
	delete(c.asked, id)
	half := now.Sub(asked) / 2
	c.samples = append(c.samples, sample{time.Unix(0, far).Sub(asked.Add(half)), half})
	c.samples = c.samples[max(0, len(c.samples)-maxSamples):]
}

func (c *clock) offset() (ahead, uncertain time.Duration) {
	for i, s := range c.samples {
		if i == 0 || s.uncertain < uncertain {
			ahead, uncertain = s.ahead, s.uncertain
		}
	}
	return ahead, uncertain
}

// source is the far kernel log as a [kernlog.Source].
type source struct {
	host  *Host
	inbox inbox
}

func (s *source) Name() string { return s.host.self.KernLog + " of " + s.host.String() }

func (s *source) Follow(add func(kernlog.Line)) error { return s.inbox.deliver(add) }

// catchUpLimit bounds the wait for lines that are there already.
const catchUpLimit = time.Second

// CatchUp has the helper tell what there is.
func (s *source) CatchUp(add func(kernlog.Line)) {
	ctx, done := context.WithTimeout(context.Background(), min(catchUpLimit, s.host.silence))
	defer done()
	if _, err := s.host.ask(ctx, request{Do: doKernel}); err == nil {
		s.inbox.empty(add)
	}
}

func (s *source) Stop() { s.inbox.close(nil) }

func (s *source) put(lines []kernlog.Line) { s.inbox.put(lines) }
func (s *source) fail(err error)           { s.inbox.close(err) }
func (s *source) end()                     { s.inbox.close(s.host.lostError()) }
