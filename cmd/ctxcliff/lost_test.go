package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// killed runs the program until an attempt is in flight and kills it -9; rebooted makes what it stored that of an
// earlier boot, as after a loss of the host.
func killed(t *testing.T, dir string, rebooted bool, args ...string) {
	t.Helper()
	c := program(t, dir, args...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "ctxcliff.db")+"?_pragma=busy_timeout(10000)&mode=rw")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	open := 0
	for deadline := time.Now().Add(20 * time.Second); open == 0; time.Sleep(time.Millisecond) {
		_ = db.QueryRow("SELECT count(*) FROM attempts a JOIN runs r ON r.key = a.run WHERE a.open = 1 AND a.warmup = 0 AND r.owner_pid = ?", c.Process.Pid).Scan(&open) // there may be no database yet
		if time.Now().After(deadline) {
			t.Fatal("no attempt was begun")
		}
	}
	tree := below(c.Process.Pid)
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	allGone(t, tree)
	if !rebooted {
		return
	}
	for _, table := range []string{"runs", "starts"} {
		if _, err := db.Exec("UPDATE " + table + " SET boot_id = 'an earlier boot'"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLostHosts: whatever the host went down with twice is named and left alone by further sessions, unless told
// otherwise; that ctxcliff was killed is held against nothing, however often. Hunts and reproductions with -long.
func TestLostHosts(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		last string // of a session that is told otherwise
		long bool
	}{
		"screen":  {args: []string{"screen", "--np", "1", "--ps", "4k", "--tokens", "1k", "--shape", "opt", "--attempts", "1"}, last: "1 flaky"},
		"bisect":  {args: []string{"bisect", "--np", "1", "--ps", "2k", "--shape", "opt", "--level", "quick"}, last: "DONE 1 edge, 1 confirmed"},
		"fuzz":    {args: []string{"fuzz", "--np", "1", "--ps", "1k", "--max-starts", "14", "--scenes", "1", "--vary", "api"}, last: "14 starts of drawn scenes", long: true},
		"nightly": {args: []string{"nightly", "-c", "night.yaml"}, long: true},
		"repro":   {args: []string{"repro", "m__sim__single__np1_ps2k__opt__1k"}, last: "same bug after", long: true},
	} {
		t.Run(name, func(t *testing.T) {
			if c.long && !*long {
				t.Skip("takes -long")
			}
			t.Parallel()
			dir := workDir(t)
			args, kills := append(c.args, "--server", "sim", "--model", "m.gguf"), 1
			if *long {
				kills = 7
			}
			if name == "nightly" { // which ends when there is nothing left to do, and tells what it left alone in its reports
				args = c.args
				lab := "server: sim\nmodels: [m.gguf]\nnp: 1\nps: 4k\ntokens: 1k\nshape: opt\nattempts: 1\nsteps: screen\nlock: night.lock\n"
				if err := os.WriteFile(filepath.Join(dir, "night.yaml"), []byte(lab), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if name == "repro" {
				args = c.args
				program(t, dir, "screen", "--server", "sim:abort", "--model", "m.gguf", "--np", "1", "--ps", "2k", "--tokens", "1k", "--shape", "opt", "--attempts", "1").Run()
			}
			for range kills {
				killed(t, dir, false, args...)
				if args = append(slices.Clone(c.args), "--resume"); name != "nightly" {
					args = []string{c.args[0], "--resume"}
				}
			}
			for range 2 {
				killed(t, dir, true, args...)
			}
			out, err := program(t, dir, args...).CombinedOutput()
			said := strings.Join(strings.Fields(string(out)), " ")
			if err == nil || !strings.Contains(said, "the host went down with") || !strings.Contains(said, "--retry-lost") || strings.Contains(said, "pass 0") {
				t.Errorf("left alone: %v\n%s", err, out)
			}
			if name == "nightly" {
				return
			}
			out, err = program(t, dir, append(args, "--retry-lost")...).CombinedOutput()
			if !strings.Contains(string(out), c.last) {
				t.Errorf("told otherwise: %v\n%s", err, out)
			}
		})
	}
}
