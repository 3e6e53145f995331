package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/night"
)

// Ending is how the files of a format end, the dot included.
func Ending(format string) string {
	if format == "md" {
		return ".md" // there is no other Markdown beside it
	}
	return endings[format]
}

// InBrief is what a run came to, in a few words.
func (s Summary) InBrief() string {
	switch {
	case s.Story != nil && s.Story.Presence != nil:
		p := s.Story.Presence
		switch p.State {
		case minimize.There:
			return fmt.Sprintf("still there, in run %d", p.Runs)
		case minimize.Gone:
			return fmt.Sprintf("gone: %s", count(p.Clean, "clean run"))
		}
		return fmt.Sprintf("undecided: %d clean runs of %d that say gone", p.Clean, p.Needed)
	case s.Story != nil:
		_, verdict, runs, _ := s.Story.outcome()
		return fmt.Sprintf("%s in %s", verdict, count(runs, "run"))
	case s.Fuzz != nil:
		return fuzzTotals(s)
	case s.Hunt != nil:
		confirmed, failing := 0, 0
		for _, e := range s.Edges {
			if e.Status == "confirmed" {
				confirmed++
			}
			if e.failed() {
				failing++
			}
		}
		return fmt.Sprintf("%s, %d confirmed, %d limited by a fault", count(len(s.Edges), "edge"), confirmed, failing)
	case s.Gate != nil:
		return fmt.Sprintf("%s; %s", count(s.Totals.Cells, "cell"), s.Gate.line())
	}
	return fmt.Sprintf("%s; %s", count(s.Totals.Cells, "cell"), tallies(s.Totals.Verdicts))
}

// FirstSeen are the ids of faults that a campaign found and that nobody had seen before it.
func (s Summary) FirstSeen() (ids []string) {
	if s.Fuzz == nil {
		return nil
	}
	for _, f := range s.Fuzz.fresh() {
		ids = append(ids, faultID(f))
	}
	return ids
}

// Total is what a comparison comes to, in one line.
func (d Difference) Total() string { return d.total() }

// shownNews bounds the changes that a night's one screen names.
const shownNews = 6

// NightText writes one screen of what a night came to; the rest is in the files of the directory. d is nil where
// there was nothing to compare.
func NightText(w io.Writer, n night.Night, d *Difference, dir string, o TextOptions) error {
	p := newPage(o)
	p.dotted("NIGHT "+n.ID, n.Lab, fmt.Sprintf("%s, %s", duration(n.Spent), count(n.Starts, "start")))
	p.blank()
	for _, s := range n.Steps {
		style := text.Color(0)
		switch {
		case s.Name == "screen" && s.Code == night.Failures:
			style = text.FgRed
		case s.Code == night.Trouble, s.Code == 2:
			style = text.FgYellow
		}
		name := s.Name
		if s.Fault != "" {
			name = s.Fault
		}
		if len(s.New) > 0 {
			style = text.FgRed
		}
		p.line(span{text: fmt.Sprintf("%-13s ", name)}, span{text: shorten(p.show(s.Says), p.o.Width-15, p.pick("…", "~")), style: style})
	}
	for _, target := range n.GaveUp {
		p.wrapped(fmt.Sprintf("%-13s ", "left alone"), "              ", target)
	}
	if d != nil {
		p.wrapped(fmt.Sprintf("%-13s ", "compared"), "              ", fmt.Sprintf("with %s: %s", count(len(n.Diff.Nights), "night"), d.total()))
		p.newest(d.news(p.o.Glyphs))
	}
	if n.Pruned.Files > 0 {
		p.wrapped(fmt.Sprintf("%-13s ", "pruned"), "              ", fmt.Sprintf("%s, %d MiB", count(n.Pruned.Files, "old file"), n.Pruned.Bytes>>20))
	}
	p.wrapped(fmt.Sprintf("%-13s ", "reports"), "              ", dir)
	p.blank()
	style := text.FgGreen
	if n.Exit != night.Clean {
		style = text.FgRed
	}
	p.line(span{text: fmt.Sprintf("EXIT %d", n.Exit), style: style})
	p.wrapped("", "", n.Why)
	return p.writeTo(w)
}

// newest are the first few changes, the worse and surer before others, one line each.
func (p *page) newest(list []news) {
	shown := 0
	for _, h := range headings {
		for _, n := range list {
			if n.change != h.change || n.sure != h.sure || n.sure == "" {
				continue
			}
			if shown++; shown > shownNews {
				continue
			}
			how := string(n.change)
			if n.sure != Yes {
				how = "perhaps " + how
			}
			what := n.from
			if n.to != "" {
				what += p.pick(" → ", " -> ") + n.to
			}
			p.oneChange(fmt.Sprintf("  %-14s  %-5s %s", how, n.kind, what), n.where)
		}
	}
	if shown > shownNews {
		p.line(span{text: fmt.Sprintf("  %d more in diff.txt", shown-shownNews)})
	}
}

// oneChange is a line, or two where the id would not fit: people copy it.
func (p *page) oneChange(what, where string) {
	if width(p.show(what))+2+width(p.show(where)) <= p.o.Width {
		p.line(span{text: what + "  " + where})
		return
	}
	p.line(span{text: what})
	p.wrapped("    ", "    ", where)
}

// NightJSON writes all that is known of a night, for a program that is told of it.
func NightJSON(w io.Writer, n night.Night, d *Difference, dir string) error {
	document := struct {
		Night   night.Night `json:"night"`
		Seconds float64     `json:"seconds"`
		Reports string      `json:"reports"` // the directory
		Diff    *jsonDiff   `json:"diff"`
	}{Night: n, Seconds: n.Spent.Round(time.Millisecond).Seconds(), Reports: filepath.ToSlash(dir)}
	if d != nil {
		j := jsonDiffOf(*d)
		document.Diff = &j
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(document)
}
