package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ctxcliff/harness/trial"
)

// matrix is the layout of the cells of one target: rows are prompt sizes within a context, columns
// are shapes within a number of slots.
type matrix struct {
	model, backend, topology string
	total                    bool // rows name the total context (-c) rather than the one per slot
	contexts                 []int
	shapes                   []string // in the order of the plan
	columns                  []column
	rows                     []row
	at                       map[square]*Cell
}

type column struct {
	np    int
	shape string
}

type row struct{ context, tokens int }

type square struct {
	row
	column
}

// matrices lays out the cells, one matrix for each target, in the order of the plan.
func matrices(s Summary) []*matrix {
	var list []*matrix
	for i := range s.Cells {
		c := &s.Cells[i]
		at := slices.IndexFunc(list, func(m *matrix) bool { return m.holds(c) })
		if at < 0 {
			at = len(list)
			list = append(list, &matrix{model: c.Model, backend: c.Backend, topology: c.Topology, at: map[square]*Cell{}})
		}
		list[at].shapes = appendNew(list[at].shapes, c.Shape)
	}
	for _, m := range list {
		m.fill(s.Cells)
	}
	return list
}

// holds reports whether the cell is of the matrix's target.
func (m *matrix) holds(c *Cell) bool {
	return c.Model == m.model && c.Backend == m.backend && c.Topology == m.topology
}

func (m *matrix) fill(cells []Cell) {
	var totals, slots []int
	for i := range cells {
		if c := &cells[i]; m.holds(c) {
			totals, slots = appendNew(totals, c.Ctx), appendNew(slots, c.PS)
		}
	}
	m.total = len(totals) < len(slots)
	for i := range cells {
		c := &cells[i]
		if !m.holds(c) {
			continue
		}
		q := square{row{c.PS, c.TargetTokens}, column{c.NP, c.Shape}}
		if m.total {
			q.context = c.Ctx
		}
		m.contexts, m.rows, m.columns = appendNew(m.contexts, q.context), appendNew(m.rows, q.row), appendNew(m.columns, q.column)
		m.at[q] = c
	}
	slices.Sort(m.contexts)
	slices.SortFunc(m.rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.context, b.context), cmp.Compare(a.tokens, b.tokens))
	})
	slices.SortFunc(m.columns, func(a, b column) int {
		return cmp.Or(cmp.Compare(a.np, b.np), cmp.Compare(slices.Index(m.shapes, a.shape), slices.Index(m.shapes, b.shape)))
	})
}

// contextWord is what the contexts of the rows are called.
func (m *matrix) contextWord() string {
	if m.total {
		return "ctx"
	}
	return "ps"
}

// constants is what does not vary: model, backend, topology, build, power profile, starts per cell, context.
func (m *matrix) constants(s Summary) []string {
	t := s.target(m.model, m.backend, m.topology)
	list := []string{m.model, m.backend, m.topology, t.Build.String(), t.Target.Power}
	if n := s.Run.Settings.Starts; n > 0 {
		list = append(list, count(n, "start")+"/cell")
	}
	if len(m.contexts) == 1 {
		list = append(list, fmt.Sprintf("%s %d", m.contextWord(), m.contexts[0]))
	}
	return list
}

// String is the build as the field writes it: b8102 (39e4b1dc).
func (b Build) String() string {
	switch {
	case b.Number > 0 && b.Commit != "":
		return fmt.Sprintf("b%d (%s)", b.Number, b.Commit)
	case b.Number > 0:
		return fmt.Sprintf("b%d", b.Number)
	case b.Commit != "":
		return b.Commit
	}
	return "build unknown"
}

// trailer is the last line of llama-bench's Markdown, which tools that compare builds look for.
func (b Build) trailer() string {
	return fmt.Sprintf("build: %s (%d)", cmp.Or(b.Commit, "unknown"), b.Number)
}

// mark is what stands in a square: the outcome's mark and how many starts passed of those that
// count. A refusal has no rate: nothing was answered.
func (c *Cell) mark(glyphs bool) string {
	m := c.Outcome.Letter()
	if glyphs {
		m = c.Outcome.Glyph()
	}
	switch {
	case c.Verdict == trial.Limit:
		return m + " limit"
	case c.Starts == 0:
		return m
	}
	return fmt.Sprintf("%s %s", m, c.rate())
}

func (c *Cell) rate() string { return fmt.Sprintf("%d/%d", c.Passed, c.Starts) }

// occurring are the outcomes that at least one cell shows.
func occurring(s Summary) []trial.Outcome {
	return slices.DeleteFunc(trial.Outcomes(), func(o trial.Outcome) bool {
		return !slices.ContainsFunc(s.Cells, func(c Cell) bool { return c.Outcome == o })
	})
}

// bounds says, for each number of starts in which a cell never failed, what that proves.
func bounds(s Summary, atMost string) []string {
	var list []string
	seen := map[int]bool{}
	for _, c := range s.Cells {
		if c.Verdict == trial.Holds {
			seen[c.Starts] = true
		}
	}
	for _, n := range slices.Sorted(maps.Keys(seen)) {
		list = append(list, fmt.Sprintf("%d/%d: 0 failures in %s, failure rate of the cell %s %s at 95 %% confidence",
			n, n, count(n, "start"), atMost, percent(trial.UpperBound(0, n))))
	}
	return list
}

func appendNew[T comparable](list []T, v T) []T {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

// oneLine joins cleaned words.
func oneLine(separator string, words ...string) string {
	kept := words[:0:0]
	for _, w := range words {
		if w != "" {
			kept = append(kept, clean(w))
		}
	}
	return strings.Join(kept, separator)
}
