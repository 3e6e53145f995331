package harness

import (
	"context"
	"hash/fnv"
	"time"

	"ctxcliff/harness/internal/awake"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
	"ctxcliff/prompts"
)

// prober makes the probes of a campaign real: at most one server runs at a time.
type prober struct {
	*Bisection
	campaign *search.Campaign
	lines    map[string]plan.Line // by the key of the campaign's cell
	lives    map[string]*life     // by the id of the configuration: its canary outlives a switch
	now      *life                // whose server may run; nil none
	number   map[string]int       // attempts of each cell in the start numbers
	numbers  int
	began    time.Time
	before   float64 // seconds of earlier sessions
}

// ask makes the probe. The error is trouble that ends the bisection; findings are answers.
func (p *prober) ask(ctx context.Context, q search.Probe) (search.Answer, error) {
	cell := p.cell(q)
	l, err := p.life(ctx, cell.Configuration, q.Fresh)
	if err != nil {
		return p.answer(q, search.Infra), err
	}
	if dead, err := p.checkOn(ctx, l); err != nil || dead {
		return p.died(q, l), err
	}
	if !p.Journal.Knows(cell) {
		more := plan.Plan{Configurations: []plan.Work{{Configuration: cell.Configuration, Cells: []plan.Cell{cell}}}}
		if err := p.Journal.Extend(context.WithoutCancel(ctx), more); err != nil {
			return p.answer(q, search.Infra), err
		}
	}
	r := &reading{prober: p, probe: q, cell: cell, life: l, from: p.starts, served: l.served}
	if q.Path == search.Chain {
		err = r.chain(ctx)
	} else {
		err = r.once(ctx)
	}
	a := r.answer()
	if a.Down {
		err = also(err, l.clear(ctx))
	}
	l.forget()
	return a, err
}

// cell is what the probe's attempts count for: its line at its size.
func (p *prober) cell(q search.Probe) plan.Cell {
	line := p.lines[q.Cell]
	if q.Context > 0 {
		line.Configuration.Ctx = q.Context * line.Configuration.NP
	}
	return line.At(q.Tokens)
}

// life is that of the configuration. The server of another one is ended first, and so is one that has
// served something already when a fresh one is wanted.
func (p *prober) life(ctx context.Context, c plan.Configuration, fresh bool) (*life, error) {
	used := p.now != nil && p.now.last != nil && p.now.last.StartN == p.now.start.N
	if p.now != nil && (p.now.configuration.ID() != c.ID() || fresh && used && p.guest() == nil) {
		if err := p.end(ctx); err != nil {
			return nil, err
		}
	}
	l := p.lives[c.ID()]
	if l == nil {
		var err error
		if l, err = p.newLife(c); err != nil {
			return nil, err
		}
		p.lives[c.ID()] = l
	}
	p.now = l
	return l, nil
}

// checkOn looks whether the server that runs, if one does, is still well, and ends it if it is not.
// dead says that something struck it after its last answer, which was taken for a pass.
func (p *prober) checkOn(ctx context.Context, l *life) (dead bool, err error) {
	passed := l.server != nil && l.passed()
	if l.well(ctx) {
		return false, nil
	}
	err = l.end(ctx)
	return passed && l.broken(), err
}

// died is the answer to a probe for which there was no server any more.
func (p *prober) died(q search.Probe, l *life) search.Answer {
	a := p.answer(q, outcomeOf(*l.last))
	a.Phase, a.Down = search.Idle, true
	blame(&a, *l.last)
	return a
}

// answer is one that says no more than that.
func (p *prober) answer(q search.Probe, o search.Outcome) search.Answer {
	return search.Answer{Outcome: o, Cached: -1, Starts: p.lifeCount(), Down: true}
}

// end stops whatever server runs.
func (p *prober) end(ctx context.Context) error {
	if p.now == nil {
		return nil
	}
	l := p.now
	p.now = nil
	return l.end(ctx)
}

// next numbers the attempts of a cell within a start, from 1.
func (p *prober) next(l *life, cell plan.Cell) int {
	start := p.starts
	if l.server == nil {
		start++ // the one that is about to begin
	}
	if p.number == nil || p.numbers != start {
		p.number, p.numbers = map[string]int{}, start
	}
	p.number[cell.ID()]++
	return p.number[cell.ID()]
}

// reading is one probe being made.
type reading struct {
	*prober
	probe  search.Probe
	cell   plan.Cell
	life   *life
	from   int // starts before it
	served int // by the server that it found

	last     *trial.Attempt // nil: it did not come to one
	reached  int            // prompt of the longest request that was answered completely
	previous int            // and of the one before
	cached   int            // tokens of it that came from the cache; -1 nobody said
	spent    time.Duration  // by all requests
	loading  time.Duration  // of a start that it had to wait for
	marks    []search.Mark
}

// once sends one cold prompt to each slot.
func (r *reading) once(ctx context.Context) error {
	accept := r.probe.Limit && r.probe.Context == 0 && !r.life.pooled
	err := r.shoot(ctx, shot{
		reply: r.cell.Configuration.Reply, accept: accept, last: true,
		requests: func() []trial.Request { return r.requests(r.probe.Tokens) },
		make: func(ctx context.Context, requests []trial.Request) ([]prompts.Prompt, error) {
			return r.life.makePrompts(ctx, r.cell.Shape, requests)
		},
	})
	if err != nil || r.last == nil || !accepted(*r.last) {
		return err
	}
	ctx, done := awake.Within(ctx, r.life.bound.limit(r.probe.Tokens))
	defer done()
	if err := r.life.server.AwaitIdle(ctx); err != nil {
		return r.life.clear(ctx)
	}
	return nil
}

// shoot makes one attempt of the probe.
func (r *reading) shoot(ctx context.Context, s shot) error {
	s.cell, s.probe, s.n = r.cell, r.probe.Seq, r.next(r.life, r.cell)
	fresh := r.life.server == nil
	a, err := r.life.attempt(ctx, s)
	if a == nil {
		return err
	}
	r.last = a
	r.life.pooled = r.life.pooled || trial.SharedPool(*a)
	r.spent += a.Elapsed
	if fresh {
		r.loading, r.served = a.Began.Sub(r.life.start.Began), 0
	}
	return err
}

// requests are the probe's own: no two exposures of a line share a nonce.
func (r *reading) requests(tokens int) []trial.Request {
	h := fnv.New64a()
	h.Write([]byte(r.probe.Cell))
	return r.life.requests(r.cell, tokens, mix(h.Sum64(), uint64(r.probe.Exposure)))
}
