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
	target := s.Run.Target
	p.dotted(target.ModelName(), target.Backend, target.Topology.String(), s.Build.String())
	p.dotted(s.Run.ID, s.Run.Command, fmt.Sprintf("seed %d", s.Run.Seed), huntTerms(*s.Hunt))
	p.blank()
	p.edges(s.Edges)
	p.sentences(s.Edges)
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
	head := []string{"np", "ctx/slot", "shape", "holds up to", "breaks at", "runs", "rate " + p.atMost(), "limit"}
	rows := make([][]string, len(list))
	for i, e := range list {
		rows[i] = []string{
			strconv.Itoa(e.NP), strconv.Itoa(e.Ctx / e.NP), shorten(p.show(e.Shape), shapeColumns, p.pick("…", "~")),
			p.dash(e.holds()), p.dash(e.breaks()), strconv.Itoa(e.Exposures), p.dash(e.rate()), p.mark(e) + " " + e.limitWords(),
		}
	}
	left := map[int]bool{2: true, len(head) - 1: true}
	widths := make([]int, len(head))
	for _, row := range append([][]string{head}, rows...) {
		for i, text := range row {
			widths[i] = max(widths[i], width(p.show(text)))
		}
	}
	put := func(row []string, style text.Color) {
		var line []span
		for i, text := range row {
			pad := -widths[i]
			if left[i] {
				pad = widths[i]
			}
			s := span{text: text, pad: pad}
			if i == 3 || i == len(row)-1 {
				s.style = style
			}
			line = append(line, s, span{text: "  "})
		}
		p.line(line...)
	}
	put(head, 0)
	for i, row := range rows {
		put(row, p.styleOf(list[i]))
	}
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
		if flags := e.flagList(); flags != "" && flags != e.limitWords() {
			tail = " [" + flags + "]"
		}
		p.wrapped("  ", "    ", fmt.Sprintf("np %d %s: %s%s", e.NP, p.show(e.Shape), strings.ReplaceAll(e.Why, "<=", p.atMost()), tail))
	}
}
