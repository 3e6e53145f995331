package reports

import (
	"slices"
	"time"

	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
)

// Side is one of the two that are compared: a run, or several taken together.
type Side struct {
	Name string // as the user called it
	Runs []trial.Record
	// Recent: the runs are the latest of a series. What they say of a cell counts back to where it surely, or
	// plainly, changed: what is compared is what holds now, and not what was.
	Recent bool
}

// Sure says whether a difference is more than chance.
type Sure string

// The answers.
const (
	Yes       Sure = "yes"       // chance alone would do as much in at most one of twenty cases
	No        Sure = "no"        // nothing differs that was looked at
	Undecided Sure = "undecided" // something differs, and chance may have done it
)

// chance is the level of the tests; level is the same with room for rounding: 3 of 3 against 0 of 3 has a chance
// of exactly 0.05.
const (
	chance = 0.05
	level  = chance + 1e-9
)

// Change is the direction of a difference, from the first side to the second.
type Change string

// The directions.
const (
	Worse  Change = "worse"
	Better Change = "better"
)

// Difference is what is known of how two sides differ.
type Difference struct {
	A, B     DiffSide
	Cells    []CellChange // worse ones first, sure ones before others
	Edges    []EdgeChange
	Faults   []FaultChange
	Rates    []RateChange // sure ones alone
	Compared int          // cells that both sides tested
	Same     int          // of these, cells whose verdict is the same and whose rate does not surely differ
	Lines    int          // edges that both sides looked for
	Numbers  int          // rates and times that both sides measured
	OnlyA    []string     // ids of cells and lines that the second side did not test
	OnlyB    []string
	ByChance float64 // cells of those compared that chance alone may be expected to call sure, at the most
}

// DiffSide is what is compared.
type DiffSide struct {
	Name   string
	Runs   []string // ids
	Builds []string
	Cells  int // tested
	Starts int
}

// Tried is how often a cell was tried on a side, and what came of it.
type Tried struct {
	Verdict trial.Verdict
	Outcome trial.Outcome
	Starts  int
	Failed  int
	Refused int
	Bug     string // that it shows; "" none
}

// Diff compares two sides. Runs of one side count together, start by start; of several bisections of a line
// the latest says where the edge is, and the probes of all say how sure that is.
func Diff(a, b Side) Difference {
	left, right := poolOf(a), poolOf(b)
	d := Difference{A: left.about, B: right.about}
	d.compareCells(left, right)
	d.compareEdges(left, right)
	d.compareFaults(left, right)
	d.compareRates(left, right)
	return d
}

// Regressed reports whether the second side is surely worse in anything but speed.
func (d Difference) Regressed() bool {
	return slices.ContainsFunc(d.Cells, func(c CellChange) bool { return c.Sure == Yes && c.Change == Worse }) ||
		slices.ContainsFunc(d.Edges, func(e EdgeChange) bool { return e.Sure == Yes && e.Change == Worse }) ||
		slices.ContainsFunc(d.Faults, func(f FaultChange) bool { return f.Sure == Yes && f.Change == Worse })
}

// Slower are the rates that are surely worse by more than the share.
func (d Difference) Slower(share float64) (list []RateChange) {
	for _, r := range d.Rates {
		if r.Change == Worse && max(r.By, -r.By) > share {
			list = append(list, r)
		}
	}
	return list
}

// Exit says what the comparison comes to.
func (d Difference) Exit() ExitKind {
	switch {
	case d.Regressed():
		return Failures
	case d.Compared == 0 && d.Lines == 0:
		return Inconclusive
	}
	return Clean
}

// pool is a side with the runs of it taken together.
type pool struct {
	about     DiffSide
	runs      []trial.Record
	summaries []Summary
	ids       []string // of cells that were tested, in the order in which they came
	cells     map[string]*Tried
	edges     map[string]*pooledEdge
	lines     []string
	since     map[string]time.Time // by cell and line: runs that began before do not count; none: all do
}

// pooledEdge is the latest edge of a line, with the probes of all runs.
type pooledEdge struct {
	Edge
	hunt   Hunt
	probes []search.Record
}

func poolOf(s Side) *pool {
	p := &pool{about: DiffSide{Name: s.Name}, cells: map[string]*Tried{}, edges: map[string]*pooledEdge{}, since: map[string]time.Time{}}
	runs := slices.Clone(s.Runs)
	slices.SortStableFunc(runs, func(a, b trial.Record) int { return a.Run.Began.Compare(b.Run.Began) })
	for _, r := range runs {
		p.runs, p.summaries = append(p.runs, r), append(p.summaries, Summarize(r))
	}
	if s.Recent {
		p.lookBack()
	}
	for i, r := range p.runs {
		sum := p.summaries[i]
		p.about.Runs = append(p.about.Runs, r.Run.ID)
		p.about.Starts += sum.Totals.Starts
		for _, t := range sum.Targets {
			p.about.Builds = appendNew(p.about.Builds, t.Build.String())
		}
		for i := range sum.Edges {
			e := sum.Edges[i]
			if !p.counts(e.Cell, r) {
				continue
			}
			was := p.edges[e.Cell]
			if was == nil {
				p.lines, was = append(p.lines, e.Cell), &pooledEdge{}
			}
			p.edges[e.Cell] = &pooledEdge{e, *sum.Hunt, append(was.probes, e.Probes...)}
		}
		if sum.Hunt == nil && sum.Story == nil {
			p.pool(r, sum.Cells)
		}
	}
	p.about.Cells = len(p.ids)
	return p
}

// pool adds what a screen saw.
func (p *pool) pool(r trial.Record, cells []Cell) {
	for _, c := range cells {
		if c.seen().Verdict == trial.Unproven || !p.counts(c.ID, r) {
			continue
		}
		t := p.cells[c.ID]
		if t == nil {
			t = &Tried{}
			p.cells[c.ID], p.ids = t, append(p.ids, c.ID)
		}
		*t = t.with(c)
	}
}

// with is the tally with what another run saw of the cell.
func (t Tried) with(c Cell) Tried {
	t.Starts, t.Failed, t.Refused = t.Starts+c.Starts, t.Failed+c.Failed, t.Refused+c.Refused
	if worst := trial.Worst(t.Outcome, c.Outcome); worst != t.Outcome || t.Bug == "" {
		t.Outcome, t.Bug = worst, c.Bug
	}
	t.Verdict = verdictOf(t)
	return t
}

func verdictOf(t Tried) trial.Verdict {
	switch {
	case t.Failed == t.Starts:
		return trial.Breaks
	case t.Failed > 0, t.Refused > 0 && t.Refused < t.Starts:
		return trial.Flaky
	case t.Refused > 0:
		return trial.Limit
	}
	return trial.Holds
}
