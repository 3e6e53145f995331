package simserver

import (
	"net/http"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// apply carries out the rules that hold for this part in this phase. The lock is not held. Only the
// engine calls it, and a handler after the task's last event.
func (s *Server) apply(phase Phase, p part) {
	now := s.situation(p)
	for i, r := range s.options.Profile.Rules {
		b := behaviours[r.Behaviour]
		if r.phase() != phase || p.task.fired[i] || !r.holds(now) {
			continue
		}
		if !b.steady {
			if p.task.fired == nil {
				p.task.fired = map[int]bool{}
			}
			p.task.fired[i] = true
		}
		s.perform(r, p)
	}
}

// situation is what conditions see of the part.
func (s *Server) situation(p part) situation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return situation{
		prompt: p.task.facts, position: p.end, np: s.layout.slots, busy: s.busy(), slot: p.slot.id,
		attempt: p.task.attempt, start: s.options.Start, seed: s.options.Seed, cached: p.task.cached,
	}
}

// perform does one rule to one request.
func (s *Server) perform(r Rule, p part) {
	switch r.Behaviour {
	case "hang":
		s.freeze(r.duration(0, 0))
	case "spin":
		s.spin(max(r.duration(0, time.Millisecond), time.Microsecond))
	case "cut":
		s.takeAway(p, event{kind: eventCut, task: p.task})
	case "http":
		code := r.count(0, http.StatusInternalServerError)
		err := &apiError{Code: code, Message: r.text(1, "Internal error"), Type: errorType(code)}
		s.takeAway(p, event{kind: eventFail, task: p.task, err: err})
	case "refuse":
		s.takeAway(p, event{kind: eventFail, task: p.task, err: tooLong(len(p.task.ids), s.layout.slotCtx)})
	case "garbage":
		p.task.forced = []int{s.babble(r, p.task)}
	case "nan":
		p.task.nan = true
	case "leak":
		s.leak(p)
	case "drift":
		s.mu.Lock()
		s.salt++
		s.mu.Unlock()
	default:
		s.act(r)
	}
}

// act does a rule that needs no request.
func (s *Server) act(r Rule) {
	switch r.Behaviour {
	case "abort", "loadabort":
		s.abort(r.text(0, defaultAssert))
	case "gpufault":
		s.abort(s.faultLine())
	case "segfault":
		s.die(Death{Signal: syscall.SIGSEGV})
	case "kill":
		s.die(Death{Signal: syscall.SIGKILL})
	case "exit":
		if text := r.text(1, ""); text != "" {
			s.log.raw(text + "\n")
		}
		s.die(Death{Code: r.count(0, 0)})
	case "hang", "loadhang":
		s.freeze(r.duration(0, 0))
	case "slowload":
		s.sleep(r.duration(0, 0))
	case "flood":
		s.flood(r.count(0, 0))
	case "longline":
		s.longline(r.count(0, 0))
	case "say":
		s.log.raw(r.text(0, "") + "\n")
	}
	if s.options.child {
		s.actAsChild(r)
	}
}

// actAsChild does what only a process of its own may do.
func (s *Server) actAsChild(r Rule) {
	switch r.Behaviour {
	case "ignoreterm":
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
	case "kernel":
		s.kernel(r.text(0, ""), r.duration(1, 0))
	case "grandchild":
		s.grandchild(r.duration(0, 30*time.Second), r.text(1, "") == "escape")
	}
}

// takeAway ends the request from the engine's side; the slot is free at once.
func (s *Server) takeAway(p part, last event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.slot.task == p.task {
		s.release(p.slot)
		p.task.inbox.post(last)
	}
}

// freeze stops the engine for ever, or for d where that is not 0. It returns when that is over or
// the server is closed; being asked to stop does not end it.
func (s *Server) freeze(d time.Duration) {
	s.setFrozen(true)
	if d == 0 {
		<-s.closing
		return
	}
	s.sleep(d)
	s.setFrozen(false)
}

// spin is busy with nothing until the server is closed, and says so again and again.
func (s *Server) spin(every time.Duration) {
	s.setFrozen(true)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-s.closing:
			return
		case <-tick.C:
			s.log.line("W", "srv", "update_slots", "failed to find free space in the KV cache, retrying with smaller batch size, n_batch = %d", 1)
		}
	}
}

func (s *Server) setFrozen(frozen bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen = frozen
	s.work.Broadcast()
}

// sleep waits really, or until the server is closed.
func (s *Server) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.closing:
	}
}

// delay is how long the batch really takes because of this part.
func (s *Server) delay(p part) time.Duration {
	var d time.Duration
	for _, r := range s.options.Profile.Rules {
		if r.Behaviour == "delay" && r.holds(s.situation(p)) {
			d = max(d, r.duration(0, 0))
		}
	}
	return d
}

// leak makes the task answer with the head of what another slot holds.
func (s *Server) leak(p part) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.other(p.slot); o != nil {
		const head = 64
		p.task.forced = slices.Clone(o.tokens[:min(head, len(o.tokens))])
	}
}

// babble is the next token of a degenerate answer.
func (s *Server) babble(r Rule, t *task) int {
	ids := s.vocab.encode(r.text(0, "G"), false)
	if len(ids) == 0 {
		ids = []int{'G'}
	}
	return ids[len(t.generated)%len(ids)]
}
