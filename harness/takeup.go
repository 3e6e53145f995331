package harness

import (
	"context"
	"fmt"
	"slices"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/rates"
)

// takeUp makes the life know what earlier sessions saw of its cells.
func (s *Screen) takeUp(l *life, work plan.Work) {
	for _, cell := range work.Cells {
		past := s.past[cell.ID()]
		if past == nil {
			continue
		}
		t := &tried{cell: cell, judged: past.Whole >= s.Settings.Starts}
		for i := range past.Attempts {
			t.attempts = append(t.attempts, &past.Attempts[i])
		}
		l.tried[cell.ID()] = t
	}
}

// settled reports whether the cell had its start of this round in an earlier session.
func (s *Screen) settled(cell plan.Cell, round int) bool {
	past := s.past[cell.ID()]
	return past != nil && past.Whole >= round
}

// deadly says why a cell is left out: the host went down with it, again and again. "" when it is not.
func (s *Screen) deadly(cell plan.Cell) string {
	past := s.past[cell.ID()]
	if past == nil || past.Lost < rates.LossesToBlame || s.Daring {
		return ""
	}
	return fmt.Sprintf("%s is left out: the host went down with it %d times; --retry-lost runs it all the same", cell.ID(), past.Lost)
}

// withoutDeadly are the cells of the work that may be run; what is said of the others is noted once.
func (s *Screen) withoutDeadly(ctx context.Context, work plan.Work) (cells []plan.Cell, err error) {
	for _, cell := range work.Cells {
		why := s.deadly(cell)
		switch {
		case why == "":
			cells = append(cells, cell)
		case !slices.Contains(s.Past.Notes, why):
			err = also(err, s.note(ctx, why))
		}
	}
	return cells, err
}

// recall reads what earlier sessions left behind.
func (s *Screen) recall() {
	s.starts, s.past = 0, s.Past.Pasts()
	for _, start := range s.Past.Starts {
		s.starts = max(s.starts, start.N)
	}
}
