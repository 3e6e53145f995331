package reports

import (
	"io"
	"strconv"

	"ctxcliff/harness/trial"
)

func bugsMarkdown(w io.Writer, bugs []trial.Bug) error {
	d := &document{}
	if len(bugs) > 0 {
		d.table("  r", "fault", "class", "seen", "first", "last", "cells", "title")
	}
	for _, b := range bugs {
		d.printf("%s", tableRow(code(b.ID), code(b.Class), strconv.Itoa(b.Count), minute(b.First), minute(b.Last), strconv.Itoa(len(b.Cells)), code(b.Title)))
	}
	_, err := io.WriteString(w, d.b.String())
	return err
}

func bugMarkdown(w io.Writer, b trial.Bug, file func(run, name string) string) error {
	d := &document{}
	d.printf("# %s %s\n\n%s\n", b.ID, code(b.Class), code(b.Title))
	if m := meanings[b.Class]; m != "" {
		d.printf("\n%s\n", prose(m))
	}
	d.printf("\n")
	add := func(name, value string) {
		if value != "" {
			d.printf("- %s: %s\n", name, value)
		}
	}
	add("seen", prose(seen(b)))
	if b.Warmups > 0 {
		add("of these by a warm-up", strconv.Itoa(b.Warmups))
	}
	for _, f := range facets(b) {
		add(f.name, prose(f.value))
	}
	add("in", code(b.Component))
	add("signature", code(b.Signature))
	for i, other := range b.Others {
		add("also "+b.OtherIDs[i], code(other))
	}
	for _, a := range b.Alternates {
		add("may also be", code(a))
	}
	add("shortest prompt", shortestWords(b, code))
	add("latest", prose(latestWords(b)))
	for _, name := range filesOf(b) {
		add("file", code(file(b.Latest.RunID, name)))
	}
	d.lines("What was said", b.Latest.Fault.Excerpt)
	d.lines("What followed from it", b.Latest.Fault.Consequences)
	if len(b.Cells) > 0 {
		d.printf("\n## Cells\n\n")
		d.table(" r", "cell", "seen")
		for _, c := range b.Cells {
			d.printf("%s", tableRow(code(c.ID), strconv.Itoa(c.Count)))
		}
	}
	if argv := redo(b); argv != nil {
		d.printf("\n## Again, with the shortest prompt that showed it\n\n%s", preformatted([]string{commandLine(argv)}))
	}
	_, err := io.WriteString(w, d.b.String())
	return err
}

func (d *document) lines(title string, lines []string) {
	if len(lines) > 0 {
		d.printf("\n## %s\n\n%s", title, preformatted(lines))
	}
}
