package store

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// wantError checks an error's kind and its whole text.
func wantError(t *testing.T, err error, kind Kind, text string) {
	t.Helper()
	var ours *Error
	if !errors.As(err, &ours) {
		t.Fatalf("got %v, want an *Error %q", err, text)
	}
	if ours.Kind != kind || err.Error() != text {
		t.Errorf("got kind %d, %q\nwant kind %d, %q", ours.Kind, err, kind, text)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("%q is more than one line", err)
	}
}

func TestDiskFull(t *testing.T) {
	s := openTemp(t)
	r, p := sampleRun("a")
	rec, err := s.Begin(t.Context(), r, p)
	must(t, err)
	start := sampleStart(p, 1)
	start.ID, err = rec.BeginStart(t.Context(), start)
	must(t, err)
	// SQLite reports its own limit as it reports a full disk.
	limit := func(pages string) {
		_, err := s.writer.ExecContext(t.Context(), "PRAGMA max_page_count = "+pages)
		must(t, err)
	}
	limit("1") // the file may not grow any more
	var stored []trial.Attempt
	for n := 1; err == nil; n++ {
		a := sampleAttempt(p, start, n)
		if a.ID, err = rec.BeginAttempt(t.Context(), a); err == nil {
			stored = append(stored, a)
		}
	}
	wantError(t, err, Full, "store an attempt "+s.Path()+": no space is left for the database; "+
		"free some space (each attempt takes some 5 kB, and logs come on top) or name another file with --db; everything stored before is safe")
	got, err := s.Record(t.Context(), "a")
	must(t, err)
	if d := diff(stored, got.Attempts); d != "" {
		t.Errorf("a full disk lost something:\n%s", d)
	}
	limit("1000000")
	_, err = rec.BeginAttempt(t.Context(), sampleAttempt(p, start, len(stored)+1))
	must(t, err)
	integrity(t, s)
}

func TestThingsOutOfOrder(t *testing.T) {
	s := openTemp(t)
	ctx := t.Context()
	r, p := sampleRun("a")
	rec, err := s.Begin(ctx, r, p)
	must(t, err)
	start := sampleStart(p, 1)
	start.ID, err = rec.BeginStart(ctx, start)
	must(t, err)
	a := sampleAttempt(p, start, 1)
	a.ID, err = rec.BeginAttempt(ctx, a)
	must(t, err)
	must(t, rec.EndAttempt(ctx, crashed(a)))
	start.Ended = at(8)
	must(t, rec.EndStart(ctx, start))
	before, err := s.Record(ctx, "a")
	must(t, err)

	unplanned, foreign, nowhere := a, a, a
	unplanned.CellID, unplanned.N = "no such cell", 2
	foreign.StartID, foreign.N = 4711, 2
	nowhere.CellID, nowhere.N = "", 2 // and not a warm-up
	unknownStart := start
	unknownStart.ID, unknownStart.Ended = 4711, at(9)
	stranger := start
	stranger.Configuration, stranger.N = "no such configuration", 2
	endless := start
	endless.Ended = time.Time{}
	for name, do := range map[string]func() error{
		"the same run twice":                func() error { _, err := s.Begin(ctx, r, p); return err },
		"an attempt ends after its start":   func() error { return rec.EndAttempt(ctx, a) },
		"an attempt begins twice":           func() error { _, err := rec.BeginAttempt(ctx, a); return err },
		"an attempt at an unplanned cell":   func() error { _, err := rec.BeginAttempt(ctx, unplanned); return err },
		"an attempt in an unknown start":    func() error { _, err := rec.BeginAttempt(ctx, foreign); return err },
		"an attempt that counts nowhere":    func() error { _, err := rec.BeginAttempt(ctx, nowhere); return err },
		"the end of an unknown start":       func() error { return rec.EndStart(ctx, unknownStart) },
		"readiness of an unknown start":     func() error { return rec.StartReady(ctx, unknownStart) },
		"a start of an unplanned target":    func() error { _, err := rec.BeginStart(ctx, stranger); return err },
		"the same start number twice":       func() error { _, err := rec.BeginStart(ctx, start); return err },
		"an end without a time":             func() error { return rec.EndStart(ctx, endless) },
		"a run ends with an unknown status": func() error { return rec.End(ctx, "perhaps", at(9)) },
		"a cell under a foreign configuration": func() error {
			return rec.Extend(ctx, plan.Plan{Configurations: []plan.Work{{Configuration: p.Configurations[0].Configuration, Cells: p.Configurations[1].Cells}}})
		},
	} {
		err := do()
		var ours *Error
		if !errors.As(err, &ours) || ours.Path != s.Path() || ours.Op == "" || ours.What == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	after, err := s.Record(ctx, "a")
	must(t, err)
	if d := diff(before, after); d != "" {
		t.Errorf("something refused was stored:\n%s", d)
	}
}

func TestCancelled(t *testing.T) {
	s := openTemp(t)
	r, p := sampleRun("a")
	ctx, cancel := context.WithCancel(t.Context())
	rec, err := s.Begin(ctx, r, p)
	must(t, err)
	start := sampleStart(p, 1)
	start.ID, err = rec.BeginStart(ctx, start)
	must(t, err)
	cancel()
	if _, err := rec.BeginStart(ctx, sampleStart(p, 2)); !errors.Is(err, context.Canceled) {
		t.Errorf("a start was begun after the end: %v", err)
	}
	after := context.WithoutCancel(ctx)
	start.Outcome, start.Ended = trial.Incomplete, at(5)
	must(t, rec.EndStart(after, start))
	must(t, rec.End(after, trial.Interrupted, at(6)))
	got, err := s.Record(t.Context(), "")
	must(t, err)
	if len(got.Starts) != 1 || got.Starts[0].Outcome != trial.Incomplete || got.Run.Status != trial.Interrupted {
		t.Errorf("the interruption is stored as %+v", got)
	}
}

func TestLocked(t *testing.T) {
	s := openTemp(t)
	r, p := sampleRun("a")
	_, err := s.Begin(t.Context(), r, p)
	must(t, err)
	holder, err := s.writer.BeginTx(t.Context(), nil)
	must(t, err)
	_, err = open(t.Context(), s.Path(), 20*time.Millisecond)
	wantError(t, err, Locked, "open the database "+s.Path()+": the database is locked by another process; "+
		"wait for that process to end or name another file with --db")
	if got, err := s.Record(t.Context(), ""); err != nil || got.Run.ID != "a" {
		t.Errorf("readers wait for a writer: %v", err)
	}
	must(t, holder.Rollback())
	again, err := open(t.Context(), s.Path(), 20*time.Millisecond)
	must(t, err)
	must(t, again.Close())
}
