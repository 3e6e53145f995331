package reports

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
)

// seconds is a span of that many seconds.
func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// huntText writes a bisection for a screen: a table of the edges, what each proves, what broke.
func huntText(w io.Writer, s Summary, o TextOptions) error {
	p := newPage(o)
	for i, t := range s.Targets {
		if i > 0 {
			p.blank()
		}
		p.dotted(append(t.names(), t.Build.String(), t.Target.Power)...)
		if i == 0 {
			p.dotted(s.Run.ID, s.Run.Command, fmt.Sprintf("seed %d", s.Run.Seed), huntTerms(*s.Hunt))
		}
		p.blank()
		p.edges(s.edgesOf(t))
		p.sentences(s.edgesOf(t))
	}
	p.findings(s)
	p.list("Notes", s.Notes)
	p.list("Not observed", s.Unobserved)
	p.blank()
	p.line(span{text: huntTotals(s), style: exitStyle(s)})
	p.wrapped("", "", huntCounts(s))
	if outlook := huntOutlook(s); outlook != "" {
		p.wrapped("", "", outlook)
	}
	return p.writeTo(w)
}

func exitStyle(s Summary) text.Color {
	return map[ExitKind]text.Color{Clean: text.FgGreen, Failures: text.FgRed, Trouble: text.FgYellow, Inconclusive: text.FgYellow}[s.Exit()]
}

// edges is the table: one line for each, columns as wide as they need to be.
func (p *page) edges(list []Edge) {
	rows, widths := p.edgeRows(list, false)
	if total := sumOf(widths) + 2*len(widths); total > p.o.Width {
		rows, widths = p.edgeRows(list, true)
	}
	for i, row := range rows {
		style := text.Color(0)
		if i > 0 {
			style = p.styleOf(list[i-1])
		}
		var line []span
		for c, words := range row {
			s := span{text: words, pad: -widths[c]}
			if c == shapeColumn || c == len(row)-1 {
				s.pad = widths[c]
			}
			if c == holdsColumn || c == len(row)-1 {
				s.style = style
			}
			line = append(line, s, span{text: "  "})
		}
		p.line(line...)
	}
}

// Columns of the table that are not as the others.
const (
	shapeColumn = 2
	holdsColumn = 3
)

// edgeRows are the cells of the table, its head first, and how wide its columns are.
func (p *page) edgeRows(list []Edge, brief bool) (rows [][]string, widths []int) {
	rows = [][]string{{"np", "ctx/slot", "shape", "holds up to", "breaks at", "runs", "rate " + p.atMost(), "limit"}}
	for _, e := range list {
		rows = append(rows, []string{
			strconv.Itoa(e.NP), strconv.Itoa(e.Ctx / e.NP), shorten(p.show(e.Shape), shapeColumns, p.pick("…", "~")),
			p.dash(e.holds()), p.dash(e.breaks()), strconv.Itoa(e.Exposures), p.dash(e.rate()), p.mark(e) + " " + e.limitWords(brief),
		})
	}
	widths = make([]int, len(rows[0]))
	for _, row := range rows {
		for i, words := range row {
			widths[i] = max(widths[i], width(p.show(words)))
		}
	}
	return rows, widths
}

func sumOf(list []int) int {
	n := 0
	for _, v := range list {
		n += v
	}
	return n
}

func (p *page) dash(text string) string {
	if text == "–" {
		return p.pick("–", "-")
	}
	return text
}

func (p *page) mark(e Edge) string {
	if p.o.Glyphs {
		return e.outcome().Glyph()
	}
	return e.outcome().Letter()
}

func (p *page) styleOf(e Edge) text.Color {
	switch o := e.outcome(); {
	case o.Bad() && o != trial.OOM:
		return text.FgRed
	case e.Status == search.Confirmed:
		return text.FgGreen
	}
	return text.FgYellow
}

// sentences say of each edge what was seen, what that bounds, and why the search stopped.
func (p *page) sentences(list []Edge) {
	p.blank()
	for _, e := range list {
		tail := ""
		if flags := e.flagList(); flags != "" {
			tail = " [" + flags + "]"
		}
		p.wrapped("  ", "    ", fmt.Sprintf("np %d %s: %s%s", e.NP, p.show(e.Shape), strings.ReplaceAll(e.Why, "<=", p.atMost()), tail))
	}
}
