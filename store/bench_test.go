package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"ctxcliff/harness/trial"
)

// BenchmarkDurableAttempts makes attempts of four requests, begun and ended: two durable
// transactions each. BenchmarkBareCommits is what the disk allows.
func BenchmarkDurableAttempts(b *testing.B) {
	s := openTemp(b)
	r, p := sampleRun("a")
	rec, err := s.Begin(b.Context(), r, p)
	must(b, err)
	start := sampleStart(p, 1)
	start.ID, err = rec.BeginStart(b.Context(), start)
	must(b, err)
	n := 0
	for b.Loop() {
		n++
		a := sampleAttempt(p, start, n)
		for slot := 1; slot < 4; slot++ {
			request := a.Requests[0]
			request.Slot = slot
			a.Requests = append(a.Requests, request)
		}
		if a.ID, err = rec.BeginAttempt(b.Context(), a); err != nil {
			b.Fatal(err)
		}
		a.Outcome, a.Elapsed = trial.Pass, time.Second
		if err := rec.EndAttempt(b.Context(), a); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(2*float64(n)/b.Elapsed().Seconds(), "commits/s")
}

// BenchmarkBareCommits appends one page to a file and syncs it, as often as the disk can.
func BenchmarkBareCommits(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "log"))
	must(b, err)
	defer f.Close()
	page := make([]byte, 4096)
	n := 0
	for b.Loop() {
		n++
		if _, err := f.Write(page); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "commits/s")
}

// BenchmarkBareSQLiteCommits inserts one small row per durable transaction into the same kind of
// database.
func BenchmarkBareSQLiteCommits(b *testing.B) {
	s := openTemp(b)
	r, p := sampleRun("a")
	_, err := s.Begin(b.Context(), r, p)
	must(b, err)
	insert, err := s.writer.Prepare(insertInto("notes", "run, text"))
	must(b, err)
	defer insert.Close()
	n := 0
	for b.Loop() {
		n++
		if _, err := insert.Exec(1, "x"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "commits/s")
}

// BenchmarkRecord reads a run of 1000 attempts.
func BenchmarkRecord(b *testing.B) {
	s := openTemp(b)
	r, p := sampleRun("a")
	rec, err := s.Begin(b.Context(), r, p)
	must(b, err)
	start := sampleStart(p, 1)
	start.ID, err = rec.BeginStart(b.Context(), start)
	must(b, err)
	must(b, s.write(b.Context(), "fill", func(t tx) error {
		for n := 1; n <= 1000; n++ {
			a := crashed(sampleAttempt(p, start, n))
			values, err := rec.attemptValues(a)
			if err != nil {
				return err
			}
			if a.ID, err = t.insert(b.Context(), insertAttempt, append([]any{rec.run, 0}, values...)...); err != nil {
				return err
			}
			if err := putRequests(b.Context(), t, a.ID, a.Requests); err != nil {
				return err
			}
			if err := insertSighting(b.Context(), t, a.ID, *a.Fault); err != nil {
				return err
			}
		}
		return nil
	}))
	for b.Loop() {
		if got, err := s.Record(b.Context(), "a"); err != nil || len(got.Attempts) != 1000 {
			b.Fatal(len(got.Attempts), err)
		}
	}
}
