package harness

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"ctxcliff/harness/trial"
)

// TestTakeUp takes a screen up that was cut short after each number of starts: what was finished is not done
// again, starts are numbered on, and a cell that the host went down with twice is left out unless told
// otherwise.
func TestTakeUp(t *testing.T) {
	walk := func(past trial.Record, daring bool) (*Screen, *memory) {
		s, recorded, _ := matrix{tokens: []int{100, 200}, shapes: "opt"}.screen(t, simLab(t, ""))
		s.Settings.Attempts = 2
		s.Past, s.Daring = past, daring
		s.Past.Run.Settings = s.Settings
		if err := s.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		return s, recorded
	}
	s, first := walk(trial.Record{}, false)
	cells := s.Plan.Configurations[0].Cells
	attempt := func(cell int, start int64, n int, o trial.Outcome, lost bool) trial.Attempt {
		return trial.Attempt{ID: start*10 + int64(n), StartID: start, StartN: int(start), CellID: cells[cell].ID(), N: n, Outcome: o, HostLost: lost}
	}
	if len(first.starts) != len(cells) {
		t.Fatalf("%d starts for %d cells", len(first.starts), len(cells))
	}
	past := trial.Record{Starts: []trial.Start{{N: 3}}, Attempts: []trial.Attempt{attempt(0, 3, 1, trial.Pass, false), attempt(0, 3, 2, trial.Pass, false)}}
	if _, again := walk(past, false); len(again.starts) != len(cells)-1 || again.starts[0].N != 4 || again.attempts[0].CellID != cells[1].ID() {
		t.Errorf("%d starts, the first is %d", len(again.starts), again.starts[0].N)
	}
	past.Attempts = []trial.Attempt{attempt(0, 1, 1, trial.Incomplete, true), attempt(0, 2, 1, trial.Incomplete, true)}
	if _, again := walk(past, false); len(again.starts) != len(cells)-1 || !strings.Contains(fmt.Sprint(again.notes), "--retry-lost") {
		t.Errorf("%d starts, notes %q", len(again.starts), again.notes)
	}
	if _, again := walk(past, true); len(again.starts) != len(cells) {
		t.Errorf("daring: %d starts", len(again.starts))
	}
}
