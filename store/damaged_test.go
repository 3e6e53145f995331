package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
)

// aDatabase is the bytes of one with something in every table that is read by itself.
func aDatabase(t testing.TB, id string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := Open(t.Context(), path)
	must(t, err)
	r, p := sampleRun(id)
	rec, err := s.Begin(t.Context(), r, p)
	must(t, err)
	must(t, rec.BeginSearch(t.Context(), search.Settings{}, []search.Cell{{Key: "c"}}))
	must(t, rec.BeginStory(t.Context(), minimize.Story{Reproduce: &minimize.ReproduceSettings{}}))
	for n := 1; n <= 12; n++ {
		start := sampleStart(p, n)
		start.ID, err = rec.BeginStart(t.Context(), start)
		must(t, err)
		must(t, rec.BeginProbe(t.Context(), search.Probe{Seq: n, Cell: "c"}))
		must(t, rec.BeginQuestion(t.Context(), minimize.Question{Seq: n}))
		a := sampleAttempt(p, start, 1)
		a.ID, err = rec.BeginAttempt(t.Context(), a)
		must(t, err)
		if n < 12 {
			must(t, rec.EndAttempt(t.Context(), crashed(a)))
			start.Outcome, start.Ended = trial.Crash, at(n)
			must(t, rec.EndStart(t.Context(), start))
		}
	}
	must(t, s.Close())
	whole, err := os.ReadFile(path)
	must(t, err)
	return whole
}

// useAll does with a database whatever commands do, and returns the errors.
func useAll(ctx context.Context, path string) (all []error) {
	told := func(err error) { all = append(all, err) }
	for _, opener := range []func(context.Context, string) (*Store, error){OpenExisting, Open} {
		s, err := opener(ctx, path)
		told(err)
		if err != nil {
			continue
		}
		_, err = s.Runs(ctx)
		told(err)
		_, err = s.Record(ctx, "")
		told(err)
		_, err = s.Overview(ctx, "")
		told(err)
		_, err = s.Sightings(ctx, Filter{})
		told(err)
		_, err = s.Check(ctx)
		told(err)
		_, err = s.LostWith(ctx)
		told(err)
		left, err := s.LeftOpen(ctx)
		told(err)
		for _, l := range left {
			told(s.CloseLeftOpen(ctx, l, "the host was lost", true, at(60)))
		}
		_, err = s.Export(ctx, path+".copy", nil, at(61))
		told(err)
		_ = os.Remove(path + ".copy")
		_, err = s.PlanPrune(ctx, at(99))
		told(err)
		told(s.Vacuum(ctx))
		s.Close()
	}
	return all
}

// TestDamagedFiles: whatever bits of a database have flipped, and wherever it was cut, nothing panics, nothing hangs,
// and every error is one sentence that names the file and says what to do.
func TestDamagedFiles(t *testing.T) {
	fewChecks(t, 10)
	whole := aDatabase(t, "a")
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		path := filepath.Join(dir, "x.db")
		for _, suffix := range []string{"", "-wal", "-shm", "-journal", ".copy"} {
			_ = os.Remove(path + suffix)
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		bytes := append([]byte(nil), whole...)
		switch rapid.SampledFrom([]string{"bits", "bits", "page", "text", "cut"}).Draw(rt, "damage") {
		case "bits":
			for range rapid.SampledFrom([]int{1, 5, 50, 500}).Draw(rt, "bits") {
				bytes[headerSize+r.IntN(len(bytes)-headerSize)] ^= 1 << r.IntN(8)
			}
		case "page":
			from, to := r.IntN(len(bytes)/4096), r.IntN(len(bytes)/4096)
			copy(bytes[max(to, 1)*4096:], bytes[from*4096:(from+1)*4096])
		case "text": // what rows say, the pages being whole
			for range 20 {
				if at := strings.Index(string(bytes[len(bytes)/8:]), `{"`); at >= 0 {
					bytes[len(bytes)/8+at+r.IntN(40)%(len(bytes)-at-len(bytes)/8)] = "{}[]\",:0-e"[r.IntN(10)]
				}
			}
		case "cut":
			bytes = bytes[:headerSize+r.IntN(len(bytes)-headerSize)]
		}
		must(t, os.WriteFile(path, bytes, 0o644))
		began := time.Now()
		for _, err := range useAll(t.Context(), path) {
			var ours *Error
			switch {
			case err == nil:
			case !errors.As(err, &ours):
				rt.Errorf("an error of no kind: %v", err)
			case !strings.Contains(err.Error(), "x.db") || len(err.Error()) > 1000 || strings.IndexFunc(err.Error(), unicode.IsControl) >= 0:
				rt.Errorf("%q", err)
			}
		}
		if took := time.Since(began); took > 20*time.Second {
			rt.Errorf("it took %s", took)
		}
	})
}

// TestTheLogOfAnotherDatabase: a -wal that was left beside a file, or copied to it, is no database of its own; what is
// made of the two is one sentence, or the file as it was.
func TestTheLogOfAnotherDatabase(t *testing.T) {
	dir := t.TempDir()
	other, err := Open(t.Context(), filepath.Join(dir, "other.db"))
	must(t, err)
	r, p := sampleRun("other")
	_, err = other.Begin(t.Context(), r, p)
	must(t, err)
	wal, err := os.ReadFile(filepath.Join(dir, "other.db-wal"))
	must(t, err)
	must(t, other.Close())
	for name, log := range map[string][]byte{"of another database": wal, "of no database": []byte(strings.Repeat("hello\n", 5000)), "that is empty": {}, "that is cut": wal[:len(wal)/2+7]} {
		path := filepath.Join(t.TempDir(), "x.db")
		must(t, os.WriteFile(path, aDatabase(t, "mine"), 0o644))
		must(t, os.WriteFile(path+"-wal", log, 0o644))
		for _, err := range useAll(t.Context(), path) {
			var ours *Error
			if err != nil && (!errors.As(err, &ours) || strings.Contains(err.Error(), "\n")) {
				t.Errorf("a log %s: %v", name, err)
			}
		}
	}
}
