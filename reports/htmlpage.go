package reports

import (
	"html/template"
	"reflect"
	"slices"

	"ctxcliff/harness/trial"
)

// pageData is what the templates are filled with. All text in it is plain: the templates escape it.
type pageData struct {
	Title, Subject        string
	Result                string // clean, failures…: a class of the style
	Totals, Counts, Proof string // three sentences
	Setup                 []pageFact
	Tallies               []pageTally
	Gate                  []string // against expectations, in sentences
	Unobserved, Notes     []string
	Bounds                []string
	Flaky                 bool // whether any cell is
	Edges                 []pageEdge
	Terms                 string // that the edges were looked for by
	Matrices              []*pageMatrix
	Filters               pageFilters
	Faults                []pageFault
	Charts                []pageChart
	MoreCharts            int // that are not drawn
	Rates                 []pageRate
	Comparison            *pageComparison // nil: there is nothing to compare
	Memory                []weight
	Commands              []pageCommand
	Index, Details        template.JS
	Trailer               string
}

type pageFact struct{ Name, Value string }

// pageTally is an outcome with the number of cells that show it.
type pageTally struct {
	Outcome, Glyph, Words, Class string
	Count                        int
	X, Width                     float64 // in the bar, out of 100
}

// pageFilters are the values that cells can be chosen by.
type pageFilters struct {
	Targets, Shapes []string
	NP              []int
}

type pageCommand struct {
	ID, Line, Says string
}

func pageOf(s Summary) (pageData, error) {
	s = copied(reflect.ValueOf(s), cleaned).Interface().(Summary)
	p := pageData{
		Title: oneLine(" ", "ctxcliff", s.Run.Command, s.Run.ID), Subject: subject(s), Result: s.Exit().String(),
		Tallies: pageTallies(s), Gate: s.gateSentences(), Unobserved: s.Unobserved, Notes: s.Notes, Bounds: bounds(s, "≤"),
		Faults: pageFaults(s), Rates: pageRates(s), Comparison: pageComparisonOf(s), Memory: weights(s), Trailer: s.Build.trailer(),
	}
	p.Totals, p.Counts, p.Proof = s.sentences()
	if s.Hunt != nil {
		p.Edges, p.Terms, p.Tallies = pageEdges(s), capital(huntTerms(*s.Hunt)), nil
	}
	for _, f := range append(setupIn(s, clean, exceptSlash), differences(s, clean, exceptSlash)...) {
		p.Setup = append(p.Setup, pageFact{f.name, f.value})
	}
	p.Flaky = slices.ContainsFunc(s.Cells, func(c Cell) bool { return c.Verdict == trial.Flaky })
	for _, m := range matrices(s) {
		if s.Hunt != nil {
			break // sizes as they came make no matrix
		}
		p.Matrices = append(p.Matrices, pageMatrixOf(s, m))
		p.Filters.Targets = append(p.Filters.Targets, targetName(m))
		for _, c := range m.columns {
			p.Filters.Shapes, p.Filters.NP = appendNew(p.Filters.Shapes, c.shape), appendNew(p.Filters.NP, c.np)
		}
	}
	p.Charts, p.MoreCharts = pageCharts(s)
	for _, c := range s.Configurations {
		line := pageCommand{ID: c.ID, Says: count(c.Starts, "start")}
		if len(c.Argv) > 0 {
			line.Line = commandLine(c.Argv)
		}
		p.Commands = append(p.Commands, line)
	}
	var err error
	if p.Index, err = embedded(pageIndexOf(s)); err != nil {
		return p, err
	}
	p.Details, err = embedded(pageDetailsOf(s))
	return p, err
}

// cleaned makes printable lines of texts from elsewhere.
func cleaned(list []string) []string {
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = clean(text)
	}
	return out
}

// exceptSlash leaves out the base name of no path.
func exceptSlash(text string) string {
	if text == "/" {
		return ""
	}
	return text
}

func targetName(m *matrix) string { return oneLine(" · ", m.model, m.backend, m.topology) }

func pageTallies(s Summary) []pageTally {
	var list []pageTally
	at := 0.0
	for _, o := range trial.Outcomes() {
		for _, t := range s.Totals.Outcomes {
			if t.Name == o.String() {
				width := 100 * float64(t.Count) / float64(max(1, s.Totals.Cells))
				list = append(list, pageTally{t.Name, o.Glyph(), o.Words(), outcomeClass(o), t.Count, round(at), round(width)})
				at += width
			}
		}
	}
	return list
}

// outcomeClass is the class of the style that an outcome alone has.
func outcomeClass(o trial.Outcome) string {
	switch {
	case o == trial.Pass:
		return "holds"
	case o == trial.Warn:
		return "warn"
	case o.Bad():
		return "breaks"
	case o == trial.Refused:
		return "limit"
	case o == trial.Sizing, o == trial.Infra:
		return "trouble"
	}
	return "open"
}

// cellClass is the class of a cell in the matrix: what was concluded and, of a cell that holds, how much
// that proves, so that the map gets deeper with every clean start.
func cellClass(c *Cell) string {
	switch c.Verdict {
	case trial.Breaks:
		return "breaks"
	case trial.Flaky:
		return "flaky"
	case trial.Limit:
		if c.Surprise != "" {
			return "trouble"
		}
		return "limit"
	case trial.Holds:
		class := "holds"
		for i, depth := range []string{" more", " more2", " more3"} {
			if c.UpperBound <= [...]float64{0.64, 0.3, 0.1}[i] { // 3, 9 and 29 clean starts
				class = "holds" + depth
			}
		}
		if c.Outcome == trial.Warn {
			class += " warn"
		}
		return class
	}
	return outcomeClass(c.Outcome)
}
