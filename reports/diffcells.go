package reports

import (
	"cmp"
	"slices"

	statistics "ctxcliff/harness/rates"
	"ctxcliff/harness/trial"
)

// CellChange is a cell that differs.
type CellChange struct {
	ID     string
	A, B   Tried
	Change Change
	Sure   Sure
	P      float64 // chance of such a difference if nothing had changed: Fisher's exact test, one-sided
	Needs  int     // further starts on both sides that would make it sure if they go as those did; 0 it is, or none would
}

// compareCells compares what both sides tested. A verdict that differs is named whatever its chance; a rate
// of failures that differs within the same verdict is named when that is sure.
func (d *Difference) compareCells(a, b *pool) {
	for _, id := range a.ids {
		if b.cells[id] == nil {
			d.OnlyA = append(d.OnlyA, id)
		}
	}
	for _, id := range b.ids {
		left, right := a.cells[id], b.cells[id]
		if left == nil {
			d.OnlyB = append(d.OnlyB, id)
			continue
		}
		d.Compared++
		if left.Failed+right.Failed > 0 {
			d.ByChance += chance
		}
		if c, differs := changeOf(id, *left, *right); differs {
			d.Cells = append(d.Cells, c)
		} else {
			d.Same++
		}
	}
	slices.SortStableFunc(d.Cells, func(x, y CellChange) int {
		return cmp.Or(cmp.Compare(rank(x.Change, x.Sure), rank(y.Change, y.Sure)), cmp.Compare(x.P, y.P))
	})
}

// rank orders changes: what is worse before what is better, and what is sure before what may be chance.
func rank(c Change, s Sure) int {
	n := 0
	if c == Better {
		n = 2
	}
	if s != Yes {
		n++
	}
	return n
}

func changeOf(id string, a, b Tried) (CellChange, bool) {
	c := CellChange{ID: id, A: a, B: b, Change: Worse, Sure: Undecided}
	count := func(t Tried) int { return t.Failed }
	if a.Failed == 0 && b.Failed == 0 { // what differs is whether it was refused
		count = func(t Tried) int { return t.Refused }
	}
	k, l := count(a), count(b)
	c.P = statistics.FisherGreater(l, b.Starts, k, a.Starts)
	if share(k, a.Starts) > share(l, b.Starts) {
		c.Change, c.P = Better, statistics.FisherGreater(k, a.Starts, l, b.Starts)
	}
	if c.P <= level {
		c.Sure = Yes
		return c, true
	}
	if a.Verdict == b.Verdict {
		return c, false
	}
	c.Needs = needs(c.Change, k, a.Starts, l, b.Starts)
	return c, true
}

func share(k, n int) float64 { return float64(k) / float64(max(1, n)) }

// manyStarts is more than anybody will make of a cell for the sake of one difference.
const manyStarts = 1000

// needs is how many starts more, on both sides, would make a difference sure if they went as the ones before.
func needs(c Change, k, n, l, m int) int {
	if c == Better {
		k, n, l, m = l, m, k, n
	}
	for more := 1; more <= manyStarts; more++ {
		before, after := int(share(k, n)*float64(n+more)+0.5), int(share(l, m)*float64(m+more)+0.5)
		if statistics.FisherGreater(after, m+more, before, n+more) <= level {
			return more
		}
	}
	return 0
}

// concluded is the tally in few words: holds 3/3.
func (t Tried) concluded(glyphs bool) string {
	c := Cell{Verdict: t.Verdict, Outcome: t.Outcome, Starts: t.Starts, Passed: t.Starts - t.Failed - t.Refused}
	if t.Verdict == trial.Limit {
		c.Passed = 0
	}
	return c.mark(glyphs)
}
