package reports

import (
	"cmp"
	"slices"

	"ctxcliff/harness/minimize"
	statistics "ctxcliff/harness/rates"
	"ctxcliff/harness/trial"
)

// FaultChange is a bug that one side has and the other does not, or surely has more often.
type FaultChange struct {
	ID, Class, Title string
	Change           Change
	What             string // new, gone, more often, less often
	Sure             Sure
	A, B             Exposed
	P                float64  // as for cells; of a bug that is gone 0
	Needs            int      // clean runs that say gone, of a bug that is not seen any more; else 0
	Cells            []string // where it was seen, on either side
}

// Exposed is how often a side tried what shows a bug: starts of its cells or, in a bisection, probes of its
// lines that were long enough.
type Exposed struct {
	Hits  int // that broke with it
	Clean int // that passed
	Runs  int // all that count
}

// compareFaults holds each bug's sightings against how often both sides gave it the chance.
func (d *Difference) compareFaults(a, b *pool) {
	for _, bug := range trial.Bugs(append(a.sightings(), b.sightings()...)) {
		s := scopeOf(bug, a, b)
		f := FaultChange{ID: bug.ID, Class: bug.Class, Title: bug.Title, Cells: s.cells}
		f.A, f.B = inCommon(s.exposed(a), s.exposed(b))
		if f.decide() {
			d.Faults = append(d.Faults, f)
		}
	}
	slices.SortStableFunc(d.Faults, func(x, y FaultChange) int {
		return cmp.Or(cmp.Compare(rank(x.Change, x.Sure), rank(y.Change, y.Sure)), cmp.Compare(x.ID, y.ID))
	})
}

// decide says in what the bug differs, if in anything.
func (f *FaultChange) decide() bool {
	f.Change, f.Sure = Worse, Undecided
	f.P = statistics.FisherGreater(f.B.Hits, f.B.Runs, f.A.Hits, f.A.Runs)
	less := statistics.FisherGreater(f.A.Hits, f.A.Runs, f.B.Hits, f.B.Runs)
	switch {
	case f.A.Hits == 0 && f.B.Hits == 0, f.B.Runs == 0:
		return false // warm-ups alone saw it, or nothing that shows it is run any more
	case f.A.Hits == 0:
		f.What = "new"
	case f.B.Hits == 0:
		f.What, f.Change, f.P = "gone", Better, 0
		if f.Needs = minimize.CleanRuns(f.A.Hits, f.A.Runs); f.B.Clean >= f.Needs {
			f.Sure = Yes
		}
		return true
	case less <= level:
		f.What, f.Change, f.P = "less often", Better, less
	case f.P <= level:
		f.What = "more often"
	default:
		return false
	}
	if f.P <= level {
		f.Sure = Yes
	}
	return true
}

// sightings are those of the side's screens and bisections; what replays saw was asked for.
func (p *pool) sightings() (list []trial.Sighting) {
	for _, r := range p.runs {
		if r.Story != nil {
			continue
		}
		for _, a := range r.Attempts {
			if a.Fault == nil || a.Warmup {
				continue
			}
			list = append(list, trial.Sighting{RunID: r.Run.ID, AttemptID: a.ID, StartN: a.StartN, N: a.N, CellID: a.CellID,
				At: a.Began.Add(a.Elapsed), Tokens: tokensOf(a), Outcome: a.Outcome, Fault: *a.Fault})
		}
	}
	return list
}

func tokensOf(a trial.Attempt) (n int) {
	for _, r := range a.Requests {
		n = max(n, r.Target)
	}
	return n
}

// scope is where a bug was seen: cells of screens, and lines of bisections from a length on.
type scope struct {
	signatures map[string]bool
	cells      []string        // sorted
	in         map[string]bool // the same
	lines      map[string]int  // shortest length that broke with it, by line
}

func scopeOf(bug trial.Bug, sides ...*pool) scope {
	s := scope{signatures: map[string]bool{bug.Signature: true}, in: map[string]bool{}, lines: map[string]int{}}
	for _, other := range bug.Others {
		s.signatures[other] = true
	}
	for _, p := range sides {
		for _, r := range p.runs {
			lines := linesOf(r)
			for _, a := range r.Attempts {
				if r.Story != nil || a.Warmup || !s.is(a) {
					continue
				}
				place := a.CellID
				if r.Search != nil {
					place = lines[a.CellID]
					if least, known := s.lines[place]; !known || tokensOf(a) < least {
						s.lines[place] = tokensOf(a)
					}
				}
				if !s.in[place] {
					s.in[place], s.cells = true, append(s.cells, place)
				}
			}
		}
	}
	slices.Sort(s.cells)
	return s
}

func (s scope) is(a trial.Attempt) bool { return a.Fault != nil && s.signatures[a.Fault.Signature] }

// linesOf are the ids of the lines of a bisection's cells.
func linesOf(r trial.Record) map[string]string {
	lines := map[string]string{}
	if r.Search == nil {
		return lines
	}
	for _, c := range r.Cells {
		id := c.ID()
		lines[id] = lineOf(id)
	}
	return lines
}

// inCommon sums what both sides tried in the places that both of them tried. Of a bug that the second side
// saw only in places of its own, that is all that there is.
func inCommon(a, b map[string]Exposed) (left, right Exposed) {
	var seen, own Exposed
	for place, e := range a {
		seen = seen.plus(e)
		if b[place].Runs > 0 {
			left, right = left.plus(e), right.plus(b[place])
		}
	}
	for _, e := range b {
		own = own.plus(e)
	}
	if left.Hits+right.Hits == 0 && seen.Hits == 0 {
		return Exposed{}, own
	}
	return left, right
}

func (e Exposed) plus(o Exposed) Exposed {
	return Exposed{e.Hits + o.Hits, e.Clean + o.Clean, e.Runs + o.Runs}
}

// exposed counts what a side tried in the scope, by place. Starts are the unit of a screen, probes that of a bisection.
func (s scope) exposed(p *pool) map[string]Exposed {
	type unit struct {
		place, run, cell string
		start            int64
		probe            int
	}
	worst := map[unit]trial.Outcome{}
	hit := map[unit]bool{}
	for _, r := range p.runs {
		lines := linesOf(r)
		for _, a := range r.Attempts {
			u := unit{run: r.Run.ID, cell: a.CellID, start: a.StartID}
			in := s.in[a.CellID]
			if r.Search != nil {
				least, known := s.lines[lines[a.CellID]]
				in = known && tokensOf(a) >= least
				u = unit{run: r.Run.ID, probe: a.Probe, place: lines[a.CellID]} // the steps of a chain are one run
			} else {
				u.place = a.CellID
			}
			if !in || !p.counts(u.place, r) || r.Story != nil || a.Warmup || !a.Outcome.Counts() {
				continue
			}
			worst[u], hit[u] = trial.Worst(worst[u], a.Outcome), hit[u] || s.is(a)
		}
	}
	all := map[string]Exposed{}
	for u, outcome := range worst {
		e := Exposed{Runs: 1}
		switch {
		case hit[u]:
			e.Hits++
		case outcome == trial.Pass || outcome == trial.Warn:
			e.Clean++
		}
		all[u.place] = all[u.place].plus(e)
	}
	return all
}
