package store

import (
	"bufio"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/shapes"
)

// childVariable makes the test binary play one of the children below instead of running tests.
const childVariable = "CTXCLIFF_STORE_CHILD"

var children = map[string]func(ctx context.Context, path, id string) error{
	"write":  childWrites,
	"forty":  childWritesForty,
	"create": childCreates,
	"open":   childOpens,
}

func TestMain(m *testing.M) {
	if name := os.Getenv(childVariable); name != "" {
		if err := children[name](context.Background(), os.Getenv("CHILD_PATH"), os.Getenv("CHILD_ID")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child is the test binary about to play a child.
func child(t *testing.T, name, path, id string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), "/proc/self/exe")
	if _, err := os.Stat(c.Path); err != nil {
		c.Path, _ = os.Executable()
	}
	c.Env = append(os.Environ(), childVariable+"="+name, "CHILD_PATH="+path, "CHILD_ID="+id)
	c.Dir = filepath.Dir(path)
	return c
}

// lines reads a child's answers.
func lines(r io.Reader, each func(line string)) {
	for s := bufio.NewScanner(r); s.Scan(); {
		each(s.Text())
	}
}

func openTemp(t testing.TB) *Store {
	t.Helper()
	return reopen(t, filepath.Join(t.TempDir(), "runs.db"))
}

func reopen(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// fewChecks keeps a law that writes many files from taking a minute, unless -rapid.checks was given.
func fewChecks(t *testing.T, n int) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	if was := f.Value.String(); was == f.DefValue {
		must(t, f.Value.Set(fmt.Sprint(n)))
		t.Cleanup(func() { must(t, f.Value.Set(was)) })
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// diff compares what came back with what went in.
func diff(want, got any) string {
	return cmp.Diff(want, got, cmp.Comparer(func(a, b shapes.Shape) bool { return reflect.DeepEqual(a, b) }))
}

// integrity asks SQLite for everything that it can check.
func integrity(t testing.TB, s *Store) {
	t.Helper()
	for _, pragma := range []string{"integrity_check", "foreign_key_check"} {
		var complaints []string
		err := within(t.Context(), s.reader, &sql.TxOptions{ReadOnly: true}, func(x tx) error {
			return x.rows(t.Context(), func(into func(...any) error) error {
				var a, b, c, d any
				fields := []any{&a, &b, &c, &d}
				if pragma == "integrity_check" {
					fields = fields[:1]
				}
				err := into(fields...)
				complaints = append(complaints, fmt.Sprint(a, b, c, d))
				return err
			}, "PRAGMA "+pragma)
		})
		must(t, err)
		if text := strings.Join(complaints, "; "); text != "" && !strings.HasPrefix(text, "ok") {
			t.Fatalf("%s: %s", pragma, text)
		}
	}
}

func shape(text string) shapes.Shape {
	s, err := shapes.Parse(text)
	if err != nil {
		panic(err)
	}
	return s
}

func at(seconds int) time.Time {
	return time.Date(2026, 11, 24, 10, 15, seconds, 123456000, time.UTC)
}

// sampleRun is a run with two configurations of two cells each, and a skip.
func sampleRun(id string) (trial.Run, plan.Plan) {
	target := plan.Target{Server: "/opt/llama server/llama-server", Model: "/m/qwen.gguf", Backend: "rocm-7.2.4",
		Topology: plan.Topology{Peers: []string{"10.0.0.2:50052"}}, Args: []string{"-fa", "on"}}
	var p plan.Plan
	for _, np := range []int{1, 2} {
		w := plan.Work{Configuration: plan.Configuration{Target: target, NP: np, Ctx: 4096 * np, Reply: 16}}
		for _, text := range []string{"opt", "natural"} {
			w.Cells = append(w.Cells, plan.Cell{Configuration: w.Configuration, Shape: shape(text), Tokens: 2000})
		}
		p.Configurations = append(p.Configurations, w)
	}
	big := p.Configurations[1].Cells[1]
	big.Tokens = 9000
	p.Skips = []plan.Skip{{Cell: big, Reason: "does not fit into memory"}}
	return trial.Run{
		ID: id, Command: "screen", Argv: []string{"screen", "--np", "1,2"}, Version: "v0.1.0", Seed: 1<<64 - 1,
		Began: at(0), Status: trial.Running, Target: target,
		Settings: trial.Settings{Starts: 3, Attempts: 2, Isolation: "cell", Reply: 16, Warmup: true},
		Host: trial.Host{OS: "Debian 13", Kernel: "6.12", Arch: "amd64", CPU: "Ryzen AI MAX+ 395", Cores: 32,
			MemoryMiB: 128000, BootID: "b0"},
		Server: trial.Binary{Path: "/opt/llama-server", Version: "0.7.0", Commit: "abc", Build: 11669, Devices: []string{"ROCm0"}},
		Model:  trial.Model{Path: "/m/qwen.gguf", Name: "qwen", Arch: "qwen3", FileType: "Q4_K", SizeBytes: 1 << 40, TrainedContext: 262144, Vocabulary: 151936},
	}, p
}

// sampleStart is the n-th start of the plan's first configuration.
func sampleStart(p plan.Plan, n int) trial.Start {
	return trial.Start{N: n, Configuration: p.Configurations[0].Configuration.ID(), Argv: []string{"llama-server", "-np", "1"},
		BootID: "b0", Began: at(n)}
}

// sampleAttempt is the n-th attempt at the plan's first cell, not yet made.
func sampleAttempt(p plan.Plan, s trial.Start, n int) trial.Attempt {
	return trial.Attempt{StartID: s.ID, StartN: s.N, CellID: p.Configurations[0].Cells[0].ID(), N: n, Began: at(n),
		Requests: []trial.Request{{Slot: 0, Shape: "opt", Seed: 1<<63 + uint64(n), Target: 2000, Vocabulary: "v1",
			Nonce: "n0", Form: "ids", Hash: strings.Repeat("ab", 32), Asked: 16, MayReuse: n > 1, Position: -1, ServedBy: -1}}}
}

// crashed is the attempt with a bad end.
func crashed(a trial.Attempt) trial.Attempt {
	a.Outcome, a.Reason, a.Elapsed = trial.Crash, "llama-server ended by SIGABRT", 1500*time.Millisecond
	a.Requests = append([]trial.Request(nil), a.Requests...)
	a.Requests[0].Position, a.Requests[0].Error, a.Requests[0].Elapsed = 1024, "connection reset", 1400*time.Millisecond
	a.Fault = &faults.Fault{Class: "crash.assert", Category: "crash", Title: "GGML_ASSERT(x > 0) failed", Signature: "GGML_ASSERT(x > 0)",
		Component: "llama-server ggml.c", Phase: "prompt", Position: 1024, FirstDeath: "server",
		Excerpt: []string{"ggml.c:1: GGML_ASSERT(x > 0) failed", "bytes \xff\x00 that are no text"}}
	a.TimeLine = []trial.Moment{
		{At: at(1), Source: "ctxcliff", Text: "slot 0: 2000 tokens sent"},
		{At: at(2), Source: "server", Text: "ggml.c:1: GGML_ASSERT(x > 0) failed \xff"},
	}
	a.Opinions = []trial.Opinion{{Oracle: "canary", Says: trial.CannotJudge, Reason: "the server is gone"}}
	a.Gauges = []trial.Gauge{{Device: "card0", MemoryBytes: 96 << 30, MemoryBefore: 3 << 30, MemoryTotal: 128 << 30, TempC: 71.5, PowerW: -1, BusyPercent: 99}}
	a.Files = []string{"attempt-1.slots.json"}
	return a
}
