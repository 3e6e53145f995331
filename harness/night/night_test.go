package night

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestExitCodes(t *testing.T) {
	worse, same := &Outcome{Code: Failures}, &Outcome{Code: Clean}
	for name, c := range map[string]struct {
		night Night
		want  int
	}{
		"nothing unexpected":         {Night{Steps: []Step{{Name: "screen"}, {Name: "bisect"}}, Diff: same}, Clean},
		"the screen":                 {Night{Steps: []Step{{Name: "screen", Code: 1}, {Name: "bisect", Code: 3}}}, Failures},
		"an edge is no surprise":     {Night{Steps: []Step{{Name: "screen"}, {Name: "bisect", Code: 1}}, Diff: same}, Clean},
		"a known bug breaks again":   {Night{Steps: []Step{{Name: "screen"}, {Name: "repro", Code: 1}}}, Clean},
		"worse than before":          {Night{Steps: []Step{{Name: "screen"}}, Diff: worse}, Failures},
		"a step could not work":      {Night{Steps: []Step{{Name: "screen"}, {Name: "bisect", Code: 3}}, Diff: same}, Trouble},
		"a step was called wrongly":  {Night{Steps: []Step{{Name: "screen"}, {Name: "bisect", Code: 2}}}, Trouble},
		"nothing was tested":         {Night{Steps: []Step{{Name: "screen", Code: 4}}}, Inconclusive},
		"nothing was begun":          {Night{}, Inconclusive},
		"one of two had no time":     {Night{Steps: []Step{{Name: "screen"}, {Name: "bisect", Code: 4}}}, Clean},
		"nothing can be compared":    {Night{Steps: []Step{{Name: "screen"}}, Diff: &Outcome{Code: Inconclusive}}, Clean},
		"trouble beside a real find": {Night{Steps: []Step{{Name: "screen", Code: 3}}, Diff: worse}, Failures},
	} {
		if c.night.Conclude(); c.night.Exit != c.want || c.night.Why == "" {
			t.Errorf("%s: %d, %s", name, c.night.Exit, c.night.Why)
		}
	}
}

// Whatever the steps take of their shares: the night stays within its limits, and each step that is begun has
// something to spend.
func TestSharesStayWithinTheLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Limits{Time: time.Duration(rapid.Int64Range(0, int64(10*time.Hour)).Draw(t, "time")), Starts: rapid.IntRange(0, 200).Draw(t, "starts")}
		var n Night
		steps := rapid.IntRange(1, 12).Draw(t, "steps")
		for i := range steps {
			mine, ok := l.Share(n, steps-1-i)
			if !ok {
				continue
			}
			if l.Time > 0 && mine.Time <= 0 || l.Starts > 0 && mine.Starts <= 0 {
				t.Fatalf("a step without anything: %+v of %+v", mine, l)
			}
			n.Spent += time.Duration(rapid.Float64Range(0, 1).Draw(t, "used") * float64(mine.Time))
			n.Starts += rapid.IntRange(0, mine.Starts).Draw(t, "launched")
		}
		if l.Time >= time.Second && n.Spent > l.Time+time.Second || l.Starts > 0 && n.Starts > l.Starts {
			t.Fatalf("%+v spent %s and %d of %+v", n, n.Spent, n.Starts, l)
		}
	})
}

func TestTheFirstStepLeavesSomething(t *testing.T) {
	l := Limits{Time: 10 * time.Hour, Starts: 100}
	if got, ok := l.Share(Night{}, 2); !ok || got.Time != 6*time.Hour || got.Starts != 60 {
		t.Error(got, ok)
	}
	if got, ok := l.Share(Night{Spent: 6 * time.Hour, Starts: 60}, 0); !ok || got.Time != 4*time.Hour || got.Starts != 40 {
		t.Error(got, ok)
	}
	if _, ok := l.Share(Night{Starts: 100}, 0); ok {
		t.Error("a step without a start")
	}
}

// A step that is done is never made again; one that was broken off is taken up with its run.
func TestResume(t *testing.T) {
	var n Night
	if _, begun := n.Begun(Step{Name: "screen"}); begun {
		t.Error("nothing was begun")
	}
	n.Put(Step{Name: "screen", Run: "r1"})
	if s, begun := n.Begun(Step{Name: "screen"}); !begun || s.Run != "r1" || s.Done {
		t.Error(s, begun)
	}
	n.Put(Step{Name: "screen", Run: "r1", Done: true})
	n.Put(Step{Name: "repro", Fault: "F-1", Run: "r2", Done: true})
	if s, _ := n.Begun(Step{Name: "screen"}); !s.Done || len(n.Steps) != 2 {
		t.Error("a step is made twice", n.Steps)
	}
	for _, other := range []Step{{Name: "repro", Fault: "F-2"}, {Name: "screen", Target: "x"}} {
		if _, begun := n.Begun(other); begun {
			t.Error("another step", other)
		}
	}
	if got := n.Runs("screen", "repro"); !slices.Equal(got, []string{"r1", "r2"}) {
		t.Error(got)
	}
}

func TestRotation(t *testing.T) {
	at := func(h int) time.Time { return time.Date(2026, 11, 28, h, 0, 0, 0, time.UTC) }
	before := []Night{{Steps: []Step{{Name: "repro", Fault: "a", Began: at(2), Done: true}}}, {Steps: []Step{{Name: "repro", Fault: "b", Began: at(1), Done: true}, {Name: "repro", Fault: "c", Began: at(1)}}}}
	var got []string
	for _, k := range Rotation([]Known{{ID: "a"}, {ID: "b"}, {ID: "c", Seen: at(1)}, {ID: "d", Seen: at(2)}}, before, 3) {
		got = append(got, k.ID)
	}
	if strings.Join(got, "") != "dcb" {
		t.Error(got)
	}
}

// What is kept of one night is never deleted for another one's sake, and nothing goes that no night made.
func TestPruning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOf(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}))
		nights := rapid.SliceOfN(ids, 0, 8).Draw(t, "nights")
		keep := rapid.IntRange(1, 8).Draw(t, "keep")
		for _, run := range (Policy{keep}).Prunable(Old{nights}) {
			if !slices.ContainsFunc(nights, func(n []string) bool { return slices.Contains(n, run) }) {
				t.Fatal("nobody made", run)
			}
			for _, n := range nights[:min(keep, len(nights))] {
				if slices.Contains(n, run) {
					t.Fatal("is kept:", run)
				}
			}
		}
	})
	evidence := []Evidence{{"r", "start-0002.server.log.gz"}}
	for file, want := range map[string]bool{
		"start-0001.server.log.gz": true, "start-0002.server.log.gz": false, "start-0002.rpc1.log.gz": false, "report.html": true, "mine.txt": false,
	} {
		if got := MayGo("r", file, evidence); got != want {
			t.Errorf("%s: %v", file, got)
		}
	}
	if !MayGo("s", "start-0002.server.log.gz", evidence) {
		t.Error("the evidence is another run's")
	}
}
