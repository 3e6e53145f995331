package reports

import (
	"cmp"
	"slices"
	"strings"

	statistics "ctxcliff/harness/rates"
	"ctxcliff/harness/search"
)

// EdgeChange is an edge that moved.
type EdgeChange struct {
	Line                 string // id: configuration and shape
	SafeA, SafeB         int    // largest size that holds
	UnsafeA, UnsafeB     int    // shortest that is known not to; 0 none
	LimitA, LimitB       string
	Change               Change
	Sure                 Sure
	P                    float64 // as for cells; 0 where it is no matter of chance
	BrokeA, TriedA       int     // of the runs that tell the two apart
	BrokeB, TriedB       int
	ExposuresA, ExposesB int // clean runs at the sizes that hold
}

// compareEdges compares the lines that both sides looked at. An edge has moved when the sizes that hold differ
// by more than what neither search can tell apart: a step of the scout, and the guard.
func (d *Difference) compareEdges(a, b *pool) {
	for _, line := range a.lines {
		if b.edges[line] == nil {
			d.OnlyA = append(d.OnlyA, line)
		}
	}
	for _, line := range b.lines {
		left, right := a.edges[line], b.edges[line]
		if left == nil {
			d.OnlyB = append(d.OnlyB, line)
			continue
		}
		d.Lines++
		if e, moved := moveOf(line, *left, *right); moved {
			d.Edges = append(d.Edges, e)
		}
	}
	slices.SortStableFunc(d.Edges, func(x, y EdgeChange) int {
		return cmp.Or(cmp.Compare(rank(x.Change, x.Sure), rank(y.Change, y.Sure)), cmp.Compare(x.Line, y.Line))
	})
}

func moveOf(line string, a, b pooledEdge) (EdgeChange, bool) {
	e := EdgeChange{
		Line: line, SafeA: a.size(), SafeB: b.size(), LimitA: a.limitWords(false), LimitB: b.limitWords(false),
		ExposuresA: a.Exposures, ExposesB: b.Exposures, UnsafeA: a.unsafe(), UnsafeB: b.unsafe(), Change: Worse, Sure: Undecided,
	}
	apart := max(a.grain(), b.grain())
	if max(e.SafeA-e.SafeB, e.SafeB-e.SafeA) <= apart {
		return e, false
	}
	low, high := b, a // low is the side whose edge lies lower
	if e.SafeB > e.SafeA {
		e.Change, low, high = Better, a, b
	}
	from, to := low.broken(), high.size()
	if from == 0 || from > to {
		return e, true // the lower one was not looked at further, or stopped for want of time
	}
	below, above := low.between(from, to), high.between(from, to)
	e.count(above.Sum(), below.Sum())
	if e.Change == Better {
		e.count(below.Sum(), above.Sum())
	}
	switch low.Limit {
	case search.ByRefusal, search.ByMemory, search.ByCeiling: // no matter of chance
		if low.Status == search.Confirmed && high.Exposures > 0 {
			e.Sure = Yes
		}
		return e, true
	}
	e.P = min(1, float64(places(a, b))*statistics.UnconditionalGreater(below, above))
	if e.P <= level {
		e.Sure = Yes
	}
	return e, true
}

func (e *EdgeChange) count(a, b statistics.Count) {
	e.BrokeA, e.TriedA, e.BrokeB, e.TriedB = a.Failed, a.Tried, b.Failed, b.Tried
}

// size is the largest that holds, on the axis that was searched.
func (e pooledEdge) size() int {
	if e.Axis == search.AxisCtx {
		return e.SafeCtx
	}
	return e.Safe
}

func (e pooledEdge) unsafe() int {
	switch {
	case e.Axis == search.AxisCtx && e.UnsafeCtx != nil:
		return *e.UnsafeCtx
	case e.Axis != search.AxisCtx && e.Unsafe != nil:
		return *e.Unsafe
	}
	return 0
}

// broken is the shortest size that surely does not hold; 0 none. The position of a failure is where the last
// whole batch ended: what passed beyond it by less than a batch says nothing.
func (e pooledEdge) broken() int {
	if e.Axis == search.AxisCtx || e.Limit != search.ByFault && e.Limit != search.ByFloor {
		return e.unsafe()
	}
	least := 0
	for _, p := range e.Probes {
		if p.Outcome != search.Fault && p.Outcome != search.Hang {
			continue
		}
		at := cmp.Or(p.Asked, p.Tokens)
		if p.Position > 0 {
			at = min(at, p.Position+e.hunt.Settings.Batch)
		}
		if least == 0 || at < least {
			least = at
		}
	}
	return cmp.Or(least, e.unsafe())
}

// grain is what the search does not tell apart.
func (e pooledEdge) grain() int {
	set := e.hunt.Settings
	return max(set.Resolution, int(max(0, set.Guard)*float64(e.size())), e.size()/50)
}

// between takes the probes that went from one size on, and of these as failed those that broke up to the
// other one: cold ones, and chains.
func (e pooledEdge) between(from, to int) (t statistics.Strata) {
	for _, p := range e.probes {
		failed := p.Outcome == search.Fault || p.Outcome == search.Hang
		at, reached := e.brokeAt(p), max(p.Reached, p.Tokens)
		if e.Axis == search.AxisCtx {
			reached = p.Size
		}
		of := &t[0]
		if p.Path == search.Chain {
			of = &t[1]
		}
		switch {
		case failed && at <= to:
			of.Failed, of.Tried = of.Failed+1, of.Tried+1
		case failed && max(reached, at) >= from, p.Outcome == search.Passed && reached >= from:
			of.Tried++
		}
	}
	return t
}

// brokeAt is the size at which a failed probe broke, as near as is known.
func (e pooledEdge) brokeAt(p search.Record) int {
	if e.Axis == search.AxisCtx {
		return p.Size
	}
	return cmp.Or(p.Position, p.Asked, p.Tokens)
}

// places counts where the probes of two edges broke, taking for one what positions do not tell apart. Edges
// are cut at one of them: it was chosen among so many.
func places(a, b pooledEdge) int {
	var at []int
	for _, e := range []pooledEdge{a, b} {
		for _, p := range e.probes {
			if p.Outcome == search.Fault || p.Outcome == search.Hang {
				at = append(at, e.brokeAt(p))
			}
		}
	}
	slices.Sort(at)
	n := min(1, len(at))
	for i := 1; i < len(at); i++ {
		if at[i]-at[i-1] > max(a.hunt.Settings.Batch, b.hunt.Settings.Batch)+at[i]/50 {
			n++
		}
	}
	return n
}

// lineOf is the id of the line that a cell's id belongs to.
func lineOf(cell string) string {
	if i := strings.LastIndex(cell, "__"); i >= 0 {
		return cell[:i]
	}
	return cell
}
