package harness

import (
	"context"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
)

// Bisection is one walk that looks for edges. What it asks is up to a [search.Campaign]; the bisection
// makes each probe real, and says what happened.
type Bisection struct {
	Rig
	Goal    Goal
	Journal Journal

	// What an earlier session of the same run left behind; zero in a new run.
	Done   []search.Entry // its journal, in order
	Starts int            // servers that it launched

	// Why says why the last Run came to its end: [search.Complete], or what ran out.
	Why string
}

// Goal is what a bisection is to find.
type Goal struct {
	Lines   []plan.Line // on axis ctx their configurations have the ceiling's context
	Ceiling int         // per slot, on the axis; 0: as far as the context goes
	Search  search.Settings
}

// Journal keeps what a bisection asks and is told. What it has acknowledged survives a power loss.
type Journal interface {
	Knows(plan.Cell) bool
	Extend(context.Context, plan.Plan) error // a bisection finds its cells as it goes
	BeginProbe(context.Context, search.Probe) error
	EndProbe(context.Context, search.Probe, search.Answer) error
}

// Cells are the goal's lines in the words of the search. A slot accepts a prompt of one token less than
// its context, so the first size that is refused is worth a look, and the default: it costs no work.
// The context that a model was trained for caps a slot's, where it is known.
func (g Goal) Cells(labs Labs) []search.Cell {
	cells := make([]search.Cell, len(g.Lines))
	for i, line := range g.Lines {
		c := line.Configuration
		slot := c.SlotContext()
		if lab, err := labs.of(c.Target); err == nil && lab.Model.TrainedContext > 0 {
			slot = min(slot, lab.Model.TrainedContext)
		}
		cells[i] = search.Cell{
			Key: line.ID(), Config: c.ID(), Shape: line.Shape.String(), NP: c.NP, Ctx: c.Ctx,
			Ceiling: g.Ceiling, Accepts: slot - 1,
		}
		switch {
		case g.Search.Axis == search.AxisCtx:
			cells[i].Ceiling, cells[i].Accepts = c.Ctx/c.NP, 0
		case g.Ceiling == 0:
			cells[i].Ceiling = slot
		}
	}
	return cells
}

// Run goes on until every edge is found, time or starts are used up, or ctx ends. It returns nil when
// the campaign came to an end of its own (see Why), ctx.Err() when it was interrupted, and an error when
// the lab makes going on pointless. Findings are not errors. Whenever it returns, no process that it
// started is alive, and what it learned is in the journal.
func (b *Bisection) Run(ctx context.Context) (err error) {
	campaign, err := search.Journal{Settings: b.Goal.Search, Cells: b.Goal.Cells(b.Labs), Entries: b.Done}.Campaign()
	if err != nil {
		return err
	}
	b.prepare(ctx)
	defer b.pack()
	b.starts, b.Why = b.Starts, ""
	p := &prober{Bisection: b, campaign: campaign, lines: map[string]plan.Line{}, lives: map[string]*life{}, began: time.Now(), before: campaign.Progress().Elapsed}
	for _, line := range b.Goal.Lines {
		p.lines[line.ID()] = line
	}
	defer func() { err = also(err, p.end(ctx)) }()
	for ctx.Err() == nil {
		next := campaign.Next()
		if next.Done {
			b.Why = next.Why
			return nil
		}
		if b.Why = b.gone(); b.Why != "" {
			return b.note(ctx, b.Why)
		}
		if err := p.probe(ctx, next.Probe); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// probe makes one probe, and has it in the journal before and after.
func (p *prober) probe(ctx context.Context, q search.Probe) error {
	keep := context.WithoutCancel(ctx)
	if err := p.Journal.BeginProbe(keep, q); err != nil {
		return err
	}
	p.tell(trial.ProbeBegan{Probe: q, Line: p.lines[q.Cell], Expected: seconds(p.campaign.Predict(q)), Progress: p.campaign.Progress()})
	a, trouble := p.ask(ctx, q)
	a.Elapsed = p.before + time.Since(p.began).Seconds()
	if err := p.Journal.EndProbe(keep, q, a); err != nil {
		return also(trouble, err)
	}
	trouble = also(trouble, p.campaign.Tell(q, a))
	edge, _ := p.campaign.Edge(q.Cell)
	p.tell(trial.ProbeEnded{Probe: q, Line: p.lines[q.Cell], Answer: a, Edge: edge, Progress: p.campaign.Progress()})
	return trouble
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
