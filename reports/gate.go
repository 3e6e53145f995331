package reports

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"ctxcliff/harness/expect"
	"ctxcliff/harness/trial"
)

// Gate is how a run compares with what was expected of it.
type Gate struct {
	Files  []string // that say what is expected; none: nothing is, and every failure is new
	Counts []Tally  // cells by word, zeros included, in the order in which they are told
	Idle   []string // entries that are about no cell of this run
}

// Against is the summary held against expectations. From then on a failure is only what was not expected.
func (s Summary) Against(all expect.Set) Summary {
	g := &Gate{}
	for _, f := range all {
		g.Files = append(g.Files, f.Name)
	}
	counts := map[expect.Word]int{}
	cells := make([]Cell, len(s.Cells))
	ids := make([]string, len(s.Cells))
	for i, c := range s.Cells {
		j := all.Judge(c.seen())
		c.Gate, c.GateSays = j.Word, j.Says
		counts[j.Word]++
		cells[i], ids[i] = c, c.ID
	}
	for _, w := range expect.Words() {
		g.Counts = append(g.Counts, Tally{string(w), counts[w]})
	}
	g.Idle = all.Idle(ids)
	s.Cells, s.Gate = cells, g
	s.Totals.Unexpected = counts[expect.NewFail]
	return s
}

// seen is what expectations are held against.
func (c Cell) seen() expect.Seen {
	s := expect.Seen{Cell: c.ID, Verdict: c.Verdict, Outcome: c.Outcome, Bug: c.Bug, Starts: c.Starts, Failed: c.Failed, What: c.Reason}
	if c.Verdict == trial.Limit && c.Surprise != "" {
		s.Verdict = trial.Unproven // trouble of ours, and no word on the subject
	}
	if c.Fault != nil {
		s.What = c.Fault.Class + ": " + c.Fault.Title
	}
	return s
}

// Seen are the cells of the target, or of all where it is "", as a baseline is made of them.
func (s Summary) Seen(target string) (list []expect.Seen) {
	for _, c := range s.Cells {
		if target == "" || strings.HasPrefix(c.ID, target+"__") {
			seen := c.seen()
			seen.What = clean(seen.What)
			list = append(list, seen)
		}
	}
	return list
}

// unexpected is how many cells somebody must look at.
func (g *Gate) unexpected() (n int) {
	for _, t := range g.Counts {
		if expect.Word(t.Name).Unexpected() {
			n += t.Count
		}
	}
	return n
}

// line is the counts in words: 2 new-fail, 5 expected-fail.
func (g *Gate) line() string {
	var some []Tally
	for _, t := range g.Counts {
		some = appendTally(some, t.Name, t.Count)
	}
	return cmp.Or(tallies(some), "nothing failed, as expected")
}

// source says what was expected by whom.
func (g *Gate) source() string {
	if len(g.Files) == 0 {
		return "no file says what is expected of these targets: every failure is new"
	}
	return "expected by " + strings.Join(g.Files, ", ")
}

// gated are the cells with a word, those that somebody must look at first, in the order of the plan.
func (s Summary) gated() (list []*Cell) {
	if s.Gate == nil {
		return nil
	}
	for _, w := range expect.Words() {
		for i := range s.Cells {
			if s.Cells[i].Gate == w {
				list = append(list, &s.Cells[i])
			}
		}
	}
	return list
}

// gateSentences are the gate in sentences, of what nobody needs to look at no more than the number.
func (s Summary) gateSentences() (list []string) {
	if s.Gate == nil {
		return nil
	}
	list = append(list, s.Gate.line()+"; "+s.Gate.source())
	for _, c := range s.gated() {
		if c.Gate.Unexpected() {
			list = append(list, c.gateLine())
		}
	}
	return append(list, s.Gate.Idle...)
}

func (c *Cell) gateLine() string {
	return oneLine(": ", fmt.Sprintf("%s %s", c.Gate, c.ID), c.GateSays)
}

// gate tells what was unexpected, cell by cell, and what was as expected, in one line each.
func (p *page) gate(s Summary) {
	if s.Gate == nil {
		return
	}
	p.heading("Against expectations")
	p.wrapped("  ", "  ", s.Gate.source())
	for _, c := range s.gated() {
		p.line(span{text: "  "}, span{text: fmt.Sprintf("%-15s", c.Gate), style: styleOf(c)}, span{text: " " + c.mark(p.o.Glyphs)})
		p.wrapped("      ", "      ", c.ID)
		if c.GateSays != "" {
			p.wrapped("      ", "        ", c.GateSays)
		}
	}
	for _, idle := range s.Gate.Idle {
		p.wrapped("  - ", "    ", idle)
	}
}

// gate is a table of the cells with a word.
func (d *document) gate(s Summary) {
	if s.Gate == nil {
		return
	}
	d.printf("\n## Against expectations\n\n%s; %s.\n\n", capital(prose(s.Gate.line())), prose(s.Gate.source()))
	for i, c := range s.gated() {
		if i == 0 {
			d.table("", "", "cell", "seen", "why")
		}
		word := string(c.Gate)
		if c.Gate.Unexpected() {
			word = "**" + word + "**"
		}
		d.printf("%s", tableRow(word, code(c.ID), c.mark(true), prose(c.GateSays)))
	}
	if len(s.Gate.Idle) > 0 {
		d.printf("\n")
	}
	for _, idle := range s.Gate.Idle {
		d.printf("- %s\n", prose(idle))
	}
}

// jsonGate is null in runs that nothing was held against.
type jsonGate struct {
	NewFail        int      `json:"new_fail"`
	ExpectedFail   int      `json:"expected_fail"`
	KnownFlake     int      `json:"known_flake"`
	UnexpectedPass int      `json:"unexpected_pass"`
	Files          []string `json:"files"`
	Idle           []string `json:"idle"`
}

func jsonGateOf(g *Gate) *jsonGate {
	if g == nil {
		return nil
	}
	n := byName(g.Counts)
	return &jsonGate{
		NewFail: n[string(expect.NewFail)], ExpectedFail: n[string(expect.ExpectedFail)], KnownFlake: n[string(expect.KnownFlake)],
		UnexpectedPass: n[string(expect.UnexpectedPass)], Files: list(g.Files), Idle: list(g.Idle),
	}
}

// WriteGate writes how a run compares with what was expected of it, and nothing else of it: as text, md or json.
func WriteGate(w io.Writer, format string, s Summary, o TextOptions) error {
	switch format {
	case "json":
		cells := []jsonGated{}
		for _, c := range s.gated() {
			cells = append(cells, jsonGated{c.ID, c.Gate, c.GateSays, c.Verdict, c.Outcome})
		}
		return indented(w, struct {
			Run   string      `json:"run"`
			Gate  *jsonGate   `json:"gate"`
			Cells []jsonGated `json:"cells"`
		}{s.Run.ID, jsonGateOf(s.Gate), cells})
	case "md":
		d := &document{}
		d.printf("# ctxcliff %s %s\n", prose(s.Run.Command), prose(s.Run.ID))
		d.gate(s)
		_, err := io.WriteString(w, d.b.String())
		return err
	}
	p := newPage(o)
	p.dotted(s.Run.ID, subject(s))
	p.gate(s)
	p.blank()
	p.line(span{text: "GATE " + s.Gate.line(), style: exitStyle(s)})
	return p.writeTo(w)
}

type jsonGated struct {
	ID      string        `json:"id"`
	Gate    expect.Word   `json:"gate"`
	Says    string        `json:"gate_reason"`
	Verdict trial.Verdict `json:"verdict"`
	Outcome trial.Outcome `json:"outcome"`
}
