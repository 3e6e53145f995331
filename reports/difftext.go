package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

// DiffFormats are the names that -o of diff takes.
func DiffFormats() []string { return []string{"text", "md", "json"} }

// WriteDiff writes the difference in the named format.
func WriteDiff(w io.Writer, format string, d Difference, o TextOptions) error {
	switch format {
	case "json":
		return indented(w, jsonDiffOf(d))
	case "md":
		return diffMarkdown(w, d)
	}
	return diffText(w, d, o)
}

// news is one thing that differs, in words: what it is, where, and what is known of it.
type news struct {
	change Change
	sure   Sure
	kind   string // cell, edge, fault, speed
	from   string
	to     string
	where  string
	says   string
}

// headings of the news, in the order in which they are told.
var headings = []struct {
	change Change
	sure   Sure
	title  string
}{
	{Worse, Yes, "Worse, and that is sure"},
	{Worse, Undecided, "Perhaps worse"},
	{Better, Yes, "Better, and that is sure"},
	{Better, Undecided, "Perhaps better"},
	{Worse, "", "Slower"},
	{Better, "", "Faster"},
}

// news are all that differs.
func (d Difference) news(glyphs bool) (list []news) {
	for _, c := range d.Cells {
		list = append(list, news{c.Change, c.Sure, "cell", c.A.concluded(glyphs), c.B.concluded(glyphs), c.ID, c.says()})
	}
	for _, f := range d.Faults {
		list = append(list, news{f.Change, f.Sure, "fault", f.What, "", f.ID + " " + f.Class, f.says()})
	}
	for _, e := range d.Edges {
		list = append(list, news{e.Change, e.Sure, "edge", fmt.Sprint(e.SafeA), fmt.Sprint(e.SafeB), e.Line, e.says()})
	}
	for _, r := range d.Rates {
		list = append(list, news{r.Change, "", "speed", r.A.full(), r.B.full(), r.Where, r.says()})
	}
	return list
}

func (c CellChange) says() string {
	words := fmt.Sprintf("%d of %d starts failed, before %d of %d", c.B.Failed, c.B.Starts, c.A.Failed, c.A.Starts)
	if c.A.Failed+c.B.Failed == 0 {
		words = fmt.Sprintf("%d of %d starts were refused, before %d of %d", c.B.Refused, c.B.Starts, c.A.Refused, c.A.Starts)
	}
	words += fmt.Sprintf("; p = %.2g", c.P)
	if bug := strings.Trim(c.A.Bug+" → "+c.B.Bug, " →"); bug != "" {
		words += "; " + bug
	}
	switch {
	case c.Sure == Yes:
		return words
	case c.Needs > 0:
		return words + fmt.Sprintf("; %s more on each side would make it sure, if they go as these", count(c.Needs, "start"))
	}
	return words
}

func (f FaultChange) says() string {
	words := f.Title + fmt.Sprintf("; it broke %d of %s, before %d of %d", f.B.Hits, count(f.B.Runs, "run"), f.A.Hits, f.A.Runs)
	switch {
	case f.What == "gone" && f.Sure == Yes:
		words += fmt.Sprintf("; %d clean ones are enough", f.Needs)
	case f.What == "gone":
		words += fmt.Sprintf("; %d of the %d clean ones that say gone", f.B.Clean, f.Needs)
	case f.A.Runs == 0:
		words += "; nothing that shows it was run before"
	default:
		words += fmt.Sprintf("; p = %.2g", f.P)
	}
	return words + "; in " + someOf(f.Cells, 3)
}

