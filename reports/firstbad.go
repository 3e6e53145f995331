package reports

import (
	"fmt"
	"strings"

	"ctxcliff/harness/minimize"
)

// firstBadWords say where a bug began, the answer first.
func firstBadWords(f minimize.FirstBad) []string {
	var list []string
	switch {
	case f.Bad == "":
		list = append(list, "no build was found to break")
	case f.Good == "":
		list = append(list, fmt.Sprintf("%s breaks; no build was found to be clean", f.Bad))
	case len(f.Between) > 0:
		list = append(list, fmt.Sprintf("the first bad build is %s, or one of those before it that cannot be tested: %s; the last good one is %s",
			f.Bad, strings.Join(f.Between, ", "), f.Good))
	default:
		list = append(list, fmt.Sprintf("the first bad build is %s; the last good one is %s", f.Bad, f.Good))
	}
	if f.Good != "" {
		list = append(list, fmt.Sprintf("a build is called good after %s; that all of them were right is %s sure", count(f.Clean, "clean run"), percent(f.Sure)))
	}
	return appendEnded(list, f.Ended)
}

// stateWords say what was found of a build.
func stateWords(s minimize.BuildStep) string {
	switch s.State {
	case minimize.There:
		return fmt.Sprintf("bad: broke within %s", count(s.Runs, "run"))
	case minimize.Gone:
		return fmt.Sprintf("good: clean in %s", count(s.Runs, "run"))
	}
	return "cannot be tested"
}

func (p *page) builds(steps []minimize.BuildStep) {
	if len(steps) == 0 {
		return
	}
	p.heading("Builds, in the order in which they were tried")
	columns := 0
	for _, s := range steps {
		columns = max(columns, width(p.show(s.Build)))
	}
	for _, s := range steps {
		p.line(span{text: "  "}, span{text: s.Build, pad: min(columns, 60) + 2}, span{text: stateWords(s)})
	}
}

func (d *document) builds(steps []minimize.BuildStep) {
	if len(steps) == 0 {
		return
	}
	d.printf("\n## Builds, in the order in which they were tried\n\n")
	d.table("", "build", "what was found")
	for _, s := range steps {
		d.printf("%s", tableRow(code(s.Build), prose(stateWords(s))))
	}
}

func presenceWord(s minimize.State) string {
	switch s {
	case minimize.There:
		return "still there"
	case minimize.Gone:
		return "gone"
	}
	return "inconclusive"
}

// presenceWords say whether a bug is gone, and how sure that is.
func presenceWords(p minimize.Presence) []string {
	var list []string
	switch p.State {
	case minimize.There:
		list = append(list, "still there: it broke after "+count(p.Clean, "clean run"))
	case minimize.Gone:
		text := "gone: clean in " + count(p.Clean, "run")
		if p.Luck < 1 {
			text += fmt.Sprintf("; a bug that is still there would be so silent in %s of all cases", percent(p.Luck))
		} else {
			text += "; how often it breaks where it does was never measured, so how sure that is, is not known"
		}
		list = append(list, text)
	case minimize.Untested:
		list = append(list, "it cannot be tested here")
	default:
		list = append(list, fmt.Sprintf("not known: %s, and %d of them would say that it is gone", count(p.Clean, "clean run"), p.Needed))
	}
	if p.Title != "" {
		list = append(list, p.Title)
	}
	if p.Others > 0 {
		list = append(list, count(p.Others, "run")+" broke with another bug")
	}
	return appendEnded(list, p.Ended)
}
