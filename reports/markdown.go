package reports

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"ctxcliff/harness/trial"
)

// Markdown writes the full report: setup, matrix, every attempt, failing cells with what justifies
// them, the exact commands, and what could not be observed.
func Markdown(w io.Writer, s Summary) error {
	if s.Story != nil {
		return storyMarkdown(w, s)
	}
	if s.Fuzz != nil {
		return fuzzMarkdown(w, s)
	}
	if s.Hunt != nil {
		return huntMarkdown(w, s)
	}
	d := &document{}
	d.printf("# ctxcliff %s: %s\n\n", prose(s.Run.Command), prose(subject(s)))
	d.printf("**%s.** %s. %s.\n", totalsLine(s), capital(countsLine(s)), capital(conclusion(s.Totals, "≤")))
	d.setup(s)
	d.gate(s)
	d.matrices(s)
	d.comparison(s)
	d.findings(s)
	d.untested(s)
	d.throughput(s)
	d.attempts(s)
	d.memory(s)
	d.commands(s)
	d.list("Notes", s.Notes)
	d.list("Not observed", s.Unobserved)
	d.printf("\n%s\n", prose(s.Build.trailer()))
	_, err := io.WriteString(w, d.b.String())
	return err
}

// subject is what was tested, in a few words.
func subject(s Summary) string {
	var names []string
	for _, m := range matrices(s) {
		names = append(names, oneLine(" · ", m.model, m.backend, m.topology))
	}
	return cmp.Or(strings.Join(names, "; "), s.Run.Target.ModelName())
}

func capital(sentence string) string {
	if sentence == "" {
		return ""
	}
	return strings.ToUpper(sentence[:1]) + sentence[1:]
}

type document struct{ b strings.Builder }

// printf writes text whose arguments are escaped already.
func (d *document) printf(format string, args ...any) { fmt.Fprintf(&d.b, format, args...) }

func (d *document) table(right string, head ...string) {
	d.printf("%s%s", tableRow(head...), rule(len(head), func(i int) bool { return i < len(right) && right[i] == 'r' }))
}

func (d *document) setup(s Summary) {
	d.printf("\n## Setup\n\n")
	d.table("", "", "")
	for _, f := range setup(s) {
		d.printf("%s", tableRow(f.name, f.value))
	}
	d.targets(s)
}

type field struct{ name, value string }

// setup lists what is known of machine and settings, and of the target or what all targets have in
// common, escaped for Markdown; what is not known is left out.
func setup(s Summary) []field { return setupIn(s, prose, code) }

// setupIn writes what is prose, and what is code, as the two functions do.
func setupIn(s Summary, prose, code func(string) string) []field {
	r := s.Run
	var list []field
	add := func(name, value string) {
		if value != "" {
			list = append(list, field{name, value})
		}
	}
	h := r.Host
	list, _ = alike(s.Targets, prose, code)
	add("machine", words(prose(h.OS), prose(h.Arch), prose(h.Kernel), prose(h.CPU), unit(int64(h.Cores), "cores"), unit(int64(h.MemoryMiB), "MiB")))
	if s.Hunt != nil {
		add("each claim", words(prose(huntTerms(*s.Hunt)), unit(int64(r.Settings.Reply), "tokens of reply"), warmup(r.Settings)))
	} else {
		c := r.Settings
		add("per cell", words(prose(count(c.Starts, "start")), prose(count(c.Attempts, "attempt")+" each"), prose(isolation(r.Target, c)), unit(int64(c.Reply), "tokens of reply"), warmup(c)))
	}
	add("seed", strconv.FormatUint(r.Seed, 10))
	add("run", words(code(r.ID), stamp(r.Began), prose(string(r.Status))))
	add("ctxcliff", words(prose(r.Version), code(commandLine(append([]string{"ctxcliff"}, r.Argv...)))))
	return list
}

func words(list ...string) string {
	kept := list[:0:0]
	for _, w := range list {
		if w != "" && w != "`/`" {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, ", ")
}

func unit(n int64, of string) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("%d %s", n, of)
}

func warmup(s trial.Settings) string {
	if s.Warmup {
		return "a warm-up first, which counts for nothing"
	}
	return "no warm-up"
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

func (d *document) matrices(s Summary) {
	d.printf("\n## Matrix\n")
	for _, m := range matrices(s) {
		d.printf("\n%s\n\n", prose(oneLine(" · ", m.constants(s)...)))
		d.matrix(m)
	}
	d.printf("\n")
	for _, o := range occurring(s) {
		d.printf("- %s %s: %s\n", o.Glyph(), o, prose(o.Words()))
	}
	d.printf("- k/n: starts that passed, of those that count\n")
	for _, b := range bounds(s, "≤") {
		d.printf("- %s\n", prose(b))
	}
}

func (d *document) matrix(m *matrix) {
	head := []string{m.contextWord(), "prompt"}
	for _, c := range m.columns {
		head = append(head, fmt.Sprintf("np%d %s", c.np, code(c.shape)))
	}
	d.table("rr", head...)
	for _, r := range m.rows {
		line := []string{strconv.Itoa(r.context), strconv.Itoa(r.tokens)}
		for _, c := range m.columns {
			mark := ""
			if cell := m.at[square{r, c}]; cell != nil {
				mark = cell.mark(true)
			}
			line = append(line, mark)
		}
		d.printf("%s", tableRow(line...))
	}
}

func (d *document) list(title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	d.printf("\n## %s\n\n", title)
	for _, l := range lines {
		d.printf("- %s\n", prose(l))
	}
}
