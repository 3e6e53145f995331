package reports

import (
	"strings"
	"testing"

	"ctxcliff/harness/expect"
	"ctxcliff/harness/trial"
)

// expecting is the troubled record, held against lists that know of some of its failures.
func expecting(t *testing.T) Summary {
	t.Helper()
	s := Summarize(troubled(t))
	var fails, flakes, passes []string
	for _, c := range s.Cells {
		switch {
		case c.Verdict == trial.Breaks && len(fails) < 2:
			fails = append(fails, c.ID+" "+c.Outcome.String())
		case c.Verdict == trial.Flaky:
			flakes = append(flakes, c.ID)
		case c.Verdict == trial.Holds && len(passes) < 1:
			passes = append(passes, c.ID)
		}
	}
	if len(fails) < 2 || len(flakes) < 1 || len(passes) < 1 {
		t.Fatal("the record has too little to expect")
	}
	var all expect.Set
	for name, text := range map[string]string{
		"lists/x-fails.txt":  strings.Join(append(fails, passes...), "\n") + "\nnobody__*\n",
		"lists/x-flakes.txt": "# Bug Report: https://example.org/<b>x\n# Failure Rate: 3/20 starts\n# Build: b8102\n" + strings.Join(flakes, "\n") + "\n",
	} {
		f, err := expect.Read(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, f); f.Kind == expect.Fails {
			all[0], all[len(all)-1] = all[len(all)-1], all[0]
		}
	}
	return s.Against(all)
}

func TestGateGolden(t *testing.T) {
	s := expecting(t)
	for _, format := range []string{"text", "md", "origin", "junit", "github", "csv"} {
		golden(t, "gated."+format, []byte(render(t, format, s, TextOptions{Glyphs: true, Width: 80})))
	}
}

func TestGatedJUnitFollowsTheSchema(t *testing.T) {
	if err := parseXML(t, render(t, "junit", expecting(t), TextOptions{})).check(); err != nil {
		t.Error(err)
	}
}

// Every format tells of each cell that was not as expected, by its word.
func TestEveryFormatShowsTheGate(t *testing.T) {
	s := expecting(t)
	for _, format := range Formats() {
		got := render(t, format, s, TextOptions{Glyphs: true, Width: 200})
		for _, w := range expect.Words() {
			if !strings.Contains(got, string(w)) {
				t.Errorf("%s does not say %s", format, w)
			}
		}
		if format == "html" && strings.Contains(got, "org/<b>x") {
			t.Error("what a list says is no text in the page")
		}
	}
}

func TestTheGateDecides(t *testing.T) {
	s := expecting(t)
	if s.Exit() != Failures {
		t.Error("new failures and a pass that was not expected: ", s.Exit())
	}
	var known []string
	for _, c := range s.Cells {
		if c.finding() {
			known = append(known, c.ID)
		}
	}
	f, err := expect.Read("x-fails.txt", []byte(strings.Join(known, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	if all := Summarize(troubled(t)).Against(expect.Set{f}); all.Exit() != Trouble || all.Totals.Unexpected != 0 {
		t.Error("all failures were expected, and the lab was in the way: ", all.Exit(), all.Totals.Unexpected)
	}
	if none := (Summary{}).Against(expect.Set{}); none.Exit() != Inconclusive {
		t.Error("nothing was tested: ", none.Exit())
	}
}

// The redacted summary has the same words.
func TestRedactionKeepsTheGate(t *testing.T) {
	s := expecting(t)
	told := NewRedactor(Identity{}).Summary(s)
	for i, c := range told.Cells {
		if c.Gate != s.Cells[i].Gate {
			t.Error(c.ID, c.Gate)
		}
	}
	if told.Gate == s.Gate || told.Gate.line() != s.Gate.line() {
		t.Error(told.Gate)
	}
}
