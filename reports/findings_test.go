package reports

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/trial"
)

// A bug is told once, whatever the number of cells that show it; each of these is named.
func TestABugIsToldOnce(t *testing.T) {
	s := Summarize(manyColumns(t))
	text := render(t, "text", s, TextOptions{Glyphs: true, Width: 80})
	cells := 0
	for i := range s.Cells {
		if c := &s.Cells[i]; c.finding() {
			cells++
			if !strings.Contains(text, circumstances(c)[:20]) || !strings.Contains(strings.ReplaceAll(text, "\n      ", ""), c.ID) {
				t.Errorf("%s is missing", c.ID)
			}
		}
	}
	for _, once := range []string{s.Cells[7].Bug, "Reason: Page not present.", "ctxcliff screen --server"} {
		if n := strings.Count(text[strings.Index(text, "Failing cells"):], once); n != 1 {
			t.Errorf("%q is told %d times of %d cells", once, n, cells)
		}
	}
	if !strings.Contains(text, fmt.Sprintf("gpu-fault.memory-access, %d cells", cells)) {
		t.Errorf("no word of %d cells", cells)
	}
}

func TestKindsHoldEveryFinding(t *testing.T) {
	for _, r := range records {
		s := Summarize(r.make(t))
		var got, want []string
		for _, k := range kinds(s) {
			for _, c := range k.cells {
				got = append(got, c.ID)
				if c.Bug != k.cells[0].Bug || k.shortest().TargetTokens > c.TargetTokens {
					t.Errorf("%s: %s is of another bug, or shorter than the shortest", r.name, c.ID)
				}
			}
		}
		for _, c := range s.Cells {
			if c.finding() {
				want = append(want, c.ID)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", r.name, got, want)
		}
	}
}

func TestBounded(t *testing.T) {
	var line []trial.Moment
	for i := range 10 {
		line = append(line, trial.Moment{At: dawn.Add(time.Duration(i) * 1500 * time.Millisecond), Text: fmt.Sprint(i)})
	}
	for n, want := range map[int]string{1: "0", 2: "0 9", 4: "0 7 8 9", 9: "0 2 3 4 5 6 7 8 9", 10: "0 1 2 3 4 5 6 7 8 9", 99: "0 1 2 3 4 5 6 7 8 9"} {
		shown, left := bounded(line, n)
		var got []string
		for _, m := range shown {
			got = append(got, m.text)
		}
		if text := strings.Join(got, " "); text != want || left != len(line)-len(shown) {
			t.Errorf("%d of ten: %s, %d left, want %s", n, text, left, want)
		}
		if last := shown[len(shown)-1]; n > 1 && last.after != "+13.500" {
			t.Errorf("the last is %s", last.after)
		}
	}
	if shown, left := bounded(nil, 3); shown != nil || left != 0 {
		t.Error("there is something in an empty time line")
	}
}

func TestUnobservedIsSaidOnce(t *testing.T) {
	starts := []trial.Start{{Unobserved: []string{"a", "b", "a"}}, {Unobserved: []string{"b"}}, {Unobserved: []string{"b", "c"}}}
	want := []string{"a (1 of 3 starts)", "b", "c (1 of 3 starts)"}
	if got := dark(starts); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := dark(make([]trial.Start, 2)); got != nil {
		t.Errorf("everything was watched, and yet %q", got)
	}
	cannot := func(oracle string, n int) trial.Opinion {
		return trial.Opinion{Oracle: oracle, Says: trial.CannotJudge, Reason: fmt.Sprint("reason ", n)}
	}
	attempts := []trial.Attempt{
		{Opinions: []trial.Opinion{cannot("nan", 1), cannot("leak", 0), {Oracle: "canary", Says: trial.Corrupt, Reason: "x"}}},
		{Opinions: []trial.Opinion{cannot("nan", 1), cannot("nan", 2), cannot("nan", 3), cannot("nan", 4), cannot("nan", 5)}, Warmup: true},
	}
	want = []string{
		"the oracle leak could not judge: reason 0 (1 attempt)", "the oracle nan could not judge: reason 1 (2 attempts)",
		"the oracle nan could not judge: reason 2 (1 attempt)", "the oracle nan could not judge: reason 3 (1 attempt)",
		"the oracle nan could not judge for other reasons (2 attempts)",
	}
	if got := undecided(unjudged(attempts)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What JSON has beyond the keys that were there from the beginning.
func TestEvidenceInJSON(t *testing.T) {
	var d struct {
		Cells []struct {
			Outcome   string
			Time_line []struct{ At, Source, Text string }
			Opinions  []struct{ Oracle, Says, Reason string }
			Files     []string
			Fault     *struct{ Consequences, Alternates []string }
			Attempts  []struct {
				Gauges []struct {
					Memory_bytes *int64
					Power_w      *float64
				}
			}
		}
		Starts   []struct{ Peers []struct{ Name string } }
		Unjudged []Unjudged
		Bugs     []struct {
			ID    string
			Cells []string
		}
	}
	if err := json.Unmarshal([]byte(render(t, "json", Summarize(troubled(t)), TextOptions{})), &d); err != nil {
		t.Fatal(err)
	}
	var moments, opinions, files, gauges int
	for _, c := range d.Cells {
		moments, opinions, files = moments+len(c.Time_line), opinions+len(c.Opinions), files+len(c.Files)
		if c.Fault != nil && (c.Fault.Consequences == nil || c.Fault.Alternates == nil) {
			t.Error("a list is null")
		}
		for _, a := range c.Attempts {
			for _, g := range a.Gauges {
				if gauges++; g.Memory_bytes == nil || *g.Memory_bytes != 103079215105+5<<30 || g.Power_w != nil {
					t.Errorf("gauge %+v", g)
				}
			}
		}
	}
	if moments != 2*13 || opinions != 1 || files != 1 || gauges != 3 || len(d.Unjudged) != 2 || len(d.Bugs) != 2 || len(d.Bugs[0].Cells) != 2 || len(d.Starts[0].Peers) != 1 {
		t.Errorf("%d moments, %d opinions, %d files, %d gauges: %+v %+v", moments, opinions, files, gauges, d.Unjudged, d.Bugs)
	}
}

// What says why is at the beginning of an excerpt; where nothing does, the last words are at its end.
func TestLongExcerptsAreCutWhereTheySayLeast(t *testing.T) {
	var lines []string
	for i := range 20 {
		lines = append(lines, fmt.Sprintf("line %d.", i))
	}
	for rule, want := range map[string]string{"assert": "| line 0.", "": "| line 19."} {
		p := newPage(TextOptions{})
		p.excerpt(faults.Fault{Excerpt: lines, Rule: rule})
		got := p.b.String()
		if !strings.Contains(got, want) || strings.Count(got, "| line") != shownExcerpt || !strings.Contains(got, "14 lines") {
			t.Errorf("rule %q:\n%s", rule, got)
		}
	}
}
