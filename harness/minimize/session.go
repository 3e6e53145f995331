package minimize

import (
	"errors"
	"fmt"
)

// Session is a story that is told one answer at a time. It keeps nothing but its journal: to find the
// next question it lives through the story again up to the first thing that it was not told. That is
// what makes a replay decide the same, and it takes microseconds for each answer. For one goroutine.
type Session[R any] struct {
	story   func(Ask) R
	journal []Entry
	keys    []string // of the journal's scenarios
	now     *moment[R]
}

// Entry is one line of a journal. An entry without an answer was open when its writer died.
type Entry struct {
	Question Question `json:"question"`
	Answer   *Answer  `json:"answer,omitempty"`
}

// moment is where the story stands after the journal.
type moment[R any] struct {
	next   *Question // nil: it has ended
	result R
	err    error
}

func newSession[R any](story func(Ask) R) *Session[R] { return &Session[R]{story: story} }

// here lives through the story up to the end of the journal.
func (s *Session[R]) here() *moment[R] {
	if s.now != nil {
		return s.now
	}
	m := &moment[R]{}
	told := 0
	m.result = s.story(func(q Question) (Answer, bool) {
		switch {
		case m.err != nil || m.next != nil:
			return Answer{}, false
		case told == len(s.journal):
			m.next = &q
			return Answer{}, false
		}
		entry := s.journal[told]
		if !alike(q, entry.Question) || q.Scenario.Key() != s.keys[told] {
			m.err = fmt.Errorf("question %d of the journal is not the one that is asked here; was it begun with other settings?", q.Seq)
			return Answer{}, false
		}
		if !entry.Answer.Outcome.known() {
			m.err = fmt.Errorf("question %d of the journal has the outcome %q, which is not known", q.Seq, entry.Answer.Outcome)
			return Answer{}, false
		}
		told++
		return *entry.Answer, true
	})
	if m.err == nil && m.next == nil && told < len(s.journal) {
		m.err = fmt.Errorf("the journal goes on after its end, with question %d", s.journal[told].Question.Seq)
	}
	s.now = m
	return m
}

// same says whether two questions ask for the same run for the same reason.
func same(a, b Question) bool { return alike(a, b) && a.Scenario.Key() == b.Scenario.Key() }

// alike says so of everything but the scenario.
func alike(a, b Question) bool {
	return a.Seq == b.Seq && a.Kind == b.Kind && a.Build == b.Build && a.Try == b.Try
}

// enter adds to the journal.
func (s *Session[R]) enter(q Question, a Answer) {
	s.journal, s.keys = append(s.journal, Entry{q, &a}), append(s.keys, q.Scenario.Key())
	s.now = nil
}

// Next is the question that is open, the same until it is answered; false when there is none left.
func (s *Session[R]) Next() (Question, bool) {
	if m := s.here(); m.next != nil {
		return *m.next, true
	}
	return Question{}, false
}

// Tell answers the question that is open. An answer to any other, or one that says nothing, is an
// error and changes nothing.
func (s *Session[R]) Tell(q Question, a Answer) error {
	next, open := s.Next()
	switch {
	case !open:
		return errors.New("nothing was asked; the story has ended")
	case !same(q, next):
		return fmt.Errorf("question %d was answered where %d was open; tell each once, in order", q.Seq, next.Seq)
	case !a.Outcome.known():
		return fmt.Errorf("question %d: outcome %q is not known", q.Seq, a.Outcome)
	}
	s.enter(next, a)
	return nil
}

// Replay tells a whole journal. An entry that was open when its writer died is told as interrupted: a
// caller that knows better (the host went down) puts that answer into the entry.
func (s *Session[R]) Replay(journal []Entry) error {
	before := len(s.journal)
	for _, e := range journal {
		a := Answer{Outcome: Interrupted}
		if e.Answer != nil {
			a = *e.Answer
		}
		s.enter(e.Question, a)
	}
	if err := s.here().err; err != nil {
		s.journal, s.keys, s.now = s.journal[:before], s.keys[:before], nil
		return fmt.Errorf("replay: %w", err)
	}
	return nil
}

// Result is what is known so far; the end of the story once Next has nothing left.
func (s *Session[R]) Result() R { return s.here().result }

// Journal is everything asked and told, in order.
func (s *Session[R]) Journal() []Entry { return append([]Entry(nil), s.journal...) }
