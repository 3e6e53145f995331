package main

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ctxcliff/harness/minimize"
	"ctxcliff/store"
)

// asked is what the newest run of a folder's store asked and was told.
func asked(t *testing.T, dir string) []minimize.Entry {
	t.Helper()
	db, err := store.OpenExisting(t.Context(), filepath.Join(dir, "ctxcliff.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	record, err := db.Record(t.Context(), "last")
	if err != nil || record.Fuzz == nil {
		t.Fatalf("%v: %+v", err, record.Run)
	}
	return record.Fuzz.Entries
}

func scenarioKeys(entries []minimize.Entry) (keys []string) {
	for _, e := range entries {
		keys = append(keys, e.Question.Scenario.Key())
	}
	return keys
}

var hunted = []string{"fuzz", "--server", "sim:segfault when tokens>=700", "--model", "m.gguf", "--np", "1,2", "--ps", "2k", "--scenes", "2", "--max-starts", "12", "--seed", "4"}

// TestTheSameSeedIsTheSameHunt, question by question.
func TestTheSameSeedIsTheSameHunt(t *testing.T) {
	var runs [2][]minimize.Entry
	for i := range runs {
		dir := workDir(t)
		if out, err := program(t, dir, append(hunted, "--minimize-share", "0", "--max-starts", "4")...).CombinedOutput(); !strings.Contains(string(out), "in 4 starts") {
			t.Fatalf("%v\n%s", err, out)
		}
		runs[i] = asked(t, dir)
	}
	if !slices.Equal(scenarioKeys(runs[0]), scenarioKeys(runs[1])) {
		t.Error("two hunts of one seed asked otherwise")
	}
}

// TestAHuntSurvivesKills kills ctxcliff -9 in the middle of one start after another and takes the hunt up again:
// each question is asked once, and nothing that was answered is lost.
func TestAHuntSurvivesKills(t *testing.T) {
	dir, args, kills := workDir(t), hunted, 0
	var before []minimize.Entry
	for ; kills < 3; kills++ {
		c := program(t, dir, args...)
		stderr, err := c.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if said, over := untilAnswers(stderr, 2); over {
			t.Fatalf("it ended:\n%s", said)
		}
		tree := below(c.Process.Pid)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		c.Wait()
		allGone(t, tree)
		now := asked(t, dir)
		if len(now) <= len(before) || !slices.Equal(scenarioKeys(now[:len(before)]), scenarioKeys(before)) {
			t.Fatalf("%d questions, and %d before", len(now), len(before))
		}
		before, args = now, []string{"fuzz", "--resume"}
	}
	var out bytes.Buffer
	c := program(t, dir, args...)
	c.Stdout, c.Stderr = &out, &out
	if c.Run(); c.ProcessState.ExitCode() != exitFailures {
		t.Fatalf("exit code %d\n%s", c.ProcessState.ExitCode(), &out)
	}
	open := 0
	for i, e := range asked(t, dir) {
		if e.Question.Seq != i+1 {
			t.Errorf("question %d is the %dth", e.Question.Seq, i+1)
		}
		if e.Answer == nil || e.Answer.Outcome == minimize.Interrupted {
			open++
		}
	}
	if open > kills || !strings.Contains(out.String(), "F-18120b3b31") {
		t.Errorf("%d questions are open after %d kills\n%s", open, kills, &out)
	}
}