// someOf are the first few of a list, and how many more there are.
func someOf(list []string, n int) string {
	if len(list) <= n {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
}

func (e EdgeChange) says() string {
	words := fmt.Sprintf("limited by %s, before by %s", e.LimitB, e.LimitA)
	if e.LimitA == e.LimitB {
		words = "limited by " + e.LimitB
	}
	if e.TriedA+e.TriedB > 0 {
		words += fmt.Sprintf("; of the runs that tell them apart %d of %d broke, before %d of %d", e.BrokeB, e.TriedB, e.BrokeA, e.TriedA)
	}
	if e.P > 0 {
		words += fmt.Sprintf("; p = %.2g", e.P)
	}
	return words
}

func (r RateChange) says() string {
	return fmt.Sprintf("%s: %+.1f %%; %d and %d measurements; p = %.2g", r.Metric, r.By*100, r.A.N, r.B.N, r.P)
}

// sentences tell what was compared, and what is not known.
func (d Difference) sentences() (list []string) {
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	add("%s compared: %d as before, by verdict and rate of failures", count(d.Compared, "cell"), d.Same)
	if d.ByChance > 0 {
		add("some of them failed: chance alone may call up to %.2g of them surely different", d.ByChance)
	}
	if d.Lines > 0 {
		add("%s compared: %d moved", count(d.Lines, "edge"), len(d.Edges))
	}
	if d.Numbers > 0 {
		add("%s compared (prompt and reply rates, loads): %d differ by 1 %% or more, beyond the noise within each side (Welch's t-test, level divided by their number) and beyond all runs of a side that has three or more; what is the same all night, such as another user or the heat of the day, is no noise to the test", count(d.Numbers, "number"), len(d.Rates))
	}
	if len(d.OnlyA) > 0 {
		add("not tested any more: %s", someOf(d.OnlyA, 4))
	}
	if len(d.OnlyB) > 0 {
		add("not tested before: %s", someOf(d.OnlyB, 4))
	}
	return list
}

// total is one line of what it comes to.
func (d Difference) total() string {
	var parts []string
	for _, h := range headings {
		n := 0
		for _, item := range d.news(false) {
			if item.change == h.change && item.sure == h.sure {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ToLower(strings.Replace(h.title, ", and that is sure", "", 1)))+map[Sure]string{Yes: " for sure"}[h.sure])
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing differs"}
	}
	if d.Exit() == Inconclusive {
		parts = []string{"nothing that both sides tested"}
	}
	return "DIFF " + strings.Join(parts, ", ")
}

// described is a side in one line.
func (s DiffSide) described() string {
	words := []string{someOf(s.Runs, 3), someOf(s.Builds, 3), count(s.Starts, "start")}
	if s.Name != "" && !(len(s.Runs) == 1 && strings.HasPrefix(s.Runs[0], s.Name)) {
		words = append([]string{s.Name}, words...)
	}
	return oneLine(" · ", words...)
}

func diffText(w io.Writer, d Difference, o TextOptions) error {
	p := newPage(o)
	p.wrapped("A  ", "   ", d.A.described())
	p.wrapped("B  ", "   ", d.B.described())
	list := d.news(p.o.Glyphs)
	for _, h := range headings {
		first := true
		for _, n := range list {
			if n.change != h.change || n.sure != h.sure {
				continue
			}
			if first {
				p.heading(h.title)
				first = false
			}
			p.news(n)
		}
	}
	p.list("Compared", d.sentences())
	p.blank()
	style := text.FgGreen
	if d.Exit() != Clean {
		style = text.FgRed
	}
	p.line(span{text: d.total(), style: style})
	return p.writeTo(w)
}

func (p *page) news(n news) {
	style := text.FgYellow
	switch {
	case n.sure == "":
		style = 0
	case n.sure == Yes && n.change == Worse:
		style = text.FgRed
	case n.sure == Yes:
		style = text.FgGreen
	}
	what := n.from
	if n.to != "" {
		what += p.pick(" → ", " -> ") + n.to
	}
	p.line(span{text: fmt.Sprintf("  %-5s ", n.kind)}, span{text: what, style: style})
	p.wrapped("        ", "          ", n.where)
	p.wrapped("        ", "          ", n.says)
}
