package far

import (
	"context"
	"errors"
	"time"
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
