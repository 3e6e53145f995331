package search

import (
	"cmp"
	"slices"
)

// ladder is the number of exposures that all cells have before any goes on, where several
// configurations share the machine and a switch costs a start.
var ladder = [...]int{2, 3, 5, 9, 14, 29, 59}

// candidate is what one cell wants now.
type candidate struct {
	cell int
	wish
	counted int
}

// Next is the next question, the same until it is told what happened.
func (c *Campaign) Next() Next {
	if c.done == nil {
		next := c.decide()
		c.done = &next
	}
	return *c.done
}

// decide walks the configurations in a ring, from the one whose server is up, and takes the
// gentlest question of the first that wants any; when none does, all may go one round further.
func (c *Campaign) decide() Next {
	tight := c.tight()
	for target := c.nextRound(0, tight); ; target = c.nextRound(target, tight) {
		for turn := range c.groups {
			g := c.groups[(c.current+turn)%len(c.groups)]
			if wishes := c.wishes(g, target); len(wishes) > 0 {
				return c.choose(wishes)
			}
		}
		if target >= c.mostNeeded() {
			return Next{Done: true, Why: Complete}
		}
	}
}

// nextRound is the number of exposures after target. Rounds go by one where a switch of the
// configuration costs nothing, or where time may run out before the round is over: then every
// cell must stand at the same number. Otherwise they follow the ladder.
func (c *Campaign) nextRound(target int, tight bool) int {
	if len(c.groups) > 1 && !tight {
		for _, step := range ladder {
			if step > target {
				return step
			}
		}
	}
	return target + 1
}

// mostNeeded is the number of exposures after which every cell has its own.
func (c *Campaign) mostNeeded() int {
	most := 1
	for _, s := range c.cells {
		most = max(most, s.needed())
	}
	return most
}

// wishes lists what the cells of a configuration want on their way to target, gentlest first:
// smoke of all, scouts, confirmations of the cell with fewest exposures, checks last.
func (c *Campaign) wishes(g *group, target int) []candidate {
	var found []candidate
	for _, i := range g.cells {
		s := c.cells[i]
		if w := s.want(target); w.stage != stageNone {
			found = append(found, candidate{cell: i, wish: w, counted: len(s.counted(s.n))})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int {
		sa, sb := c.cells[a.cell], c.cells[b.cell]
		order := cmp.Compare(a.stage, b.stage)
		if a.stage == stageSmoke && b.stage == stageSmoke {
			return cmp.Or(cmp.Compare(a.probe.Size, b.probe.Size), cmp.Compare(sb.cell.Risk, sa.cell.Risk))
		}
		if order == 0 && a.stage == stageScout {
			return cmp.Or(cmp.Compare(sb.cell.Risk, sa.cell.Risk), cmp.Compare(a.probe.Size, b.probe.Size))
		}
		return cmp.Or(order, cmp.Compare(a.counted, b.counted))
	})
	return found
}

// choose takes the first wish that time and starts still allow.
func (c *Campaign) choose(wishes []candidate) Next {
	why := OutOfTime
	for _, w := range wishes {
		p := w.probe
		p.Seq = c.told + 1
		p.Fresh = p.Fresh || c.spread(w)
		start := p.Fresh || c.live != lifeKey(p)
		if start && c.set.MaxStarts > 0 && c.starts >= c.set.MaxStarts {
			why = OutOfLife
			continue
		}
		if !c.affords(w.cell, p, start) {
			continue
		}
		if p.Path == Chain {
			p.Steps = c.cells[w.cell].steps(p)
		}
		return Next{Probe: p, Start: start}
	}
	return Next{Done: true, Why: why}
}
