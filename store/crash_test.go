package store

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ctxcliff/harness/trial"
)

// childWrites begins and ends attempts for ever and prints what was acknowledged. Its run is
// CHILD_ID.
func childWrites(ctx context.Context, path, id string) error {
	return writeAttempts(ctx, path, id, 1<<30)
}

func childWritesForty(ctx context.Context, path, id string) error {
	return writeAttempts(ctx, path, id, 40)
}

func writeAttempts(ctx context.Context, path, id string, count int) error {
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	r, p := sampleRun(id)
	rec, err := s.Begin(ctx, r, p)
	if err != nil {
		return err
	}
	for n := 1; n <= count; n++ {
		start := sampleStart(p, n)
		if start.ID, err = rec.BeginStart(ctx, start); err != nil {
			return err
		}
		fmt.Println("start", n)
		a := sampleAttempt(p, start, 1)
		if a.ID, err = rec.BeginAttempt(ctx, a); err != nil {
			return err
		}
		fmt.Println("begun", n)
		if err = rec.EndAttempt(ctx, crashed(a)); err != nil {
			return err
		}
		fmt.Println("ended", n)
		start.Outcome, start.Ended = trial.Crash, at(n%60)
		if err = rec.EndStart(ctx, start); err != nil {
			return err
		}
		fmt.Println("stopped", n)
	}
	return s.Close()
}

func childCreates(ctx context.Context, path, id string) error {
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	r, p := sampleRun(id)
	if _, err = s.Begin(ctx, r, p); err != nil {
		return err
	}
	return s.Close()
}

// TestKilledWhileWriting ends a writer with SIGKILL at random instants. Whatever it was told to be
// stored must be there, and what was under way must be found.
func TestKilledWhileWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.db")
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	lost := 0
	for round := range 20 {
		id := fmt.Sprintf("run-%02d", round)
		last := killWriter(t, path, id, 1+random.IntN(60))
		s, err := Open(t.Context(), path)
		must(t, err)
		integrity(t, s)
		got, err := s.Record(t.Context(), id)
		must(t, err)
		for what, n := range stored(got) {
			if n < last[what] || n > last[what]+1 {
				t.Errorf("seed %d, round %d: %q was acknowledged %d times, stored %d times", seed, round, what, last[what], n)
			}
		}
		left, err := s.LeftOpen(t.Context())
		must(t, err)
		if len(left) != 1 || left[0].Run.ID != id || left[0].Owner.PID == 0 || left[0].Owner.BootID != "b0" {
			t.Fatalf("seed %d, round %d: the lost run is not found: %+v", seed, round, left)
		}
		lost += len(left[0].Starts)
		must(t, s.CloseLeftOpen(t.Context(), left[0], "we were killed", false, at(59)))
		got, err = s.Record(t.Context(), id)
		must(t, err)
		for _, a := range got.Attempts {
			if len(a.Requests) != 1 || a.Requests[0].Hash == "" || a.Outcome == trial.Unknown {
				t.Errorf("seed %d, round %d: the recipes of an attempt are lost: %+v", seed, round, a)
			}
		}
		must(t, s.Close())
	}
	t.Logf("seed %d: 20 kills, %d of them with a start under way", seed, lost)
}

// killWriter kills a writing child after some acknowledgements and tells how many of each kind
// there were.
func killWriter(t *testing.T, path, id string, after int) map[string]int {
	t.Helper()
	c := child(t, "write", path, id)
	var complaints bytes.Buffer
	c.Stderr = &complaints
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	last := map[string]int{"start": 0, "begun": 0, "ended": 0, "stopped": 0}
	count := 0
	lines(out, func(line string) {
		what, number, _ := strings.Cut(line, " ")
		if n, err := strconv.Atoi(number); err == nil { // the last line may be cut off
			last[what] = n
		}
		if count++; count == after {
			must(t, c.Process.Kill())
		}
	})
	if err := c.Wait(); err == nil || count < after {
		t.Fatalf("the child ended by itself: %s", complaints.String())
	}
	return last
}

// stored counts in a record what the child prints.
func stored(r trial.Record) map[string]int {
	n := map[string]int{"start": len(r.Starts), "begun": len(r.Attempts), "ended": 0, "stopped": 0}
	for _, a := range r.Attempts {
		if a.Outcome == trial.Crash && a.Fault != nil && len(a.Requests) == 1 && a.Requests[0].Error != "" && len(a.TimeLine) == 2 && len(a.Opinions) == 1 {
			n["ended"]++
		}
	}
	for _, s := range r.Starts {
		if !s.Ended.IsZero() {
			n["stopped"]++
		}
	}
	return n
}

// TestTwoProcessesWrite: neither fails, and all is there.
func TestTwoProcessesWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.db")
	together(t, "forty", path, 2)
	s := reopen(t, path)
	integrity(t, s)
	for i := range 2 {
		got, err := s.Record(t.Context(), fmt.Sprint("child-", i))
		must(t, err)
		want := map[string]int{"start": 40, "begun": 40, "ended": 40, "stopped": 40}
		if d := diff(want, stored(got)); d != "" {
			t.Errorf("child %d:\n%s", i, d)
		}
	}
}

// TestSeveralProcessesCreate: they agree on one file.
func TestSeveralProcessesCreate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "runs.db")
	together(t, "create", path, 4)
	s := reopen(t, path)
	runs, err := s.Runs(t.Context())
	must(t, err)
	var names []string
	for _, r := range runs {
		names = append(names, r.ID)
	}
	slices.Sort(names)
	if d := diff([]string{"child-0", "child-1", "child-2", "child-3"}, names); d != "" {
		t.Errorf("runs:\n%s", d)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	must(t, err)
	if len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

// together runs n children at once.
func together(t *testing.T, name, path string, n int) {
	t.Helper()
	ended := make(chan error)
	for i := range n {
		c := child(t, name, path, fmt.Sprint("child-", i))
		go func() {
			if out, err := c.CombinedOutput(); err != nil {
				ended <- fmt.Errorf("child %d: %w: %s", i, err, out)
				return
			}
			ended <- nil
		}()
	}
	for range n {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
