package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/trial"
	"ctxcliff/store"
)

// kills is how often TestTorture kills ctxcliff; 10000 take the better part of an hour.
var kills = flag.Int("kills", 6, "kill ctxcliff that often in the torture test")

// square is what must be the same of a cell however often the screen was killed. Counted are the outcomes
// of the attempts that count.
type square struct {
	ID               string
	Verdict, Outcome string
	Passed, Starts   int
	Counted          []string
}

// TestTorture kills ctxcliff -9, and nothing else, at random instants while it screens, takes the screen up
// again, and so on to its end; then the next screen, in the same database. After each kill nothing that it
// started is alive, the database is whole, and every attempt that it said had ended is there. In the end the
// matrix is that of an undisturbed run.
func TestTorture(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	done := 0
	for round := 0; done < *kills; round++ {
		done += tortureScreen(t, random, []string{"cell", "config"}[round%2], *kills-done)
	}
	t.Logf("%d kills", done)
}

// tortureScreen kills one screen to its end, at most so often, and tells how often it did.
func tortureScreen(t *testing.T, random *rand.Rand, isolation string, most int) (kills int) {
	t.Helper()
	args := []string{"screen", "--server", "sim:abort when shape=repeat and position>=2000", "--model", "m.gguf",
		"--np", "2", "--ps", "4k", "--tokens", "1k,3k", "--shape", "repeat,opt", "--starts", "2", "--isolation", isolation}
	calm, dir := workDir(t), workDir(t)
	if out, err := program(t, calm, args...).CombinedOutput(); err == nil {
		t.Fatalf("the undisturbed run found nothing:\n%s", out)
	}
	want := squares(t, calm)
	acknowledged := 0
	for {
		c := program(t, dir, args...)
		said, err := c.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if kills < most { // some before anything is stored, most in the middle of an attempt, a load or an end
			instant := time.Duration(random.Int64N(int64(500 * time.Millisecond)))
			time.AfterFunc(instant, func() { _ = c.Process.Kill() })
		}
		var lines []string
		for s := bufio.NewScanner(said); s.Scan(); {
			lines = append(lines, s.Text())
			if endOfAttempt.MatchString(s.Text()) {
				acknowledged++
			}
		}
		_ = c.Wait()
		nobodyIn(t, dir)
		begun := soundStore(t, filepath.Join(dir, "ctxcliff.db"), acknowledged)
		if code := c.ProcessState.ExitCode(); code >= 0 {
			if code != exitFailures {
				t.Fatalf("exit code %d:\n%s", code, strings.Join(lines, "\n"))
			}
			break
		}
		if kills++; begun {
			args = []string{"screen", "--resume"}
		}
	}
	if got := squares(t, dir); !slices.EqualFunc(want, got, func(a, b square) bool { return mustJSON(t, a) == mustJSON(t, b) }) {
		t.Fatalf("after %d kills:\n%s\nwant:\n%s", kills, mustJSON(t, got), mustJSON(t, want))
	}
	return kills
}

// endOfAttempt matches what is printed once the result of an attempt is stored.
var endOfAttempt = regexp.MustCompile(`: attempt \d+( \(\w+\))? [a-z]+ [\d.]+ m?s`)

// soundStore checks the database after a kill, and tells whether a run that can be taken up is in it.
func soundStore(t *testing.T, path string, acknowledged int) (begun bool) {
	t.Helper()
	if _, err := os.Stat(path); os.IsNotExist(err) {
		if acknowledged > 0 {
			t.Fatalf("%d attempts were said to be stored, and there is no database", acknowledged)
		}
		return false
	}
	db, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if complaints, err := db.Check(t.Context()); err != nil || len(complaints) > 0 {
		t.Fatalf("the database is damaged: %v %q", err, complaints)
	}
	runs, err := db.Runs(t.Context())
	if err != nil || len(runs) == 0 {
		return false
	}
	r, err := db.Record(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	ended := 0
	for _, a := range r.Attempts {
		if !a.Warmup && a.Outcome != trial.Unknown {
			ended++
		}
	}
	if ended < acknowledged {
		t.Fatalf("%d attempts were said to have ended, %d are stored", acknowledged, ended)
	}
	return len(runs) == 1
}

// squares is the matrix of the newest run.
func squares(t *testing.T, dir string) (list []square) {
	t.Helper()
	out, err := program(t, dir, "report", "-o", "json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Cells []struct {
			square
			Attempts []struct{ Outcome string }
		}
	}
	if err := json.Unmarshal(out, &doc); err != nil {
		t.Fatal(err)
	}
	for _, c := range doc.Cells {
		for _, a := range c.Attempts {
			if o, err := trial.ParseOutcome(a.Outcome); err == nil && o.Counts() {
				c.Counted = append(c.Counted, a.Outcome)
			}
		}
		list = append(list, c.square)
	}
	return list
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// nobodyIn waits until no process works in the directory, as all that ctxcliff starts there do.
func nobodyIn(t *testing.T, dir string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; {
		var left []int
		links, _ := filepath.Glob("/proc/[0-9]*/cwd")
		for _, link := range links {
			if at, err := os.Readlink(link); err == nil && at == dir {
				pid, _ := strconv.Atoi(strings.Split(link, "/")[2])
				left = append(left, pid)
			}
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still alive: %v", left)
		}
	}
}
