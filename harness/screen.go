package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// Screen is one walk over a matrix.
type Screen struct {
	Rig
	Plan      plan.Plan
	Allowance Allowance
	GiveUp    int // visits in a row in which a target may break before it is left alone; 0: as many as there are

	// What earlier sessions of the same run left behind; zero in a new run. Starts that a cell has had are
	// not made again, and a cell that the host went down with again and again is left out, unless Daring.
	Past   trial.Record
	Daring bool

	// Spent says what the latest Run ran out of; "" nothing.
	Spent string

	purse   *purse
	past    map[string]*trial.Past
	breaker breaker
}

// maxUseless is how many starts in a row may fail before a configuration's remaining cells are left
// out: each further try would cost a load and say the same.
const maxUseless = 2

// Run walks the plan: configuration after configuration; within one, every cell gets its first
// start before any gets its second, so that an interrupted run leaves every cell equally well
// tried. It returns nil when the plan is done, ctx.Err() when it was interrupted, and an error when
// the lab makes going on pointless. Findings are not errors. Whenever it returns, no process that
// it started is alive and every result seen is recorded. A screen that has spent its allowance is done
// with what it has: see Spent.
//
// A target whose programs cannot be run any more ends its own part of the walk; the others are walked
// all the same, and the error is returned at the end.
func (s *Screen) Run(ctx context.Context) (trouble error) {
	s.prepare(ctx)
	defer s.pack()
	s.purse, s.Spent, s.breaker = newPurse(s.Allowance), "", breaker{limit: s.GiveUp}
	s.recall()
	given := map[string]bool{} // targets that were given up
	for _, work := range s.Plan.Configurations {
		target := work.Configuration.Target.ID()
		if given[target] {
			continue
		}
		err := s.configuration(ctx, work)
		var broken unusable
		var open tripped
		switch {
		case err == nil:
			continue
		case errors.As(err, &open):
			given[target] = true
			if err := s.note(ctx, open.note); err != nil {
				return also(trouble, err)
			}
			continue
		case errors.Is(err, errSpent):
			return also(trouble, s.note(ctx, s.Spent+"; what remained of the plan was left out"))
		case !errors.As(err, &broken) || ctx.Err() != nil || len(s.Labs) == 1:
			return also(trouble, err)
		}
		given[target] = true
		trouble = also(trouble, err)
		if err := s.note(ctx, fmt.Sprintf("%s cannot be used, and what remained of its cells was left out: %v", target, err)); err != nil {
			return also(trouble, err)
		}
	}
	return also(trouble, ctx.Err())
}

// unusable is trouble with the programs of a target: trying another cell of it would be pointless.
type unusable struct{ error }

func (e unusable) Unwrap() error { return e.error }

func (s *Screen) configuration(ctx context.Context, work plan.Work) (err error) {
	l, err := s.newLife(work.Configuration)
	if err != nil {
		return err
	}
	defer func() { err = also(err, l.end(ctx)) }()
	s.takeUp(l, work)
	if work.Cells, err = s.withoutDeadly(ctx, work); err != nil {
		return err
	}
	for round := 1; round <= s.Settings.Starts; round++ {
		for _, cell := range work.Cells {
			if s.settled(cell, round) {
				continue
			}
			if l.useless >= maxUseless {
				return s.giveUp(ctx, l, work)
			}
			if err := s.trip(l, work); err != nil {
				return err
			}
			if err := s.visit(ctx, l, cell); err != nil {
				return err
			}
			if round == s.Settings.Starts {
				l.judge(cell.ID())
			}
		}
		if err := l.end(ctx); err != nil { // each round is a start of its own
			return err
		}
	}
	return nil
}

// visit is one start's worth of attempts at a cell, if the allowance does for it.
func (s *Screen) visit(ctx context.Context, l *life, cell plan.Cell) error {
	fresh, began, starts := l.server == nil, time.Now(), s.starts
	if s.Spent = cmp.Or(s.gone(), s.purse.allows(cell, fresh, starts)); s.Spent != "" {
		return errSpent
	}
	err := l.visit(ctx, cell)
	s.breaker.see(cell.Configuration.Target.ID(), l)
	if err == nil && !l.broken() {
		var load time.Duration
		if s.starts > starts {
			load = l.start.Load
		}
		s.purse.learn(cell, time.Since(began), load)
	}
	return err
}

// giveUp leaves out what remains of the configuration.
func (s *Screen) giveUp(ctx context.Context, l *life, work plan.Work) error {
	for _, cell := range work.Cells {
		if t := l.tried[cell.ID()]; t != nil && !t.judged {
			l.judge(cell.ID())
		}
	}
	return s.note(ctx, fmt.Sprintf("%s could not be used %d times in a row; what remained of its cells was left out", work.Configuration.ID(), l.useless))
}
