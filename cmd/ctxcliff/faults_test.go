package main

import (
	"encoding/json"
	"slices"
	"testing"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/trial"
)

// TestReproducer: the command that faults list gives runs the cell again, and it dies of the same bug.
func TestReproducer(t *testing.T) {
	dir := workDir(t)
	type bug struct {
		ID             string
		Count          int
		ReproducerArgv []string `json:"reproducer_argv"`
	}
	list := func() (bugs []bug) {
		out, err := program(t, dir, "faults", "list", "-o", "json").Output()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &bugs); err != nil {
			t.Fatal(err)
		}
		return bugs
	}
	screen := program(t, dir, "screen", "--server", "sim:abort when position>=1000", "--model", "m.gguf", "--np", "1", "--ps", "4k", "--tokens", "500,2k", "--shape", "opt", "--attempts", "1")
	if out, _ := screen.CombinedOutput(); screen.ProcessState.ExitCode() != exitFailures {
		t.Fatalf("%s", out)
	}
	before := list()
	if len(before) != 1 || before[0].Count != 1 || len(before[0].ReproducerArgv) < 2 {
		t.Fatalf("got %+v", before)
	}
	again := program(t, dir, before[0].ReproducerArgv[1:]...)
	if out, _ := again.CombinedOutput(); again.ProcessState.ExitCode() != exitFailures {
		t.Fatalf("%s", out)
	}
	if after := list(); len(after) != 1 || after[0].ID != before[0].ID || after[0].Count != 2 {
		t.Errorf("afterwards: %+v", after)
	}
}

func TestFindBug(t *testing.T) {
	seen := func(minute int64, signature string, alternates ...string) trial.Sighting {
		return trial.Sighting{AttemptID: minute, Fault: faults.Fault{Signature: signature, Alternates: alternates}}
	}
	bugs := trial.Bugs([]trial.Sighting{seen(1, "a"), seen(2, "b", "a"), seen(3, "c")})
	for signature, want := range map[string]string{"a": "a", "b": "a", "c": "c"} {
		id := faults.Fault{Signature: signature}.ID()
		for _, name := range []string{id, id[:7], id[2:8], "f" + id[1:], id[2:]} {
			if b, err := findBug(bugs, name, "x.db"); err != nil || b.Signature != want {
				t.Errorf("%s is %q, %v, want %s", name, b.Signature, err, want)
			}
		}
	}
	for name, want := range map[string]string{
		"F-":       `"F-" is the beginning of several faults (` + firstTwo(bugs) + `); write more of the id`,
		"F-000000": `no fault in x.db is called "F-000000"; ctxcliff faults list shows them`,
	} {
		if _, err := findBug(bugs, name, "x.db"); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func firstTwo(bugs []trial.Bug) string {
	ids := []string{bugs[0].ID, bugs[1].ID}
	slices.Sort(ids)
	return ids[0] + ", " + ids[1]
}
