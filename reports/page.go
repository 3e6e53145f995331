package reports

import (
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"ctxcliff/harness/expect"
	"ctxcliff/harness/trial"
)

// TextOptions say what the reader's screen can show. The zero value is plain letters on 80 columns.
type TextOptions struct {
	Color  bool
	Glyphs bool // false: letters and ASCII instead
	Width  int  // columns; 0 is 80
}

// page collects lines for a screen. Everything that is put on it is cleaned, so that colours are
// the only escape sequences that can come out.
type page struct {
	b strings.Builder
	o TextOptions
}

func newPage(o TextOptions) *page {
	if o.Width <= 0 {
		o.Width = 80
	}
	o.Width = max(o.Width, 40)
	return &page{o: o}
}

func (p *page) writeTo(w io.Writer) error {
	_, err := io.WriteString(w, p.b.String())
	return err
}

// pick chooses between a glyph and what stands for it on a plain screen.
func (p *page) pick(glyph, plain string) string {
	if p.o.Glyphs {
		return glyph
	}
	return plain
}

func (p *page) atMost() string { return p.pick("≤", "<=") }

func (p *page) blank() { p.b.WriteByte('\n') }

// gap is a blank line between two things.
func (p *page) gap() {
	if p.b.Len() > 0 {
		p.blank()
	}
}

// span is a piece of a line in one colour.
type span struct {
	text  string
	style text.Color // 0: as it is
	pad   int        // columns to fill up to, on the right; below 0: on the left
}

func (p *page) line(spans ...span) {
	var b strings.Builder
	for _, s := range spans {
		t := p.show(s.text)
		fill := strings.Repeat(" ", max(0, max(s.pad, -s.pad)-width(t)))
		if p.o.Color && s.style != 0 && t != "" {
			t = s.style.EscapeSeq() + t + text.Reset.EscapeSeq()
		}
		if s.pad < 0 {
			t, fill = fill, t
		}
		b.WriteString(t + fill)
	}
	p.b.WriteString(strings.TrimRight(b.String(), " ") + "\n")
}

func (p *page) show(s string) string {
	s = clean(s)
	if !p.o.Glyphs {
		s = strings.ReplaceAll(s, "\uFFFD", "?")
	}
	return s
}

func (p *page) heading(title string) {
	p.gap()
	p.line(span{text: title, style: text.Bold})
}

// wrapped puts a paragraph behind an indent and breaks it at spaces; a word that is too long for a
// line is broken where the line ends.
func (p *page) wrapped(first, rest, paragraph string) {
	p.broken(first, rest, "", strings.Fields(p.show(paragraph)))
}

// dotted puts things side by side and breaks the line between them, not within them.
func (p *page) dotted(things ...string) {
	var words []string
	for _, t := range things {
		if t != "" {
			words = append(words, p.show(t))
		}
	}
	for i := range words[:max(0, len(words)-1)] {
		words[i] += p.pick(" ·", " |")
	}
	p.broken("", "  ", "", words)
}

// pastable puts a command on as many lines as it needs, so that all of them can be pasted at once.
// Words are not broken.
func (p *page) pastable(first, rest string, argv []string) {
	words := make([]string, len(argv))
	for i, a := range argv {
		words[i] = Quote(a)
	}
	p.broken(first, rest, ` \`, words)
}

func (p *page) broken(indent, rest, glue string, words []string) {
	line, empty := indent, true
	flush := func(tail string) {
		p.b.WriteString(strings.TrimRight(line, " ") + tail + "\n")
		line, empty = rest, true
	}
	room := p.o.Width - len(glue)
	for _, w := range words {
		if !empty && width(line)+1+width(w) > room {
			flush(glue)
		}
		if !empty {
			line += " "
		}
		for glue == "" && width(line)+width(w) > room {
			head := text.Trim(w, max(1, room-width(line)))
			if head == "" || head == w {
				break
			}
			line += head
			w = w[len(head):]
			flush("")
		}
		line, empty = line+w, false
	}
	if !empty || indent != "" && line == indent {
		flush("")
	}
}

// styleOf is the colour of a cell: what breaks is red, what flakes or complains yellow, what holds
// green, and what says nothing, or fails as it was expected to, is faint.
func styleOf(c *Cell) text.Color {
	switch {
	case c.Gate == expect.UnexpectedPass:
		return text.FgHiGreen
	case c.Gate == expect.ExpectedFail, c.Gate == expect.KnownFlake:
		return text.Faint
	case c.Verdict == trial.Breaks:
		return text.FgRed
	case c.Verdict == trial.Flaky, c.Outcome == trial.Warn, c.Outcome == trial.Sizing, c.Outcome == trial.Infra:
		return text.FgYellow
	case c.Verdict == trial.Holds:
		return text.FgGreen
	}
	return text.Faint
}
