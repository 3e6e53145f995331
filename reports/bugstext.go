package reports

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"ctxcliff/harness/trial"
)

// shownCells is how many cells of a bug are listed on a screen.
const shownCells = 10

// bugLine is a bug in a list: three lines or so.
func (p *page) bugLine(b trial.Bug) {
	p.line(span{text: b.ID, style: text.Bold}, span{text: "  " + b.Class})
	p.wrapped("  ", "    ", b.Title)
	p.wrapped("  ", "    ", seen(b))
	p.wrapped("  ", "    ", oneLine("; ", word("shape ", tallyWords(b.Shapes, nil)), word("np ", tallyWords(b.NP, nil)),
		word("at token ", tallyWords(b.Positions, bucketWords)), word("build ", tallyWords(b.Builds, nil))))
}

// bug is everything that is known of a bug.
func (p *page) bug(b trial.Bug, file func(run, name string) string) {
	p.line(span{text: b.ID, style: text.Bold}, span{text: "  " + b.Class})
	p.wrapped("", "  ", b.Title)
	if m := meanings[b.Class]; m != "" {
		p.wrapped("", "  ", m)
	}
	p.blank()
	p.fact("seen", seen(b))
	if b.Warmups > 0 && len(b.Cells) > 0 {
		p.fact("", fmt.Sprintf("%s by a warm-up", times(b.Warmups)))
	}
	for _, f := range facets(b) {
		p.fact(f.name, f.value)
	}
	p.fact("in", b.Component)
	p.fact("signature", b.Signature)
	for i, other := range b.Others {
		p.fact("also "+b.OtherIDs[i], other)
	}
	for _, a := range b.Alternates {
		p.fact("may also be", a)
	}
	p.fact("shortest prompt", shortestWords(b, clean))
	p.fact("latest", latestWords(b))
	for _, name := range filesOf(b) {
		p.fact("file", file(b.Latest.RunID, name))
	}
	p.quoted("What was said", b.Latest.Fault.Excerpt)
	p.quoted("What followed from it", b.Latest.Fault.Consequences)
	p.bugCells(b)
	if argv := redo(b); argv != nil {
		p.heading("Again, with the shortest prompt that showed it")
		p.pastable("    ", "      ", argv)
	}
}

// fact is a word of at most sixteen columns and what is known.
func (p *page) fact(name, value string) {
	if value == "" {
		return
	}
	const columns = 20
	p.wrapped(name+strings.Repeat(" ", max(1, columns-width(name))), strings.Repeat(" ", columns), value)
}

// quoted shows lines of a log as they were.
func (p *page) quoted(title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	p.heading(title)
	for _, l := range lines {
		p.excerptLine("    ", l)
	}
}

// excerptLine is one line of a log, broken where the screen ends.
func (p *page) excerptLine(indent, line string) {
	bar := indent + p.pick("│ ", "| ")
	if strings.TrimSpace(p.show(line)) == "" {
		p.line(span{text: bar})
		return
	}
	p.wrapped(bar, bar+"  ", line)
}

func (p *page) bugCells(b trial.Bug) {
	if len(b.Cells) == 0 {
		return
	}
	p.heading("Cells")
	for _, c := range b.Cells[:min(shownCells, len(b.Cells))] {
		p.wrapped("  ", "    ", c.ID+"  "+times(c.Count))
	}
	if more := len(b.Cells) - shownCells; more > 0 {
		p.wrapped("  ", "    ", fmt.Sprintf("and %d more", more))
	}
}

func shortestWords(b trial.Bug, quoted func(string) string) string {
	s := b.Shortest
	if s.Tokens <= 0 {
		return ""
	}
	where := quoted(s.CellID)
	if s.Warmup {
		where = "a warm-up"
	}
	return fmt.Sprintf("%d tokens in %s", s.Tokens, where)
}

// latestWords say where the latest sighting is.
func latestWords(b trial.Bug) string {
	s := b.Latest
	at := ""
	if s.Fault.Position >= 0 {
		at = fmt.Sprintf(", at token %d of %d", s.Fault.Position, s.Tokens)
	}
	what := fmt.Sprintf("attempt %d", s.N)
	if s.Warmup {
		what = "warm-up"
	}
	return fmt.Sprintf("%s: run %s, start %d, %s%s", stamp(s.At), s.RunID, s.StartN, what, at)
}

// filesOf are the files that the latest sighting left behind, as the store names them.
func filesOf(b trial.Bug) []string {
	var names []string
	for _, name := range append([]string{b.Latest.LogFile}, b.Latest.Files...) {
		if name != "" {
			names = append(names, path.Clean(name))
		}
	}
	return names
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }
