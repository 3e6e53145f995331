package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// comparison puts the backends and topologies of a run side by side, in the order of its plan.
type comparison struct {
	columns []contender
	same    []string // what all of them, and all rows, have in common
	rows    []contest
}

// contender is a backend in a topology; its label leaves out what all have in common.
type contender struct{ backend, topology, label string }

// contest is one square of the matrix of each contender, nil where it was not planned.
type contest struct {
	model   string
	np, ps  int
	shape   string
	tokens  int
	squares []*Cell
	metrics [][]Stat // by metric, then by column; without measurements where the cell does not hold
	winners []int    // by metric: the column that wins; -1 none
}

// comparisonOf is nil where there is nothing to compare.
func comparisonOf(s Summary) *comparison {
	c := &comparison{}
	for _, cell := range s.Cells {
		v := contender{backend: cell.Backend, topology: cell.Topology}
		c.columns = appendNew(c.columns, v)
	}
	if len(c.columns) < 2 || s.Hunt != nil {
		return nil
	}
	c.label()
	for i := range s.Cells {
		c.place(&s.Cells[i])
	}
	starts := startsOfEach(s)
	for i := range c.rows {
		c.rows[i].measure(starts)
	}
	c.same = append(c.common(), c.same...)
	return c
}

// label names the columns by what differs between them.
func (c *comparison) label() {
	first := c.columns[0]
	backends := slices.ContainsFunc(c.columns, func(v contender) bool { return v.backend != first.backend })
	topologies := slices.ContainsFunc(c.columns, func(v contender) bool { return v.topology != first.topology })
	for i, v := range c.columns {
		switch {
		case !topologies:
			c.columns[i].label = v.backend
		case !backends:
			c.columns[i].label = v.topology
		default:
			c.columns[i].label = v.backend + " " + v.topology
		}
	}
	if !backends {
		c.same = append(c.same, first.backend)
	}
	if !topologies {
		c.same = append(c.same, first.topology)
	}
}

// place puts a cell into its row and column.
func (c *comparison) place(cell *Cell) {
	is := func(r contest) bool {
		return r.model == cell.Model && r.np == cell.NP && r.ps == cell.PS && r.shape == cell.Shape && r.tokens == cell.TargetTokens
	}
	i := slices.IndexFunc(c.rows, is)
	if i < 0 {
		i = len(c.rows)
		c.rows = append(c.rows, contest{cell.Model, cell.NP, cell.PS, cell.Shape, cell.TargetTokens, make([]*Cell, len(c.columns)), nil, nil})
	}
	column := slices.IndexFunc(c.columns, func(v contender) bool { return v.backend == cell.Backend && v.topology == cell.Topology })
	c.rows[i].squares[column] = cell
}

// common is what is the same in all rows.
func (c *comparison) common() (list []string) {
	constant := func(of func(contest) string) bool {
		return !slices.ContainsFunc(c.rows, func(r contest) bool { return of(r) != of(c.rows[0]) })
	}
	for _, part := range rowParts {
		if constant(part.of) {
			list = append(list, part.prefix+part.of(c.rows[0]))
		}
	}
	return list
}

// rowPart is one of what names a row.
type rowPart struct {
	name, prefix string
	of           func(contest) string
}

var rowParts = []rowPart{
	{"model", "", func(r contest) string { return r.model }},
	{"np", "np ", func(r contest) string { return fmt.Sprint(r.np) }},
	{"ps", "ps ", func(r contest) string { return fmt.Sprint(r.ps) }},
	{"shape", "", func(r contest) string { return r.shape }},
	{"prompt", "prompt ", func(r contest) string { return fmt.Sprint(r.tokens) }},
}

// varying are the parts that differ between rows.
func (c *comparison) varying() []rowPart {
	same := c.common()
	return slices.DeleteFunc(slices.Clone(rowParts), func(p rowPart) bool { return slices.Contains(same, p.prefix+p.of(c.rows[0])) })
}

// name is what tells the row from others.
func (c *comparison) name(r contest) string {
	var words []string
	for _, p := range c.varying() {
		words = append(words, p.prefix+p.of(r))
	}
	return cmp.Or(strings.Join(words, " "), "all")
}

// measured reports whether any number is known for a metric.
func (c *comparison) measured(metric int) bool {
	return slices.ContainsFunc(c.rows, func(r contest) bool {
		return slices.ContainsFunc(r.metrics[metric], func(s Stat) bool { return s.N > 0 })
	})
}

// tally says how many rows each column wins, metric by metric.
func (c *comparison) tally() []string {
	var list []string
	for m, by := range comparedBy {
		if !c.measured(m) {
			continue
		}
		wins := make([]int, len(c.columns))
		none := len(c.rows)
		for _, r := range c.rows {
			if w := r.winners[m]; w >= 0 {
				wins[w]++
				none--
			}
		}
		var parts []string
		for i, n := range wins {
			if n > 0 {
				parts = append(parts, fmt.Sprintf("%s wins %d of %s", c.columns[i].label, n, count(len(c.rows), "row")))
			}
		}
		if none > 0 {
			parts = append(parts, fmt.Sprintf("no winner in %d", none))
		}
		list = append(list, by.name+": "+strings.Join(parts, ", "))
	}
	return list
}
