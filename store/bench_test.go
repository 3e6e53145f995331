package store

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"ctxcliff/harness/trial"
)

// BenchmarkDurableAttempts makes attempts of four requests, begun and ended: two durable transactions each,
// which take turns with the least that an fsync of the same disk costs, so that both meet the same neighbours.
// share-% is the rate of the commits as a share of the rate of those. A quarter of the commits is faster than what is
// reported: others on the machine only ever add.
func BenchmarkDurableAttempts(b *testing.B) {
	s := openTemp(b)
	r, p := sampleRun("a")
	rec, err := s.Begin(b.Context(), r, p)
	must(b, err)
	start := sampleStart(p, 1)
	start.ID, err = rec.BeginStart(b.Context(), start)
	must(b, err)
	plain := bareCommits(b)
	var ours, bare [2][]time.Duration // of beginnings, of ends
	n := 0
	for b.Loop() {
		n++
		a := sampleAttempt(p, start, n)
		for slot := 1; slot < 4; slot++ {
			request := a.Requests[0]
			request.Slot = slot
			a.Requests = append(a.Requests, request)
		}
		ours[0] = append(ours[0], timed(b, func() (err error) {
			a.ID, err = rec.BeginAttempt(b.Context(), a)
			return err
		}))
		bare[0] = append(bare[0], timed(b, plain))
		a.Outcome, a.Elapsed = trial.Pass, time.Second
		ours[1] = append(ours[1], timed(b, func() error { return rec.EndAttempt(b.Context(), a) }))
		bare[1] = append(bare[1], timed(b, plain))
	}
	begin, end, sync := quarter(ours[0]), quarter(ours[1]), (quarter(bare[0])+quarter(bare[1]))/2
	b.ReportMetric(begin.Seconds()*1e6, "begin-µs")
	b.ReportMetric(end.Seconds()*1e6, "end-µs")
	b.ReportMetric(sync.Seconds()*1e6, "fsync-µs")
	b.ReportMetric(2/(begin+end).Seconds(), "commits/s")
	b.ReportMetric(200*sync.Seconds()/(begin+end).Seconds(), "share-%")
	b.ReportMetric(0, "ns/op")
}

func timed(b *testing.B, do func() error) time.Duration {
	began := time.Now()
	if err := do(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func quarter(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/4]
}

// bareCommits appends one page to a file of its own and syncs it, whenever it is called.
func bareCommits(b *testing.B) func() error {
	f, err := os.Create(filepath.Join(b.TempDir(), "log"))
	must(b, err)
	b.Cleanup(func() { f.Close() })
	page := make([]byte, 4096)
	return func() error {
		_, err := f.Write(page)
		return errors.Join(err, f.Sync())
	}
}

// BenchmarkBareCommits is what the disk allows: one fsync for each page.
func BenchmarkBareCommits(b *testing.B) {
	plain := bareCommits(b)
	n := 0
	for b.Loop() {
		n++
		must(b, plain())
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
	insert, err := s.writer.PrepareContext(b.Context(), insertInto("notes", "run, text"))
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
			identity, err := rec.identityValues(a)
			if err != nil {
				return err
			}
			result, _, err := resultValues(a)
			if err != nil {
				return err
			}
			if a.ID, err = t.insert(b.Context(), insertAttempt, slices.Concat([]any{rec.run, 0}, identity, result)...); err != nil {
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
