package reports

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// sightings are what two runs saw of three bugs, one of them under two signatures and one by a warm-up
// alone.
func sightings(t testing.TB) []trial.Sighting {
	m := plan.Matrix{NP: []int{1, 2}, PerSlot: []int{16000}, Shapes: shapeList(t, "opt,natural"), Tokens: []int{5000, 9000}, Reply: 16, Targets: []plan.Target{
		{Server: "/usr/bin/llama-server", Model: "/models/Tiny Llama.gguf", Backend: "rocm-7.2.4", Topology: plan.Topology{Peers: []string{"10.0.0.2:50052"}}, Args: []string{"-fa", "on"}},
	}}
	p, err := m.Plan()
	if err != nil {
		t.Fatal(err)
	}
	var cells []plan.Cell
	for _, w := range p.Configurations {
		cells = append(cells, w.Cells...)
	}
	seen := func(n int, c plan.Cell, f faults.Fault) trial.Sighting {
		return trial.Sighting{
			RunID: []string{"20261124-101500-3f2a", "20261125-000000-0b0b"}[n%2], Seed: 42, Settings: trial.Settings{Starts: 3, Attempts: 2, Isolation: "cell", Reply: 16, Warmup: true},
			AttemptID: int64(n), StartN: n, N: 1 + n%2, Cell: c, CellID: c.ID(), At: dawn.Add(time.Duration(n) * time.Hour), Build: "b8102-39e4b1dc",
			Shape: c.Shape.String(), NP: c.Configuration.NP, Tokens: c.Tokens, MicroBatch: 512, Cache: trial.CacheOf(false, 0, 1+n%2), Outcome: trial.GPUFault,
			Fault: f, LogFile: "start-0001.server.log.gz", Files: []string{"attempt-1.slots.json"},
		}
	}
	var all []trial.Sighting
	for i, c := range cells {
		f := *gpuFault(4096 + 700*i)
		f.Outcome, f.Consequences = faults.Died, []string{"Failed to write segment data to pipe: Broken pipe", "GPU core dump failed"}
		f.Alternates = []string{"seen by the client"}
		all = append(all, seen(i, c, f))
	}
	client := *gpuFault(-1)
	client.Class, client.Signature, client.FirstDeath = "rpc.remote-crashed", "seen by the client", "server"
	all = append(all, seen(20, cells[0], client))
	all = append(all, seen(21, cells[1], faults.Fault{
		Class: "hang.decode", Category: "hang", Title: "llama-server: no progress: slot update_slots (prompt)", Signature: "hang.decode|llama-server|no progress|prompt", Phase: "prompt", Position: 2048, FirstDeath: "none",
	}))
	warm := seen(22, cells[0], faults.Fault{Class: "crash.segv", Category: "crash", Title: "llama-server: ended by SIGSEGV (warm-up)", Signature: "crash.segv|llama-server|ended by SIGSEGV", Phase: "warm-up", Position: -1, FirstDeath: "server"})
	warm.Warmup, warm.Cell, warm.CellID, warm.Shape, warm.Tokens = true, plan.Cell{}, "", "natural", 64
	return append(all, warm)
}

func inDirectory(run, name string) string { return "ctxcliff.d/" + run + "/" + name }

