package harness

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/gguf"
	"ctxcliff/harness/internal/peer"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/provision"
	"ctxcliff/harness/provision/provisiontest"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/shapes"
)

func examined(t *testing.T, targets ...plan.Target) []provision.Finding {
	t.Helper()
	list, err := shapes.ParseList("opt")
	if err != nil {
		t.Fatal(err)
	}
	return Examine(t.Context(), targets, plan.Matrix{NP: []int{1, 2}, PerSlot: []int{4096}, Shapes: list, Tokens: []int{100}, Reply: 4}, 0)
}

// finds fails the test if no finding of that level has the words.
func finds(t *testing.T, findings []provision.Finding, level provision.Level, words string) {
	t.Helper()
	for _, f := range findings {
		if f.Level == level && strings.Contains(f.String(), words) {
			return
		}
	}
	t.Errorf("no %s says %q: %q", level, words, findings)
}

// TestExamineARealLab: a server, a peer that answers, one that does not, one that is busy, and one that is
// no rpc-server.
func TestExamineARealLab(t *testing.T) {
	t.Parallel()
	server, program := provisiontest.Server(t), provisiontest.RPCServer(t)
	p, err := peer.Start(t.Context(), peer.Spec{Name: "rpc1", Command: []string{program}, LogFile: filepath.Join(t.TempDir(), "log"), Ready: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop(t.Context(), time.Second) })
	target := plan.Target{Server: server, Model: tiny(t, tinymodel.Llama), Backend: "cpu", Args: []string{"-t", "1"}}
	alone, spread, absent := target, target, target
	spread.Topology.Peers = []string{p.Endpoint()}
	absent.Topology.Peers = []string{"127.0.0.1:1", plan.LocalPeer}
	absent.Topology.Program = program
	began := time.Now()
	findings := examined(t, alone, spread, absent)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	finds(t, findings, provision.Info, "cpu: llama-server ")
	finds(t, findings, provision.Info, "model llama: llama ")
	finds(t, findings, provision.Info, "rpc1 at "+p.Endpoint()+" answers")
	finds(t, findings, provision.Blocker, "rpc1 at 127.0.0.1:1 ")
	finds(t, findings, provision.Info, "GiB are free")
	if n := strings.Count(strings.Join(words(findings), "\n"), "model llama:"); n != 1 {
		t.Errorf("the model is named %d times", n)
	}
}

func words(findings []provision.Finding) (list []string) {
	for _, f := range findings {
		list = append(list, f.String())
	}
	return list
}

// TestThePlannerIsAsked: where llama-fit-params lies beside the server, its numbers are told. It gets what it
// knows of the server's arguments.
func TestThePlannerIsAsked(t *testing.T) {
	dir := t.TempDir()
	lab := simLab(t, "")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"llama-server":     "#!/bin/sh\nexec " + self + " " + SimCommand + " \"$@\"\n",
		"llama-fit-params": "#!/bin/sh\n[ \"$1\" != --help ] || { echo '-ub, --ubatch-size N  n'; echo '-fitp, --fit-print on  f'; exit; }\necho \"$@\" > " + dir + "/asked\necho 'build: 1 (a) with x'\necho 'CUDA0 1000 500 100'\necho 'Host 100 0 400000000'\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	findings := examined(t, plan.Target{Server: filepath.Join(dir, "llama-server"), Model: lab.Model.Path, Backend: "cuda", Args: []string{"--cache-reuse", "64", "-ub", "256"}})
	finds(t, findings, provision.Warn, "cuda__single__np2_ps4Ki takes about 390")
	finds(t, findings, provision.Warn, "CUDA0 1.6 GiB, Host 390625.1 GiB, by llama-fit-params")
	finds(t, findings, provision.Warn, "by llama-fit-params): Host takes about 390625.1 GiB, and ")
	asked, err := os.ReadFile(filepath.Join(dir, "asked"))
	if want := "--model " + lab.Model.Path + " --ctx-size 8192 --parallel 2 -fitp on -ub 256\n"; err != nil || string(asked) != want {
		t.Errorf("asked %q, want %q", asked, want)
	}
}

func TestCacheTypes(t *testing.T) {
	for args, want := range map[string][2]float64{
		"": {2, 2}, "-ctk q8_0": {34.0 / 32, 2}, "--cache-type-k f32 -ctv q4_0": {4, 18.0 / 32}, "-ctk": {2, 2}, "-ctk q9": {2, 2},
	} {
		if k, v := cacheTypes(strings.Fields(args)); [2]float64{k, v} != want {
			t.Errorf("%q: %v %v", args, k, v)
		}
	}
	// 8 layers of 4 heads of 128: 16 KiB for a token in f16.
	if n := (gguf.Info{NLayer: 8, NHeadKV: 4, KeyLength: 128, ValueLength: 128}).KVBytes(1000, 2, 2); n != 8*4*256*2*1000 {
		t.Error(n)
	}
}
