package reports

import (
	"fmt"
	"io"
	"strings"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// Text writes the summary for a screen: matrix, legend, failing cells, throughput, notes, totals.
func Text(w io.Writer, s Summary, o TextOptions) error {
	if s.Story != nil {
		return storyText(w, s, o)
	}
	if s.Fuzz != nil {
		return fuzzText(w, s, o)
	}
	if s.Hunt != nil {
		return huntText(w, s, o)
	}
	p := newPage(o)
	for i, m := range matrices(s) {
		if i > 0 {
			p.blank()
		}
		p.matrix(s, m)
	}
	p.legend(s)
	p.comparison(s)
	p.findings(s)
	p.gate(s)
	p.untested(s)
	p.throughput(s)
	p.list("Notes", s.Notes)
	p.list("Not observed", s.Unobserved)
	p.totals(s)
	return p.writeTo(w)
}

func (p *page) matrix(s Summary, m *matrix) {
	p.dotted(m.constants(s)...)
	p.dotted(s.Run.ID, s.Run.Command, fmt.Sprintf("seed %d", s.Run.Seed), isolation(s.Run.Target, s.Run.Settings))
	labels := m.labels(p.pick("…", "~"))
	for _, b := range m.blocks(labels, p.o) {
		p.blank()
		p.block(m, b, labels)
	}
	for _, name := range m.shapes {
		if clean(name) != labels[name] {
			p.wrapped("  ", "    ", labels[name]+" = "+name)
		}
	}
}

// isolation is what gets a fresh server, in words.
func isolation(t plan.Target, s trial.Settings) string {
	switch {
	case t.URL != "":
		return "one server for all cells, which somebody else runs and nobody restarts"
	case s.Isolation == "":
		return ""
	}
	return "a fresh server for each " + map[string]string{"cell": "cell", "config": "configuration"}[s.Isolation]
}

func (p *page) block(m *matrix, columns []sized, labels map[string]string) {
	bar := p.pick(" │", " |")
	context, tokens := m.labelWidths()
	head, names := []span{{pad: context + tokens}}, []span{{text: m.contextHead(), pad: -context}, {text: "prompt", pad: -tokens}}
	for i, c := range columns {
		group, edge := "", "  "
		if i == 0 || columns[i-1].np != c.np {
			group, edge = fmt.Sprintf("np %d", c.np), bar+" "
		}
		head = append(head, span{text: edge}, span{text: group, pad: c.width})
		names = append(names, span{text: edge}, span{text: labels[c.shape], pad: c.width})
	}
	p.line(head...)
	p.line(names...)
	for _, r := range m.rows {
		line := []span{{pad: context}, {text: fmt.Sprint(r.tokens), pad: -tokens}}
		if context > 0 {
			line[0] = span{text: fmt.Sprint(r.context), pad: -context}
		}
		some := false
		for i, c := range columns {
			edge := "  "
			if i == 0 || columns[i-1].np != c.np {
				edge = bar + " "
			}
			s := span{pad: c.width}
			if cell := m.at[square{r, c.column}]; cell != nil {
				s, some = span{text: cell.mark(p.o.Glyphs), pad: c.width, style: styleOf(cell)}, true
			}
			line = append(line, span{text: edge}, s)
		}
		if some {
			p.line(line...)
		}
	}
}

func (p *page) legend(s Summary) {
	if len(s.Cells) > 0 {
		p.blank()
	}
	for _, o := range occurring(s) {
		mark := o.Letter()
		if p.o.Glyphs {
			mark = o.Glyph()
		}
		p.wrapped(mark+strings.Repeat(" ", 3-width(mark))+fmt.Sprintf("%-10s ", o), strings.Repeat(" ", 14), o.Words())
	}
	if s.Totals.Tested > 0 {
		p.wrapped("k/n ", "    ", "starts that passed, of those that count")
	}
	for _, b := range bounds(s, p.atMost()) {
		p.wrapped("    ", "      ", b)
	}
}

// list puts sentences under a title.
func (p *page) list(title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	p.heading(title)
	for _, l := range lines {
		p.wrapped("- ", "  ", l)
	}
}

// totals comes last, where it is still on the screen.
func (p *page) totals(s Summary) {
	p.blank()
	p.line(span{text: totalsLine(s), style: exitStyle(s)})
	p.wrapped("", "", countsLine(s))
	if s.Gate != nil {
		p.wrapped("", "", "against expectations: "+s.Gate.line())
	}
	p.wrapped("", "", conclusion(s.Totals, p.atMost()))
}