func bugReports(t testing.TB, format string, bugs []trial.Bug, o TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Bugs(&b, format, bugs, o); err != nil {
		t.Fatal(err)
	}
	for _, bug := range bugs {
		b.WriteString("\n")
		if err := Bug(&b, format, bug, inDirectory, o); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestBugsGolden(t *testing.T) {
	bugs := trial.Bugs(sightings(t))
	for _, format := range bugFormats {
		golden(t, "bugs."+format, []byte(bugReports(t, format, bugs, TextOptions{Glyphs: true, Width: 80})))
	}
	for _, w := range []int{60, 80, 120} {
		for line := range strings.Lines(bugReports(t, "text", bugs, TextOptions{Width: w})) {
			if width(strings.TrimSuffix(line, "\n")) > w && !strings.Contains(line, "/models/") {
				t.Errorf("more than %d columns: %s", w, line)
			}
		}
	}
}

// The keys that scripts rely on. Unknown keys are fine, missing or renamed ones are not.
func TestStableKeysOfBugs(t *testing.T) {
	var b bytes.Buffer
	if err := Bugs(&b, "json", trial.Bugs(sightings(t)), TextOptions{}); err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(b.Bytes(), &list); err != nil || len(list) != 3 {
		t.Fatalf("%d bugs, %v", len(list), err)
	}
	for _, bug := range list {
		for _, key := range []string{"id", "class", "title", "signature", "first_seen", "last_seen", "reproducer"} {
			if _, ok := bug[key].(string); !ok {
				t.Errorf("%s is %v", key, bug[key])
			}
		}
		if _, ok := bug["count"].(float64); !ok {
			t.Errorf("count is %v", bug["count"])
		}
		if _, ok := bug["cells"].([]any); !ok {
			t.Errorf("cells are %v", bug["cells"])
		}
	}
	if got := list[0]["reproducer"]; got != "" {
		t.Errorf("a warm-up has no cell to run again: %v", got)
	}
	if got := list[2]["reproducer"].(string); !strings.HasPrefix(got, "ctxcliff screen --server /usr/bin/llama-server --model '/models/Tiny Llama.gguf'") || !strings.Contains(got, "--tokens 5000") {
		t.Errorf("the reproducer is not that of the shortest prompt: %s", got)
	}
	b.Reset()
	if err := Bugs(&b, "json", nil, TextOptions{}); err != nil || b.String() != "[]\n" {
		t.Errorf("no bugs are %q, %v", b.String(), err)
	}
	if err := Bugs(&b, "origin", nil, TextOptions{}); err == nil {
		t.Error("bugs were written in a format that they have not")
	}
}

func TestHostileBugsSteerNothing(t *testing.T) {
	f := faults.Fault{Class: evil, Category: evil, Title: evil, Signature: evil, Component: evil, Phase: evil, Position: 7, FirstDeath: evil,
		Excerpt: []string{evil, "</pre><script>alert(2)</script>", ""}, Alternates: []string{evil + "2"}, Consequences: []string{evil}, Rule: evil, Outcome: faults.Outcome(evil)}
	s := trial.Sighting{RunID: evil, CellID: evil, At: dawn, Build: evil, Shape: evil, NP: 1, Tokens: 9, Fault: f, LogFile: evil, Files: []string{evil}, Warmup: true}
	bugs := trial.Bugs([]trial.Sighting{s})
	for _, format := range []string{"text", "md"} {
		got := bugReports(t, format, bugs, TextOptions{Glyphs: true})
		if format == "text" {
			var b bytes.Buffer
			if err := Classified(&b, "text", f, nil, TextOptions{Glyphs: true}); err != nil {
				t.Fatal(err)
			}
			got += b.String()
		}
		if strings.ContainsFunc(got, func(r rune) bool { return r != '\n' && unprintable(r) }) || !utf8.ValidString(got) {
			t.Errorf("%s: %q", format, got)
		}
		if format == "md" && (strings.Contains(got, "<script") || strings.Count(got, "<pre>") != strings.Count(got, "</pre>")) {
			t.Errorf("%s", got)
		}
	}
}

func TestClassifiedGolden(t *testing.T) {
	f := *gpuFault(-1)
	f.Consequences, f.Alternates, f.Outcome, f.Rule, f.Tainted = []string{"GPU core dump failed"}, []string{"gpu-fault|rpc-server|x"}, faults.Died, "hsa-memory-access", true
	var b bytes.Buffer
	for _, format := range []string{"text", "json"} {
		for _, f := range []faults.Fault{f, {Class: "none", Category: "none", Title: "nothing found", Excerpt: []string{"the last line"}}} {
			if err := Classified(&b, format, f, nil, TextOptions{Width: 80}); err != nil {
				t.Fatal(err)
			}
			b.WriteByte('\n')
		}
	}
	golden(t, "classified", b.Bytes())
	if err := Classified(&b, "md", f, nil, TextOptions{}); err == nil {
		t.Error("a fault was written in a format that it has not")
	}
}

// Every label that a log of the field has means something.
func TestEveryClassHasAMeaning(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "harness", "faults", "testdata", "corpus.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var without []string
	for line := range strings.Lines(string(text)) {
		var row struct{ Label string }
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		if meanings[row.Label] == "" {
			without = append(without, row.Label)
		}
	}
	if len(without) > 0 {
		t.Errorf("no meaning: %q", slices.Compact(without))
	}
}

// Bugs and pasted logs show nothing sensitive either; a fault keeps its id.
func TestRedactedBugs(t *testing.T) {
	s := trial.Sighting{RunID: "r", Cell: plan.Cell{Configuration: plan.Configuration{
		Target: plan.Target{Server: "/home/otto/llama-server", Backend: "cpu", Topology: plan.Topology{Peers: []string{"bee:50052"}}}, NP: 1, Ctx: 4096,
	}, Shape: shapeList(t, "repeat:otto")[0], Tokens: 100}, Fault: faults.Fault{Signature: "lost bee", Title: "lost bee at 10.0.0.5", Excerpt: []string{"otto"}}}
	s.CellID = s.Cell.ID()
	bugs := trial.Bugs([]trial.Sighting{s})
	r := NewRedactor(Identity{})
	var b bytes.Buffer
	for _, format := range bugFormats {
		if err := Bugs(&b, format, r.Bugs(bugs), TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := Bug(&b, format, r.Bugs(bugs)[0], func(run, name string) string { return r.Text("/home/otto/" + name) }, TextOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, format := range []string{"text", "json"} {
		if err := Classified(&b, format, faults.Fault{Class: "crash.abort", Category: "crash", Signature: "lost 10.0.0.5", Title: "lost 10.0.0.5"}, r, TextOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, word := range []string{"otto", "bee", "10.0.0.5"} {
		if strings.Contains(b.String(), word) {
			t.Errorf("%s shows: %s", word, b.String())
		}
	}
	for _, word := range []string{bugs[0].ID, faults.Fault{Signature: "lost 10.0.0.5"}.ID(), "~/llama-server", "repeat:user-1", "host-1"} {
		if !strings.Contains(b.String(), word) {
			t.Errorf("%s does not show: %s", word, b.String())
		}
	}
}
