package trial

import (
	"cmp"
	"slices"
)

// Standing is the outcome as it counts: of an attempt that is still open, or that was made again because
// its start broke off, that it was interrupted.
func (a Attempt) Standing() Outcome {
	if a.Superseded || a.open() {
		return Incomplete
	}
	return a.Outcome
}

// open reports whether nobody has said how the attempt ended.
func (a Attempt) open() bool { return a.Outcome == Unknown }

// Past is what earlier sessions of a screen did at one cell.
type Past struct {
	Attempts []Attempt // warm-ups aside, by start and number; those of Broken are superseded
	Whole    int       // starts in which the cell had all its attempts, or one after which there are no more
	Broken   []int64   // ids of attempts that counted, in starts that were broken off before that
	Lost     int       // starts in which the host went down with the cell
}

// Pasts are what the record's attempts come to as starts that need not be made again, by the id of the
// cell. Interruptions and trouble of the lab finish nothing.
func (r Record) Pasts() map[string]*Past {
	pasts := map[string]*Past{}
	for _, a := range r.Attempts {
		if a.Warmup {
			continue
		}
		if pasts[a.CellID] == nil {
			pasts[a.CellID] = &Past{}
		}
		pasts[a.CellID].Attempts = append(pasts[a.CellID].Attempts, a)
	}
	for _, p := range pasts {
		p.sum(r.Run.Settings.Attempts)
	}
	return pasts
}

func (p *Past) sum(attempts int) {
	slices.SortStableFunc(p.Attempts, func(a, b Attempt) int { return cmp.Or(cmp.Compare(a.StartID, b.StartID), cmp.Compare(a.N, b.N)) })
	for first := 0; first < len(p.Attempts); {
		end := first + 1
		for end < len(p.Attempts) && p.Attempts[end].StartID == p.Attempts[first].StartID {
			end++
		}
		visit := p.Attempts[first:end]
		last := visit[len(visit)-1]
		if slices.ContainsFunc(visit, func(a Attempt) bool { return a.HostLost }) {
			p.Lost++
		}
		switch o := last.Standing(); {
		case o.Bad(), o == Sizing, o.Counts() && last.N >= attempts:
			p.Whole++
		default:
			for i := range visit {
				if visit[i].Standing().Counts() {
					p.Broken, visit[i].Superseded = append(p.Broken, visit[i].ID), true
				}
			}
		}
		first = end
	}
}
