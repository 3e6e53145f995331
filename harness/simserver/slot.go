package simserver

// slot is one place for a sequence.
type slot struct {
	id       int
	tokens   []int // in its cache
	task     *task // nil when idle
	last     *task // the task that ran last; nil before the first
	lastUsed int   // Server.releases when it was released; 0 means never
}

// similarEnough is llama-server's default for --slot-prompt-similarity.
const similarEnough = 0.1

// slotFor is the idle slot that a task gets, nil where it has to wait. A slot asked for by number
// is the only candidate, even if busy; a number out of range is ignored. Else the slot whose cache
// has the most of the prompt, if that is more than a tenth of it; else the one longest idle.
func (s *Server) slotFor(t *task) *slot {
	if n := t.params.idSlot; n >= 0 && n < len(s.slots) {
		if s.slots[n].task == nil {
			return s.slots[n]
		}
		return nil
	}
	var similar, oldest *slot
	best := similarEnough * float64(len(t.ids))
	for _, sl := range s.slots {
		if sl.task != nil {
			continue
		}
		if n := float64(commonPrefix(sl.tokens, t.ids)); n > best {
			similar, best = sl, n
		}
		if oldest == nil || sl.lastUsed < oldest.lastUsed {
			oldest = sl
		}
	}
	if similar != nil {
		return similar
	}
	return oldest
}

func commonPrefix(a, b []int) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// seat gives the slot to the task and keeps of the slot's cache what the prompt begins with. At
// least one token is always computed, for its logits.
func (s *Server) seat(sl *slot, t *task) {
	s.attempts++
	sl.task, sl.last = t, t
	t.slot, t.attempt, t.salt = sl, s.attempts, s.salt
	if t.params.cache {
		t.cached = min(commonPrefix(sl.tokens, t.ids), len(t.ids)-1)
	}
	t.done = t.cached
	sl.tokens = sl.tokens[:t.cached]
	s.log.line("I", "slot", "launch_slot_", "id %2d | task %d | processing task, is_child = 0", sl.id, t.id)
}

// release makes the slot idle; its cache stays.
func (s *Server) release(sl *slot) {
	t := sl.task
	sl.task = nil
	s.releases++
	sl.lastUsed = s.releases
	s.log.line("I", "slot", "release", "id %2d | task %d | stop processing: n_tokens = %d, truncated = %d",
		sl.id, t.id, len(sl.tokens), map[bool]int{true: 1}[t.truncated])
}

// other is the lowest slot but this one that has something in its cache, nil where there is none.
func (s *Server) other(sl *slot) *slot {
	for _, o := range s.slots {
		if o != sl && len(o.tokens) > 0 {
			return o
		}
	}
	return nil
}

// busy counts slots at work.
func (s *Server) busy() int {
	n := 0
	for _, sl := range s.slots {
		if sl.task != nil {
			n++
		}
	}
	return n
}
