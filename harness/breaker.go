package harness

import (
	"fmt"
	"strings"

	"ctxcliff/harness/plan"
)

// breaker leaves a target alone that broke in too many visits in a row: each further one would cost a load,
// and perhaps the host. The zero value never does.
type breaker struct {
	limit int            // visits in a row; 0: no limit
	broke map[string]int // in a row, by target
}

// see takes in how a visit to one of the target's cells went.
func (b *breaker) see(target string, l *life) {
	if b.broke == nil {
		b.broke = map[string]int{}
	}
	switch {
	case l.last == nil || !l.last.Outcome.Counts():
	case l.last.Outcome.Bad():
		b.broke[target]++
	default:
		b.broke[target] = 0
	}
}

func (b *breaker) open(target string) bool { return b.limit > 0 && b.broke[target] >= b.limit }

// tripped ends the part of a walk that is about one target. It is no trouble of the lab.
type tripped struct{ note string }

func (t tripped) Error() string { return t.note }

const givenUpFor = " in a row; what remained of its cells was left out"

// trip leaves out what remains of the target, if it is to be left alone.
func (s *Screen) trip(l *life, work plan.Work) error {
	target := work.Configuration.Target.ID()
	if !s.breaker.open(target) {
		return nil
	}
	for _, cell := range work.Cells {
		if t := l.tried[cell.ID()]; t != nil && !t.judged {
			l.judge(cell.ID())
		}
	}
	return tripped{fmt.Sprintf("%s broke %d times%s", target, s.breaker.broke[target], givenUpFor)}
}

// GivenUp is the target that a note of a screen says was left alone because it broke too often.
func GivenUp(note string) (target string, ok bool) {
	target, rest, found := strings.Cut(note, " broke ")
	return target, found && strings.HasSuffix(rest, givenUpFor)
}
