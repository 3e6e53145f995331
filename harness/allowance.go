package harness

import (
	"errors"
	"fmt"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/search"
)

// Allowance bounds a screen; zero fields bound nothing.
type Allowance struct {
	Time   time.Duration // a visit that is expected to end later is not begun
	Starts int           // servers launched
}

// errSpent ends a walk whose allowance does not do for the next visit.
var errSpent = errors.New("the allowance is spent")

// purse is what is left of an allowance, and what visits have cost so far.
type purse struct {
	Allowance
	began  time.Time
	loads  time.Duration // of all starts that got ready
	ready  int
	visits map[int]*search.Latency // by the number of slots, loads aside
}

func newPurse(a Allowance) *purse {
	return &purse{Allowance: a, began: time.Now(), visits: map[int]*search.Latency{}}
}

// learn takes in a visit that ended well.
func (p *purse) learn(cell plan.Cell, took, load time.Duration) {
	if load > 0 {
		p.loads, p.ready = p.loads+load, p.ready+1
	}
	np := cell.Configuration.NP
	if p.visits[np] == nil {
		p.visits[np] = &search.Latency{}
	}
	p.visits[np].See(cell.Tokens, (took - load).Seconds())
}

// expects is how long the next visit of a cell takes; 0 while nothing is known.
func (p *purse) expects(cell plan.Cell, fresh bool) time.Duration {
	var d time.Duration
	if l := p.visits[cell.Configuration.NP]; l != nil {
		d = seconds(l.At(cell.Tokens))
	}
	if fresh && p.ready > 0 {
		d += p.loads / time.Duration(p.ready)
	}
	return d
}

// allows says why the next visit of a cell cannot be paid for; "" when it can.
func (p *purse) allows(cell plan.Cell, fresh bool, starts int) (why string) {
	switch {
	case p.Starts > 0 && fresh && starts >= p.Starts:
		return fmt.Sprintf("%d server starts are used up", p.Starts)
	case p.Time > 0 && time.Since(p.began)+p.expects(cell, fresh) > p.Time:
		return fmt.Sprintf("the budget of %s does not do for the next cell", p.Time)
	}
	return ""
}
