package simserver

import (
	"net/http"
	"slices"
	"time"
)

// part is what one slot contributes to a batch.
type part struct {
	slot *slot
	task *task
	n    int // prompt tokens; 0 while generating
	end  int // tokens in the slot when the batch is done
}

// run is the engine: like llama-server's update_slots it seats waiting tasks, fills one batch from
// slot 0 upward, computes it, and hands out what came of it, until the server stops.
func (s *Server) run() {
	defer close(s.stopped)
	for {
		batch, ok := s.plan()
		if !ok {
			return
		}
		s.compute(batch)
	}
}

// plan waits for work and returns the next batch; false once the server stops.
func (s *Server) plan() ([]part, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		for !s.closed && (s.frozen || !s.stopping && !s.workLocked()) {
			s.work.Wait()
		}
		if s.stopping || s.closed {
			return nil, false
		}
		s.dropCancelled()
		s.seatWaiting()
		if batch := s.fill(); len(batch) > 0 {
			return batch, true
		}
	}
}

// workLocked reports whether a slot is busy or a task could be seated or dropped.
func (s *Server) workLocked() bool {
	return s.busy() > 0 || slices.ContainsFunc(s.queue, func(t *task) bool { return t.cancelled || s.slotFor(t) != nil })
}

func (s *Server) dropCancelled() {
	s.queue = slices.DeleteFunc(s.queue, func(t *task) bool { return t.cancelled })
	for _, sl := range s.slots {
		if sl.task != nil && sl.task.cancelled {
			s.log.line("W", "srv", "stop", "cancel task, id_task = %d", sl.task.id)
			s.release(sl)
		}
	}
}

// seatWaiting gives idle slots to waiting tasks in the order of their arrival. What is impossible
// is refused here and not earlier, so that it waits its turn as it does at llama-server.
func (s *Server) seatWaiting() {
	for i := 0; i < len(s.queue); {
		t := s.queue[i]
		sl := s.slotFor(t)
		if sl == nil {
			i++
			continue
		}
		s.queue = slices.Delete(s.queue, i, i+1)
		if err := s.admissible(t); err != nil {
			s.fail(t, err)
			continue
		}
		s.seat(sl, t)
		s.mu.Unlock()
		s.apply(PhaseAdmit, part{slot: sl, task: t, end: t.done})
		s.mu.Lock()
		if sl.task == t {
			t.inbox.post(event{kind: eventBegin, task: t})
		}
	}
}

// admissible is nil, or why the task cannot be served at all.
func (s *Server) admissible(t *task) *apiError {
	if !s.vocab.valid(t.ids) {
		return &apiError{Code: http.StatusBadRequest, Message: "Prompt contains invalid tokens", Type: typeInvalid}
	}
	t.facts = newFacts(s.vocab, t.ids)
	if len(t.ids) >= s.layout.slotCtx {
		return tooLong(len(t.ids), s.layout.slotCtx)
	}
	return nil
}

func (s *Server) fail(t *task, err *apiError) {
	s.log.line("E", "srv", "send_error", "task id = %d, error: %s", t.id, err.Message)
	t.inbox.post(event{kind: eventFail, task: t, err: err})
}

// fill plans a batch: one token for each slot that generates, then prompts from slot 0 upward
// until the batch is full. Higher slots get what lower ones leave.
func (s *Server) fill() []part {
	var batch []part
	room := s.options.Batch
	for _, sl := range s.slots {
		if t := sl.task; t != nil && t.done == len(t.ids) {
			batch = append(batch, part{slot: sl, task: t, end: len(sl.tokens) + 1})
			room--
		}
	}
	for _, sl := range s.slots {
		t := sl.task
		if t == nil || t.done == len(t.ids) || room <= 0 {
			continue
		}
		s.begin(t)
		n := min(room, len(t.ids)-t.done)
		batch = append(batch, part{slot: sl, task: t, n: n, end: t.done + n})
		room -= n
	}
	return s.fitPool(batch)
}

func (s *Server) begin(t *task) {
	if !t.begun {
		t.begun, t.began = true, s.clock
		t.inbox.post(event{kind: eventProgress, task: t, done: t.done, stats: s.statsOf(t)})
	}
}

// fitPool makes room in a unified cache: idle slots lose theirs, and if that is not enough every
// active request fails with 500, as llama-server's do.
func (s *Server) fitPool(batch []part) []part {
	need := 0
	for _, p := range batch {
		need += p.end - len(p.slot.tokens)
	}
	for _, sl := range s.slots {
		need += len(sl.tokens)
	}
	for _, sl := range s.slots {
		if need > s.layout.pool && sl.task == nil && len(sl.tokens) > 0 {
			s.log.line("W", "srv", "try_clear_id", "purging slot %d with %d tokens", sl.id, len(sl.tokens))
			need -= len(sl.tokens)
			sl.tokens = nil
		}
	}
	if need <= s.layout.pool {
		return batch
	}
	for _, p := range batch {
		s.fail(p.task, &apiError{Code: http.StatusInternalServerError, Message: "Context size has been exceeded.", Type: typeServer})
		s.release(p.slot)
		p.slot.tokens = nil
	}
	return nil
}

// compute does the batch. Rules are looked at without the lock, because they may block or end the
// process; a rule may also have taken a task from its slot, so every step checks that it is there.
func (s *Server) compute(batch []part) {
	var pause time.Duration
	for _, p := range batch {
		if p.n > 0 {
			s.apply(PhasePrefill, p)
		}
		pause = max(pause, s.delay(p))
	}
	if pause > 0 {
		s.sleep(pause)
	}
	var speakers []part
	s.mu.Lock()
	if len(batch) > 0 {
		s.decodes++
	}
	s.busyInDecodes += len(batch)
	s.clock += pause.Seconds()
	for _, p := range batch {
		if p.slot.task == p.task && s.advance(p) {
			speakers = append(speakers, p)
		}
	}
	s.mu.Unlock()
	for _, p := range speakers {
		s.apply(PhaseDecode, part{slot: p.slot, task: p.task, end: p.end})
		s.mu.Lock()
		if p.slot.task == p.task {
			s.emit(p.slot, p.task)
		}
		s.mu.Unlock()
	}
}

// advance books the batch's tokens in the slot; true means that the slot's next token is due.
func (s *Server) advance(p part) bool {
	t := p.task
	if p.n == 0 {
		p.slot.tokens = append(p.slot.tokens, t.generated[len(t.generated)-1])
		s.clock += s.setup.c
		return true
	}
	s.clock += s.setup.seconds(p.end) - s.setup.seconds(t.done)
	p.slot.tokens = append(p.slot.tokens, t.ids[t.done:p.end]...)
	t.done = p.end
	s.longest = max(s.longest, p.end)
	t.inbox.post(event{kind: eventProgress, task: t, done: t.done, stats: s.statsOf(t)})
	if t.done < len(t.ids) {
		return false
	}
	t.prompted, t.spoke = s.clock, s.clock
	s.promptTokens += len(t.ids) - t.cached
	s.cachedTokens += t.cached
	s.promptSeconds += t.prompted - t.began
	return true
}

// statsOf are the task's numbers as of now.
func (s *Server) statsOf(t *task) stats {
	end := s.clock
	if t.done == len(t.ids) && t.prompted > 0 {
		end = t.prompted
	}
	return stats{
		cached: t.cached, prompt: t.done - t.cached, predicted: len(t.generated),
		promptMS: 1000 * (end - t.began), predictedMS: 1000 * max(0, t.spoke-t.prompted),
	}
}
