package reports

import (
	"time"

	"ctxcliff/harness/trial"
)

// lookBack finds, for each cell and each line, from when on the runs agree with the latest one.
func (p *pool) lookBack() {
	cells, edges := map[string]Tried{}, map[string]pooledEdge{}
	closed := map[string]bool{}
	for i := len(p.runs) - 1; i >= 0; i-- {
		sum, began := p.summaries[i], p.runs[i].Run.Began
		if sum.Story != nil {
			continue
		}
		for _, e := range sum.Edges {
			now := pooledEdge{e, *sum.Hunt, e.Probes}
			if later, known := edges[e.Cell]; known && !closed[e.Cell] {
				_, moved := moveOf(e.Cell, now, later)
				closed[e.Cell] = moved
			}
			p.reach(e.Cell, began, closed)
			edges[e.Cell] = now
		}
		for _, c := range sum.Cells {
			if sum.Hunt != nil || c.seen().Verdict == trial.Unproven {
				continue
			}
			later, known := cells[c.ID]
			if known && !closed[c.ID] {
				closed[c.ID] = apart(Tried{}.with(c), later)
			}
			p.reach(c.ID, began, closed)
			if !closed[c.ID] {
				cells[c.ID] = later.with(c)
			}
		}
	}
}

// apart reports whether a run before saw something else of a cell: surely, or as plainly as breaks and holds
// differ.
func apart(before, later Tried) bool {
	c, differs := changeOf("", before, later)
	constant := func(v trial.Verdict) bool { return v == trial.Holds || v == trial.Breaks || v == trial.Limit }
	return differs && (c.Sure == Yes || constant(before.Verdict) && constant(later.Verdict))
}

// reach notes that a run still agrees.
func (p *pool) reach(where string, began time.Time, closed map[string]bool) {
	if !closed[where] {
		p.since[where] = began
	}
}

// counts reports whether the run counts for a cell or a line.
func (p *pool) counts(where string, r trial.Record) bool {
	since, known := p.since[where]
	return !known || !r.Run.Began.Before(since)
}
