package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// crashRun is a run of one start whose warm-up, first and second attempt at a cell each end badly, with
// faults of the given signatures.
func crashRun(t *testing.T, s *Store, id string, class string, signatures ...string) (trial.Run, plan.Plan) {
	t.Helper()
	r, p := sampleRun(id)
	rec, err := s.Begin(t.Context(), r, p)
	must(t, err)
	start := sampleStart(p, 1)
	start.Argv = append(start.Argv, "-ub", "256")
	start.ID, err = rec.BeginStart(t.Context(), start)
	must(t, err)
	if class != "load-fail.alloc" {
		start.ReadBack.Build, start.LogFile = "b11669-Debian", "start-0001.server.log"
		must(t, rec.StartReady(t.Context(), start))
	}
	for n, signature := range signatures {
		a := sampleAttempt(p, start, n)
		if n == 0 {
			a.CellID, a.Warmup, a.N, a.Requests[0].Shape, a.Requests[0].Target = "", true, 1, "natural", 64
		}
		a.ID, err = rec.BeginAttempt(t.Context(), a)
		must(t, err)
		a = crashed(a)
		a.Fault.Class, a.Fault.Signature = class, signature
		a.Fault.Category, _, _ = strings.Cut(class, ".")
		must(t, rec.EndAttempt(t.Context(), a))
	}
	return r, p
}

func TestSightings(t *testing.T) {
	s := openTemp(t)
	if got, err := s.Sightings(t.Context(), Filter{}); err != nil || got != nil {
		t.Fatalf("an empty database has seen %v, %v", got, err)
	}
	r, p := crashRun(t, s, "run-a", "crash.assert", "x", "y", "y")
	crashRun(t, s, "run-b", "load-fail.alloc", "z")
	_, clean := sampleRun("run-c")
	rec, err := s.Begin(t.Context(), trial.Run{ID: "run-c", Began: at(9), Status: trial.Running}, clean)
	must(t, err)
	must(t, rec.End(t.Context(), trial.Finished, at(10)))

	all, err := s.Sightings(t.Context(), Filter{})
	must(t, err)
	if len(all) != 4 {
		t.Fatalf("%d sightings, want 4", len(all))
	}
	cell := p.Configurations[0].Cells[0]
	want := trial.Sighting{
		RunID: "run-a", Seed: r.Seed, Settings: r.Settings, AttemptID: all[1].AttemptID, StartN: 1, N: 1, Cell: cell, CellID: cell.ID(),
		At: at(1).Add(1500 * time.Millisecond), Build: "b11669-Debian", Shape: "opt", NP: 1, Tokens: 2000, MicroBatch: 256,
		Cache: trial.ColdFirst, Outcome: trial.Crash, LogFile: "start-0001.server.log", Files: []string{"attempt-1.slots.json"},
	}
	f := *crashed(sampleAttempt(p, trial.Start{}, 1)).Fault
	f.Signature = "y"
	want.Fault = f
	if d := diff(want, all[1]); d != "" {
		t.Errorf("the first attempt:\n%s", d)
	}
	if w := all[0]; !w.Warmup || w.CellID != "" || w.Shape != "natural" || w.Tokens != 64 || w.NP != 1 || w.Cell.Tokens != 0 {
		t.Errorf("the warm-up: %+v", w)
	}
	if all[2].Cache != trial.CachedMaybe {
		t.Errorf("the second attempt is %s", all[2].Cache)
	}
	if all[3].Build != "b11669-abc" {
		t.Errorf("a server that never became ready is of build %q", all[3].Build)
	}

	for name, c := range map[string]struct {
		filter Filter
		want   []string
	}{
		"a class":              {Filter{Class: "crash.assert"}, []string{"x", "y", "y"}},
		"a category":           {Filter{Class: "load-fail"}, []string{"z"}},
		"no such class":        {Filter{Class: "%"}, nil},
		"a run":                {Filter{Run: "run-b"}, []string{"z"}},
		"the newest run":       {Filter{Run: "last"}, nil},
		"a class within a run": {Filter{Run: "run-b", Class: "crash"}, nil},
	} {
		got, err := s.Sightings(t.Context(), c.filter)
		must(t, err)
		var signatures []string
		for _, g := range got {
			signatures = append(signatures, g.Fault.Signature)
		}
		if !slices.Equal(signatures, c.want) {
			t.Errorf("%s: %q, want %q", name, signatures, c.want)
		}
	}
	_, err = s.Sightings(t.Context(), Filter{Run: "nine"})
	wantError(t, err, NoRun, `read the faults of `+s.Path()+`: no run is called "nine"; name the beginning of a run's id, or "last"`)
}

// The server's own numbers say what was cold, where it gave any.
func TestSightingsOfAnsweredAttempts(t *testing.T) {
	s := openTemp(t)
	r, p := sampleRun("a")
	rec, err := s.Begin(t.Context(), r, p)
	must(t, err)
	start := sampleStart(p, 1)
	start.ID, err = rec.BeginStart(t.Context(), start)
	must(t, err)
	for n, cached := range []int{0, 1999} {
		a := sampleAttempt(p, start, n+1)
		a.ID, err = rec.BeginAttempt(t.Context(), a)
		must(t, err)
		a.Outcome, a.Fault = trial.Garbage, &faults.Fault{Class: "wrong-output.repeat-char", Category: "wrong-output"}
		a.Requests[0].PromptTokens, a.Requests[0].CachedTokens, a.Requests[0].ProcessedTokens = 2000, cached, 2000-cached
		must(t, rec.EndAttempt(t.Context(), a))
	}
	got, err := s.Sightings(t.Context(), Filter{})
	must(t, err)
	if len(got) != 2 || got[0].Cache != trial.ColdProven || got[1].Cache != trial.CachedProven {
		t.Errorf("got %+v", got)
	}
}
