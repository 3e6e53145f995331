package simserver

import (
	"slices"
	"strings"
)

// emit generates one token for the slot and finishes the task where that was the last one.
func (s *Server) emit(sl *slot, t *task) {
	tail := slices.Concat(lastOf(t.ids), t.generated)
	id := s.nextToken(t, tail)
	t.generated = append(t.generated, id)
	t.spoke = s.clock
	text := ""
	if id < s.vocab.bos() { // special tokens are not shown
		text = s.vocab.pieces[id]
	}
	t.text += text
	s.judgeEnd(t, id)
	s.longest = max(s.longest, len(t.ids)+len(t.generated))
	t.inbox.post(event{kind: eventToken, task: t, token: token{
		id: id, text: text, nan: t.nan, n: len(t.generated), stats: s.statsOf(t),
	}})
	if t.stopType != "" {
		s.finish(sl, t)
	}
}

func lastOf(ids []int) []int { return ids[max(0, len(ids)-sampleTail):] }

// nextToken is what the model says, or what a rule makes it say.
func (s *Server) nextToken(t *task, tail []int) int {
	if len(t.forced) > 0 {
		id := t.forced[0]
		t.forced = t.forced[1:]
		return id
	}
	if !t.params.ignoreEOS && s.vocab.ends(tail, t.salt) {
		return s.vocab.eos()
	}
	return s.vocab.pick(tail, t.salt, 0)
}

// judgeEnd sets stopType when the reply is over: a stop word, the end token, the limit asked for,
// or a full slot, which counts as a limit too and as truncated (llama.cpp server_slot::has_budget
// and process_token).
func (s *Server) judgeEnd(t *task, id int) {
	for _, word := range t.params.stop {
		if i := strings.Index(t.text, word); i >= 0 && word != "" {
			t.text, t.stopType, t.stopWord = t.text[:i], "word", word
			return
		}
	}
	n := len(t.generated)
	switch {
	case t.params.nPredict >= 0 && n >= t.params.nPredict:
		t.stopType = "limit"
	case len(t.ids)+n >= s.layout.slotCtx:
		t.stopType = "limit"
	}
	if id == s.vocab.eos() {
		t.stopType = "eos"
	}
	t.truncated = len(t.ids)+n >= s.layout.slotCtx
}

// finish posts the final event and frees the slot.
func (s *Server) finish(sl *slot, t *task) {
	st := s.statsOf(t)
	s.predicted += st.predicted
	s.predictSeconds += st.predictedMS / 1000
	s.log.line("I", "slot", "print_timing", "id %2d | task %d | prompt eval time = %10.2f ms / %5d tokens", sl.id, t.id, st.promptMS, st.prompt)
	s.log.line("I", "slot", "print_timing", "id %2d | task %d |        eval time = %10.2f ms / %5d tokens", sl.id, t.id, st.predictedMS, st.predicted)
	s.release(sl)
	t.inbox.post(event{kind: eventFinal, task: t, stats: st})
}
