package harness

import (
	"context"
	"errors"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/oracle"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// life is the sequence of starts of one configuration: at most one server at a time. visit starts
// one when there is none, end stops it. Whoever made a life must call end, whatever happened.
type life struct {
	*Rig
	lab           *Lab
	host          *station // this one
	configuration plan.Configuration
	useless       int // starts in a row that no cell could be tried in

	open   bool           // the start's beginning is recorded, its end is not
	start  trial.Start    // the latest
	server *subject       // nil: none runs
	peers  []companion    // of the latest start, in the order of the --rpc flags
	found  condition      // of the server, at the latest look
	tail   []process.Line // the last lines of a server that has ended
	scene  scene          // of the latest start
	served int            // prompt tokens that the latest start has processed, warm-ups included, canaries not

	rested  time.Duration // that the machine had been suspended when the latest attempt began
	account *account      // of the latest attempt; nil: it is not judged
	hang    *hang         // of the latest attempt; nil: it made progress

	reference reference       // that answers are held against
	heard     []oracle.Result // of the canary, for the next attempt that is judged

	pooled bool // the slots turned out to share one cache: that a prompt is accepted does not say that it fits

	tried map[string]*tried // by the id of the cell
	last  *trial.Attempt    // the latest recorded one that counts for a cell
}

// newLife is the life of a configuration that was not started yet.
func (r *Rig) newLife(c plan.Configuration) (*life, error) {
	lab, err := r.Labs.of(c.Target)
	if err != nil {
		return nil, err
	}
	return &life{Rig: r, lab: lab, host: r.host(lab), configuration: c, tried: map[string]*tried{}}, nil
}

// unobserved is what cannot be watched now, in sentences.
func (l *life) unobserved() []string {
	var list []string
	if why := l.host.kernel.blind(); why != "" {
		list = append(list, why)
	}
	return append(list, l.dark...)
}

// tried is what a cell has seen so far.
type tried struct {
	cell     plan.Cell
	attempts []*trial.Attempt
	judged   bool
}

// visit gives the cell one start's worth of attempts: in the server that runs, or else in a fresh
// one. An error means that going on makes no sense; findings are not errors.
func (l *life) visit(ctx context.Context, cell plan.Cell) error {
	if !l.well(ctx) { // something happened to it after its last answer, which another cell got
		if err := l.end(ctx); err != nil {
			return err
		}
	}
	for n := 1; n <= l.Settings.Attempts; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if n > 1 && !l.well(ctx) {
			return l.end(ctx)
		}
		a, err := l.attempt(ctx, l.shot(cell, n))
		if err != nil {
			return err
		}
		if a.Outcome.Bad() || !a.Outcome.Counts() {
			return l.clear(ctx)
		}
	}
	if l.Settings.Isolation == "cell" && l.lab.guest == nil {
		return l.end(ctx)
	}
	return nil
}

// clear ends a server after a finding: what comes after it in the same start would measure its ruins.
// Somebody else's server is all that there is, and is used on if it can be.
func (l *life) clear(ctx context.Context) error {
	if l.lab.guest != nil {
		return l.useOn(ctx)
	}
	return l.end(ctx)
}

// well reports whether the server that runs, if one does, can be used again. The look before the
// next use keeps what happened to an idle server from being blamed on whoever comes next.
func (l *life) well(ctx context.Context) bool {
	if l.server == nil {
		return true
	}
	if err := l.reconsider(context.WithoutCancel(ctx)); err != nil || l.broken() && l.lab.guest == nil {
		return false // what the kernel said late counts against the attempt before
	}
	l.found = l.look(ctx, true)
	return len(l.found.deaths()) == 0 && l.found.unwell == nil
}

// remember keeps the attempt for the judgement of its cell.
func (l *life) remember(cell plan.Cell, a *trial.Attempt) {
	t := l.tried[cell.ID()]
	if t == nil {
		t = &tried{cell: cell}
		l.tried[cell.ID()] = t
	}
	t.attempts, l.last = append(t.attempts, a), a
}

// forget drops what earlier attempts came to, the latest aside: of that the kernel may have more to say.
func (l *life) forget() {
	for id := range l.tried {
		if l.last == nil || id != l.last.CellID {
			delete(l.tried, id)
			continue
		}
		l.tried[id].attempts = []*trial.Attempt{l.last}
	}
}

// judge tells what the cell's attempts come to; nothing if there were none.
func (l *life) judge(cellID string) {
	t := l.tried[cellID]
	if t == nil {
		return
	}
	t.judged = true
	all := trial.Trial{CellID: cellID}
	for _, a := range t.attempts {
		all.Attempts = append(all.Attempts, *a)
	}
	l.tell(trial.CellJudged{Cell: t.cell, Judgement: trial.Judge(all)})
}

// also adds more trouble to err. Trouble explains more than an interruption does, and is not
// repeated.
func also(err, more error) error {
	switch {
	case more == nil:
		return err
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), err.Error() == more.Error():
		return more
	}
	return errors.Join(err, more)
}
