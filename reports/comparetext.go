package reports

import (
	"github.com/jedib0t/go-pretty/v6/text"
)

// comparison puts backends side by side: for each square of the matrix a line with the verdicts and a
// line for each number.
func (p *page) comparison(s Summary) {
	c := comparisonOf(s)
	if c == nil {
		return
	}
	p.heading("Side by side")
	if len(c.same) > 0 {
		p.dotted(c.same...)
	}
	head := 0
	for _, m := range comparedBy {
		head = max(head, width("  "+m.name))
	}
	for _, r := range c.rows {
		head = max(head, min(width(p.show(c.name(r))), p.o.Width/2))
	}
	wide := make([]int, len(c.columns))
	for i, v := range c.columns {
		wide[i] = max(12, width(p.show(v.label)))
	}
	for from := 0; from < len(c.columns); {
		to, used := from, head
		for to < len(c.columns) && (to == from || used+2+wide[to] <= p.o.Width) {
			used += 2 + wide[to]
			to++
		}
		if from > 0 {
			p.blank()
		}
		p.contenders(c, head, wide, from, to)
		from = to
	}
	p.wrapped("* ", "  ", howDecided)
	p.wrapped("  ", "  ", whatMemory)
	for _, line := range c.tally() {
		p.wrapped("- ", "  ", line)
	}
}

// contenders is the table of some of the columns.
func (p *page) contenders(c *comparison, head int, wide []int, from, to int) {
	line := []span{{pad: head}}
	for i := from; i < to; i++ {
		line = append(line, span{text: "  "}, span{text: c.columns[i].label, pad: wide[i]})
	}
	p.line(line...)
	for _, r := range c.rows {
		line := []span{{text: shorten(p.show(c.name(r)), head, p.pick("…", "~")), pad: head}}
		for i := from; i < to; i++ {
			square := span{text: p.pick("·", "."), pad: wide[i]}
			if cell := r.squares[i]; cell != nil {
				square = span{text: cell.mark(p.o.Glyphs), pad: wide[i], style: styleOf(cell)}
			}
			line = append(line, span{text: "  "}, square)
		}
		p.line(line...)
		for m, by := range comparedBy {
			if c.measured(m) {
				p.numbers(by, r.metrics[m][from:to], r.winners[m]-from, head, wide[from:to])
			}
		}
	}
}

func (p *page) numbers(by metric, stats []Stat, winner, head int, wide []int) {
	line := []span{{text: "  " + by.name, pad: head}}
	for i, s := range stats {
		number := span{text: by.show(s), pad: wide[i]}
		if i == winner {
			number.text += " *"
			number.style = text.FgGreen
		}
		line = append(line, span{text: "  "}, number)
	}
	p.line(line...)
}
