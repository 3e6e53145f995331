package store

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"ctxcliff/harness/trial"
)

var cuts = flag.Int("cuts", 60, "cut the power that often in the test of power losses")

// TestPowerLoss writes runs, then cuts the power after any of the writes and syncs that this took: with what
// was not synced gone, there, or there in pieces. The database opens, is whole, and has everything that was
// acknowledged before. It must find out a disk that lies about its syncs, or it would prove nothing.
func TestPowerLoss(t *testing.T) {
	d, from := useDisk(t), t.TempDir()
	from, err := filepath.EvalSymlinks(from)
	must(t, err)
	path := filepath.Join(from, "runs.db")
	s, err := Open(t.Context(), path)
	must(t, err)
	must(t, s.Close())
	d.settleOn(t, path) // how a new file appears is another test's matter
	writeThrough(t, d, path)
	d.full = true
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	lied := 0
	for i := range *cuts {
		n := random.IntN(len(d.log) + 1)
		h := honesty(i % 4)
		dir := t.TempDir()
		d.cut(t, from, dir, n, h, random)
		if err := d.survives(t, filepath.Join(dir, "runs.db"), n); err != nil && h == lies {
			lied++
		} else if err != nil {
			t.Fatalf("seed %d, power loss after %d of %d steps, honesty %d: %v", seed, n, len(d.log), h, err)
		}
	}
	if lied == 0 {
		t.Error("a disk that ignores every sync was not found out")
	}
	t.Logf("seed %d: %d cuts in %d steps; %d of the lying disk's found out", seed, *cuts, len(d.log), lied)
}

// writeThrough makes runs with starts and attempts, in a log that is folded into the database again and
// again, and says to the disk what was acknowledged.
func writeThrough(t *testing.T, d *disk, path string) {
	t.Helper()
	for run := range 3 {
		s, err := Open(t.Context(), path)
		must(t, err)
		_, err = s.writer.ExecContext(t.Context(), "PRAGMA wal_autocheckpoint = 40")
		must(t, err)
		r, p := sampleRun(fmt.Sprint("run-", run))
		rec, err := s.Begin(t.Context(), r, p)
		must(t, err)
		said := func(what string) { d.put(step{kind: acknowledged, file: r.ID + " " + what}) }
		said("run")
		for n := 1; n <= 15; n++ {
			start := sampleStart(p, n)
			start.ID, err = rec.BeginStart(t.Context(), start)
			must(t, err)
			said("start")
			a := sampleAttempt(p, start, 1)
			a.ID, err = rec.BeginAttempt(t.Context(), a)
			must(t, err)
			said("begun")
			must(t, rec.EndAttempt(t.Context(), crashed(a)))
			said("ended")
			start.Outcome, start.Ended = trial.Crash, at(n)
			must(t, rec.EndStart(t.Context(), start))
			said("stopped")
		}
		must(t, s.Close())
	}
}

// survives says what is wrong with a database after a power loss.
func (d *disk) survives(t *testing.T, path string, n int) error {
	want := map[string]int{}
	for _, s := range d.log[:n] {
		if s.kind == acknowledged {
			want[s.file]++
		}
	}
	s, err := open(t.Context(), path, time.Second)
	if err != nil {
		return err
	}
	defer s.Close()
	if complaints, err := s.Check(t.Context()); err != nil || len(complaints) > 0 {
		return fmt.Errorf("%q %w", complaints, err)
	}
	for run := range 3 {
		id := fmt.Sprint("run-", run)
		r, err := s.Record(t.Context(), id)
		if ours := (*Error)(nil); errors.As(err, &ours) && ours.Kind == NoRun && want[id+" run"] == 0 {
			continue
		} else if err != nil {
			return err
		}
		for what, got := range stored(r) {
			if least := want[id+" "+what]; got < least || got > least+1 {
				return fmt.Errorf("%s: %q was acknowledged %d times, stored %d times", id, what, least, got)
			}
		}
	}
	return nil
}

// TestADiskThatRefuses fails writes and syncs at every place where the store makes one: the call says so, what
// was acknowledged before is there, and once there is room again the store goes on.
func TestADiskThatRefuses(t *testing.T) {
	d, refused := useDisk(t), 0
	for code, kind := range map[int32]Kind{sqlite3.SQLITE_FULL: Full, sqlite3.SQLITE_IOERR_WRITE: IO, sqlite3.SQLITE_IOERR_FSYNC: IO} {
		for place := 1; place <= 60; place += 7 {
			path := filepath.Join(t.TempDir(), "runs.db")
			s, err := Open(t.Context(), path)
			must(t, err)
			_, err = s.writer.ExecContext(t.Context(), "PRAGMA wal_autocheckpoint = 10")
			must(t, err)
			r, p := sampleRun("a")
			rec, err := s.Begin(t.Context(), r, p)
			must(t, err)
			start := sampleStart(p, 1)
			start.ID, err = rec.BeginStart(t.Context(), start)
			must(t, err)
			d.n, d.refuse = 0, func(n int, x step) int32 {
				if n >= place && n < place+3 && (x.kind == synced) == (code == sqlite3.SQLITE_IOERR_FSYNC) {
					return code
				}
				return 0
			}
			acknowledged := 0
			for n := 1; n <= 12; n++ {
				a := sampleAttempt(p, start, n)
				if a.ID, err = rec.BeginAttempt(t.Context(), a); err == nil {
					acknowledged++
					continue
				}
				refused++
				if ours := (*Error)(nil); !errors.As(err, &ours) || ours.Kind != kind {
					t.Fatalf("code %d: %v", code, err)
				}
			}
			d.refuse = nil
			a := sampleAttempt(p, start, 99)
			if a.ID, err = rec.BeginAttempt(t.Context(), a); err != nil {
				t.Fatalf("it does not go on once the disk takes writes again: %v", err)
			}
			integrity(t, s)
			must(t, s.Close())
			s = reopen(t, path)
			integrity(t, s)
			got, err := s.Record(t.Context(), "a")
			must(t, err)
			if len(got.Attempts) != acknowledged+1 {
				t.Errorf("code %d at step %d: %d attempts acknowledged, %d stored", code, place, acknowledged+1, len(got.Attempts))
			}
		}
	}
	if refused < 20 {
		t.Errorf("only %d calls were refused: the test is blunt", refused)
	}
	t.Logf("%d calls refused", refused)
}
