package reports

import (
	"fmt"

	"ctxcliff/harness/faults"
)

// How much of what a kind of failure left behind is shown on a screen. Markdown and JSON have more.
const (
	shownExcerpt = 6
	shownMoments = 6
)

// cellsShown is how many cells of a kind of failure are listed: all of a matrix, whose squares they are;
// few of a bisection, whose sizes are as they came.
func cellsShown(s Summary, k kind) int {
	if s.Hunt != nil && k.cells[0].Bug != "" {
		return 2
	}
	return len(k.cells)
}

// findings lists what breaks or flakes: each bug once, with the cells that show it, what justifies it,
// and the command that runs the cheapest of them again.
func (p *page) findings(s Summary) {
	for i, k := range kinds(s) {
		if i == 0 {
			p.heading("Failing cells")
		} else {
			p.blank()
		}
		p.kind(k, cellsShown(s, k))
	}
}

// kind shows one of them, with at most that many of its cells.
func (p *page) kind(k kind, most int) {
	first := k.shortest()
	mark := first.Outcome.Letter()
	if p.o.Glyphs {
		mark = first.Outcome.Glyph()
	}
	if f := first.Fault; f != nil {
		p.line(span{text: mark, style: styleOf(first)}, span{text: fmt.Sprintf(" %s %s, %s", first.Bug, f.Class, count(len(k.cells), "cell"))})
		p.wrapped("    ", "      ", f.Title)
		if f.Component != "" {
			p.wrapped("    ", "      ", "in "+f.Component)
		}
	} else {
		p.line(span{text: mark, style: styleOf(first)}, span{text: fmt.Sprintf(" %s, %s", first.Outcome, count(len(k.cells), "cell"))})
	}
	if reason := why(first); reason != "" {
		p.wrapped("    ", "      ", reason)
	}
	for _, o := range first.Opinions {
		p.wrapped("    ", "      ", fmt.Sprintf("%s: %s: %s", o.Oracle, o.Says, o.Reason))
	}
	if first.Fault != nil {
		p.excerpt(*first.Fault)
	}
	for i, c := range k.cells {
		if i == most {
			p.wrapped("  ", "      ", fmt.Sprintf("%s %s more: ctxcliff faults show %s", p.pick("…", "..."), count(len(k.cells)-most, "cell"), first.Bug))
			break
		}
		p.cellLine(c)
		p.wrapped("      ", "        ", circumstances(c))
	}
	p.timeLine(first)
	p.pastable("    ", "      ", first.Again)
}

// excerpt shows the beginning of what justifies a fault. Where no line does, its excerpt is the end of
// the log, and the end of that is shown.
func (p *page) excerpt(f faults.Fault) {
	lines := f.Excerpt
	more := len(lines) - shownExcerpt
	if more > 0 && f.Rule == "" {
		p.line(span{text: fmt.Sprintf("    (%s before)", count(more, "line"))})
		lines = lines[more:]
	} else if more > 0 {
		defer p.line(span{text: fmt.Sprintf("    (%s more)", count(more, "line"))})
		lines = lines[:shownExcerpt]
	}
	for _, line := range lines {
		p.excerptLine("    ", line)
	}
}

// cellLine is the mark and the whole id of a cell: people copy it.
func (p *page) cellLine(c *Cell) {
	mark := span{text: "  " + c.mark(p.o.Glyphs), style: styleOf(c)}
	if width(mark.text)+2+width(p.show(c.ID)) <= p.o.Width {
		p.line(mark, span{text: "  " + c.ID})
		return
	}
	p.line(mark)
	p.wrapped("      ", "      ", c.ID)
}

// timeLine is how it went and ended, a line for each entry.
func (p *page) timeLine(c *Cell) {
	moments, left := bounded(c.TimeLine, shownMoments)
	for i, m := range moments {
		if i == 1 && left > 0 {
			p.line(span{text: fmt.Sprintf("    %9s", p.pick("…", "...")+fmt.Sprintf(" %d more", left))})
		}
		p.line(span{text: shorten(p.show(fmt.Sprintf("    %9s %s: %s", m.after, m.source, m.text)), p.o.Width, p.pick("…", "~"))})
	}
}
