package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness"
	"ctxcliff/harness/faults"
	"ctxcliff/harness/minimize"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/provision/provisiontest"
	"ctxcliff/harness/scenario"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
	"ctxcliff/reports"
	"ctxcliff/shapes"
)

// needed are the programs without which the script does not run, llama-server aside.
var needed = []string{"bash", "curl", "mkdir", "mktemp", "rm", "sleep", "tail"}

// alone runs an exported script where nothing else is to be found.
func alone(t *testing.T, dir, script, server string, env ...string) (out string, code int) {
	t.Helper()
	bin := filepath.Join(dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range needed {
		path, err := exec.LookPath(name)
		if err != nil {
			without(t, "there is no %s here; .ci/run gets it", name)
		}
		if err := os.Symlink(path, filepath.Join(bin, name)); err != nil && !errors.Is(err, os.ErrExist) {
			t.Fatal(err)
		}
	}
	c := exec.Command(filepath.Join(bin, "bash"), script)
	c.Env = append([]string{"PATH=" + bin, "LLAMA_SERVER=" + server, "TMPDIR=" + dir}, env...)
	var b bytes.Buffer
	c.Stdout, c.Stderr = &b, &b
	err := c.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return b.String(), c.ProcessState.ExitCode()
}

// ran runs ctxcliff, which must end with that code.
func ran(t *testing.T, dir string, code int, args ...string) string {
	t.Helper()
	c := program(t, dir, args...)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	_ = c.Run()
	if got := c.ProcessState.ExitCode(); got != code {
		t.Fatalf("ctxcliff %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, stdout.String(), stderr.String())
	}
	return stdout.String()
}

// TestAScriptReproducesOnARealServer: what killed a real server is exported, and the script alone kills it
// again; a server that is well is told from one that cannot be tried; the bundle is small and says nothing of
// whoever made it.
func TestAScriptReproducesOnARealServer(t *testing.T) {
	server := provisiontest.Server(t)
	for name, c := range map[string]struct {
		model  tinymodel.Options
		ids    int // that kill it; 0: the model does
		says   string
		kilos  int
		shrink bool
		long   bool // only with -long
	}{
		"a prompt of 3000 tokens":         {model: tinymodel.Options{Family: tinymodel.Gemma3}, ids: 3000, says: "the server died of SIGSEGV in step", kilos: 90},
		"the same, minimised":             {model: tinymodel.Options{Family: tinymodel.Gemma3}, ids: 3000, says: "in step 1 of 1", kilos: 60, shrink: true, long: true},
		"an assertion of llama.cpp's own": {model: tinymodel.Options{Family: tinymodel.Asserting}, says: "the server died of SIGABRT while it was loading", kilos: 80},
		"logits that are NaN":             {model: tinymodel.Options{Family: tinymodel.Llama, NaN: "output_norm.weight"}, says: "are not numbers", kilos: 110, long: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.long && !*long {
				t.Skip("only with -long")
			}
			dir := t.TempDir()
			c.model.Seed = 1
			model := filepath.Join(dir, "m.gguf")
			if err := tinymodel.WriteFile(model, c.model); err != nil {
				t.Fatal(err)
			}
			broken := server
			if c.ids > 0 {
				broken = tampered(t, dir, server, c.ids)
			}
			ran(t, dir, 1, "screen", "--server", broken, "--server-arg", "-t", "--server-arg", "1", "--model", "m.gguf",
				"--name", "tiny", "--shape", "natural", "--np", "2", "--ps", "8k", "--tokens", "3100", "--attempts", "1")
			if c.shrink {
				ran(t, dir, 0, "minimize", "--no-diagnosis", "F-")
			}
			ran(t, dir, 0, "faults", "export", "F-", "--out", "bundle")
			script := filepath.Join(dir, "bundle", "repro.sh")
			if out, code := alone(t, dir, script, broken, "MODEL="+model); code != 1 || !strings.Contains(out, "REPRODUCED: it broke in 1 of 1 runs") || !strings.Contains(out, c.says) {
				t.Errorf("exit code %d\n%s", code, out)
			}
			if c.ids > 0 {
				if out, code := alone(t, dir, script, server, "MODEL="+model, "RUNS=2"); code != 0 || !strings.Contains(out, "clean in 2 runs") {
					t.Errorf("on a server that is well: exit code %d\n%s", code, out)
				}
			}
			if c.model.Family == tinymodel.Asserting { // what dies while it loads is replayed, too
				if out := ran(t, dir, 1, "repro", "bundle", "--server", broken, "--model", "m.gguf"); !strings.Contains(out, "same bug: it broke in 3 of 3 runs") {
					t.Error(out)
				}
			}
			if out, code := alone(t, dir, script, filepath.Join(dir, "none"), "MODEL="+model); code != 125 || !strings.Contains(out, "CANNOT TELL") {
				t.Errorf("without a server: exit code %d\n%s", code, out)
			}
			small(t, filepath.Join(dir, "bundle"), c.kilos)
		})
	}
}

// TestAScriptSendsTheSameBytes: what a player and the script put to a real server is the same, byte for byte:
// ids and text, cached and grown, late, cancelled and at once, in the order of the steps.
func TestAScriptSendsTheSameBytes(t *testing.T) {
	server := provisiontest.Server(t)
	dir := workDir(t)
	recorder := tampered(t, dir, server, 1<<30)
	s := scenario.Scenario{NP: 2, Ctx: 16384, Steps: []scenario.Step{
		{Requests: []scenario.Request{{Slot: 0, Reply: 4, Cache: true, Recipe: recipeOf(t, "natural", 1, 900)}, {Slot: 1, Reply: 3, Delay: 40, Recipe: recipeOf(t, "random", 2, 300)}}},
		{Requests: []scenario.Request{{Slot: 0, Reply: 4, Grown: true, Recipe: recipeOf(t, "natural", 1, 1500)}}},
		{Requests: []scenario.Request{{Slot: 1, Reply: 4, CancelAfter: 2048, Recipe: recipeOf(t, "mixed", 3, 7000)}}},
		{Requests: []scenario.Request{{Slot: 1, Reply: 2, Form: scenario.Text, Recipe: recipeOf(t, "code", 4, 200)}, {Slot: 0, Reply: 2, Endpoint: "/v1/chat/completions", Params: `{"top_k":1}`, Recipe: recipeOf(t, "lines", 5, 150)}}},
		{Requests: []scenario.Request{{Slot: 0, Reply: 2, Recipe: recipeOf(t, "natural", 6, 700).Drawn(" opt", 30)}}},
	}}
	lab, err := harness.Survey(t.Context(), plan.Target{Server: recorder, Model: filepath.Join(dir, "m.gguf"), Name: "tiny", Args: []string{"-t", "1"}})
	if err != nil {
		t.Fatal(err)
	}
	sure := minimize.Rate{Hits: 14, Runs: 14} // three clean runs say gone
	e := &export{lab: lab, known: known{reproduced: &minimize.Reproduction{Rate: sure}}, subject: subject{scenario: s, signatures: []string{"crash.signal|llama-server|SIGSEGV"}, attempt: trial.Attempt{
		Outcome: trial.Crash, Fault: &faults.Fault{Class: "crash.signal", Signature: "crash.signal|llama-server|SIGSEGV", Phase: "prompt"},
	}}}
	if e.prompts, e.ordinary, err = lab.Prompts(t.Context(), s, time.Minute); err != nil {
		t.Fatal(err)
	}
	b, err := e.bundle()
	if err != nil {
		t.Fatal(err)
	}
	if err := writeBundle(filepath.Join(dir, "bundle"), b, time.Now()); err != nil {
		t.Fatal(err)
	}
	record := func(name string) string { return recordBodies + "=" + filepath.Join(dir, name) }
	if out, code := alone(t, dir, filepath.Join(dir, "bundle", "repro.sh"), recorder, "MODEL="+filepath.Join(dir, "m.gguf"), "RUNS=1", record("theirs")); code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	c := program(t, dir, "repro", "bundle", "--gone", "--server", recorder, "--model", "m.gguf")
	c.Env = append(c.Env, record("ours"))
	if out, err := c.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("gone: clean in 3 runs")) {
		t.Fatalf("%v\n%s", err, out)
	}
	theirs, ours := sent(t, dir, "theirs"), sent(t, dir, "ours")
	for _, line := range theirs {
		if !slices.Contains(ours, line) {
			t.Errorf("the script alone sends %.300s", line)
		}
	}
	if n := len(s.Places()); len(theirs) != n {
		t.Errorf("the script sends %d requests, want %d", len(theirs), n)
	}
}

func recipeOf(t *testing.T, shape string, seed uint64, tokens int) scenario.Recipe {
	t.Helper()
	parsed, err := shapes.Parse(shape)
	if err != nil {
		t.Fatal(err)
	}
	return scenario.Recipe{Shape: parsed, Seed: seed, Tokens: tokens, Nonce: fmt.Sprintf("%012x", seed)}
}

// sent are the requests of a record that ask for tokens.
func sent(t *testing.T, dir, name string) (list []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, `"n_predict":`) {
			list = append(list, line)
		}
	}
	return list
}

// small looks at the size of a bundle, and for what should not be in it.
func small(t *testing.T, dir string, kilos int) {
	t.Helper()
	b, err := readBundle(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Open(); err != nil {
		t.Error(err)
	}
	total := 0
	for name, data := range b {
		total += len(data)
		for _, l := range reports.Leaks(string(data), identity()) {
			t.Errorf("%s: %s", name, l)
		}
	}
	if t.Logf("%d bytes in %d files", total, len(b)); total > kilos*1000 {
		t.Errorf("%d bytes, want at most %d kB", total, kilos)
	}
}
