package store

import (
	"testing"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
)

// sampleSearch is a bisection's beginning: two cells, a probe that was answered, one that is open.
func sampleSearch() search.Journal {
	return search.Journal{
		Settings: search.Settings{Exposures: 3, Budget: 3600}.WithDefaults(),
		Cells: []search.Cell{
			{Key: "a", Config: "x", Shape: "opt", NP: 1, Ctx: 4096, Ceiling: 4096, Accepts: 4095},
			{Key: "b", Config: "x", Shape: "natural", NP: 1, Ctx: 4096, Ceiling: 4096},
		},
		Entries: []search.Entry{
			{Probe: search.Probe{Seq: 1, Cell: "a", Config: "x", Kind: search.Smoke, Path: search.Cold, Size: 2048, Tokens: 2048, Exposure: 1, Why: "does anything work"},
				Answer: &search.Answer{Outcome: search.Fault, Signature: "f", Phase: search.Prefill, Position: 1024, Cached: -1, Seconds: 0.1, Elapsed: 2.5, Starts: 1}},
			{Probe: search.Probe{Seq: 2, Cell: "b", Config: "x", Kind: search.Scout, Path: search.Chain, Size: 4095, Tokens: 4095, Steps: []int{2000, 4095}, Reply: 4, Exposure: 1}},
		},
	}
}

func keep(t *testing.T, r *Recorder, j search.Journal) {
	t.Helper()
	must(t, r.BeginSearch(t.Context(), j.Settings, j.Cells))
	for _, e := range j.Entries {
		must(t, r.BeginProbe(t.Context(), e.Probe))
		if e.Answer != nil {
			must(t, r.EndProbe(t.Context(), e.Probe, *e.Answer))
		}
	}
}

func TestAJournalComesBackAsItWas(t *testing.T) {
	s := openTemp(t)
	run, p := sampleRun("r1")
	rec, err := s.Begin(t.Context(), run, p)
	must(t, err)
	want := sampleSearch()
	keep(t, rec, want)
	got, err := s.Record(t.Context(), "r1")
	must(t, err)
	if d := diff(&want, got.Search); d != "" {
		t.Error(d)
	}
	if err := rec.EndProbe(t.Context(), want.Entries[0].Probe, *want.Entries[0].Answer); err == nil {
		t.Error("a probe was answered twice")
	}
	if err := rec.BeginProbe(t.Context(), want.Entries[0].Probe); err == nil {
		t.Error("a probe was asked twice")
	}
	if err := rec.BeginSearch(t.Context(), want.Settings, want.Cells[:1]); err == nil {
		t.Error("another search took the place of the first")
	}
	more := want.Settings
	more.Budget *= 2
	must(t, rec.BeginSearch(t.Context(), more, want.Cells))
	integrity(t, s)
}

func TestAScreenHasNoJournal(t *testing.T) {
	s := openTemp(t)
	run, p := sampleRun("r1")
	_, err := s.Begin(t.Context(), run, p)
	must(t, err)
	got, err := s.Record(t.Context(), "r1")
	must(t, err)
	if got.Search != nil {
		t.Errorf("%+v", got.Search)
	}
}

func TestARunIsTakenUpAgain(t *testing.T) {
	s := openTemp(t)
	run, p := sampleRun("r1")
	rec, err := s.Begin(t.Context(), run, p)
	must(t, err)
	start := sampleStart(p, 1)
	start.ID, err = rec.BeginStart(t.Context(), start)
	must(t, err)
	if _, err := s.Resume(t.Context(), "r1", "b1"); err == nil {
		t.Fatal("a run that is being worked on was taken up")
	}
	left, err := s.LeftOpen(t.Context())
	must(t, err)
	must(t, s.CloseLeftOpen(t.Context(), left[0], "ctxcliff was killed", false, at(9)))

	again, err := s.Resume(t.Context(), "r1", "b1")
	must(t, err)
	got, err := s.Record(t.Context(), "r1")
	must(t, err)
	if got.Run.Status != trial.Running || !got.Run.Ended.IsZero() || got.Run.Host.BootID != "b1" {
		t.Errorf("%s, ended %v, boot %s", got.Run.Status, got.Run.Ended, got.Run.Host.BootID)
	}
	next := sampleStart(p, 2)
	if next.ID, err = again.BeginStart(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	_, err = again.BeginAttempt(t.Context(), sampleAttempt(p, next, 1))
	must(t, err)
	known, unknown := p.Configurations[1].Cells[0], p.Configurations[1].Cells[0]
	unknown.Tokens++
	if !again.Knows(known) || again.Knows(unknown) {
		t.Error("it does not know its plan any more")
	}
	must(t, again.Extend(t.Context(), plan.Plan{Configurations: []plan.Work{{Configuration: unknown.Configuration, Cells: []plan.Cell{unknown}}}}))
	must(t, again.End(t.Context(), trial.Finished, at(50)))
	if _, err := s.Resume(t.Context(), "r1", "b1"); err == nil {
		t.Error("a finished run was taken up")
	}
}

// A probe that was open when the host went down is told from one whose ctxcliff was killed.
func TestAProbeThatTheHostWentDownWithIsNamed(t *testing.T) {
	for _, lost := range []bool{false, true} {
		s := openTemp(t)
		run, p := sampleRun("r1")
		rec, err := s.Begin(t.Context(), run, p)
		must(t, err)
		keep(t, rec, sampleSearch())
		start := sampleStart(p, 1)
		start.ID, err = rec.BeginStart(t.Context(), start)
		must(t, err)
		for probe := 1; probe <= 2; probe++ { // the first was answered
			a := sampleAttempt(p, start, probe)
			a.Probe = probe
			_, err = rec.BeginAttempt(t.Context(), a)
			must(t, err)
		}
		left, err := s.LeftOpen(t.Context())
		must(t, err)
		must(t, s.CloseLeftOpen(t.Context(), left[0], "it ended", lost, at(9)))
		got, err := s.Record(t.Context(), "r1")
		must(t, err)
		if e := got.Search.Entries; e[0].Lost || e[1].Lost != lost {
			t.Errorf("host lost %v: %+v", lost, e)
		}
	}
}
