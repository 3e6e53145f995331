package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// Estimate is how long a plan will take, with the words for where that number comes from.
type Estimate struct {
	Time  time.Duration // 0: unknown
	Basis string        // such as "measured in run 20261124-101500-3f2a"
}

// EstimateFrom estimates a plan from what earlier runs measured on the same model, backend and
// topology. It is the zero Estimate when they measured nothing comparable.
func EstimateFrom(p plan.Plan, s trial.Settings, earlier ...trial.Record) Estimate {
	targets := map[string]bool{}
	for _, w := range p.Configurations {
		targets[w.Configuration.Target.ID()] = true
	}
	var f Forecast
	var runs []string
	for _, r := range earlier {
		if slices.ContainsFunc(r.Run.Tested(), func(t trial.Tested) bool { return targets[t.Target.ID()] }) {
			before := f.all.answers
			f.LearnRecord(r)
			if f.all.answers > before {
				runs = append(runs, r.Run.ID)
			}
		}
	}
	took, ok := f.Plan(p, s)
	if !ok {
		return Estimate{}
	}
	return Estimate{Time: took, Basis: "measured in " + strings.Join(runs, ", ")}
}

// Plan writes what would be run: how many configurations, cells, starts and requests, how long that
// takes if an estimate is given, and then every cell in order.
func Plan(w io.Writer, p plan.Plan, s trial.Settings, estimate ...Estimate) error {
	pg := newPage(TextOptions{})
	var e Estimate
	if len(estimate) > 0 {
		e = estimate[0]
	}
	requests := 0
	for _, work := range p.Configurations {
		requests += len(work.Cells) * s.Starts * s.Attempts * work.Configuration.NP
	}
	pg.wrapped("", "  ", fmt.Sprintf("%s, %s, %s, %s", count(len(p.Configurations), "configuration"), count(p.Cells(), "cell"),
		count(startsOf(p, s), "start"), count(requests, "request")))
	pg.wrapped("", "  ", fmt.Sprintf("each cell: %s, %s each, one request per slot and attempt; %s; %s",
		count(s.Starts, "start"), count(s.Attempts, "attempt"), isolation(targetIn(p), s), warmup(s)))
	pg.wrapped("", "  ", e.words())
	for _, work := range p.Configurations {
		pg.blank()
		c := work.Configuration
		pg.wrapped("", "  ", c.ID())
		pg.line(span{text: fmt.Sprintf("  np %d, -c %d, %d tokens of context per slot", c.NP, c.Ctx, c.SlotContext())})
		for _, cell := range work.Cells {
			note := ""
			if cell.Expected(c.SlotContext()) == plan.ExpectRefusal {
				note = "  to be refused: it does not fit into a slot"
			}
			pg.line(span{text: "  "}, span{text: fmt.Sprint(cell.Tokens), pad: -8}, span{text: "  " + cell.Shape.String() + note})
		}
	}
	if len(p.Skips) > 0 {
		pg.heading("Left out")
	}
	for _, skip := range p.Skips {
		pg.wrapped("- ", "  ", skip.Cell.ID()+": "+skip.Reason)
	}
	return pg.writeTo(w)
}

// targetIn is what a plan tests: one target, as far as servers of others go.
func targetIn(p plan.Plan) plan.Target {
	if len(p.Configurations) == 0 {
		return plan.Target{}
	}
	return p.Configurations[0].Configuration.Target
}

func (e Estimate) words() string {
	if e.Time <= 0 {
		return "time: unknown, nothing comparable has been measured yet"
	}
	if e.Basis == "" {
		return "time: about " + duration(e.Time)
	}
	return fmt.Sprintf("time: about %s (%s)", duration(e.Time), e.Basis)
}
