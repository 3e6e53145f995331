package reports

import (
	"bytes"
	"strings"
	"testing"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/minimize"
	"ctxcliff/harness/plan"
	statistics "ctxcliff/harness/rates"
	"ctxcliff/harness/scenario"
	"ctxcliff/harness/trial"
	"ctxcliff/shapes"
)

func anIssue(t *testing.T) Issue {
	t.Helper()
	random, err := shapes.Parse("random")
	if err != nil {
		t.Fatal(err)
	}
	recipe := scenario.Recipe{Shape: random, Seed: 7, Tokens: 5376, Filler: " opt", Distinct: 40}
	return Issue{
		ID: "F-0ee4957f14", Outcome: trial.Crash,
		Fault: faults.Fault{
			Class: "crash.assert", Title: "llama-server: GGML_ASSERT(n_tokens <= n_kv) (prompt)", Phase: "prompt", FirstDeath: "server",
			Signature: "crash.assert|llama-server|GGML_ASSERT(n_tokens <= n_kv) in llama-kv-cache.cpp",
			Excerpt:   []string{"/home/jane/llama.cpp/src/llama-kv-cache.cpp:1042: GGML_ASSERT(n_tokens <= n_kv) failed"},
		},
		Server: trial.Binary{Path: "/home/jane/llama-server", Version: "0.7.0", Build: 11669, Commit: "aa7bae33a", Devices: []string{"ROCm0: AMD Radeon 8060S (98304 MiB)"}},
		Model:  trial.Model{Path: "/home/jane/models/qwen397b.gguf", Name: "Qwen 397B", Arch: "qwen3moe", FileType: "Q4_K_XL", SizeBytes: 204_800_000_000, Vocabulary: 151936},
		Digest: "SHA-256 of its first 67,108,864 bytes: 61c6135e01c2a1b3",
		Host:   trial.Host{OS: "Fedora Linux 43", Kernel: "6.18.4", Arch: "amd64", CPU: "AMD RYZEN AI MAX+ 395", Cores: 16, MemoryMiB: 126976},
		Target: plan.Target{Power: "performance", Topology: plan.Topology{Peers: []string{"jane@strix2.lan:50052"}}},
		Command: []string{"llama-server", "--rpc", "strix2.lan:50052", "--model", "/home/jane/models/qwen397b.gguf", "--ctx-size", "16000",
			"--api-key", "sk-verysecret1234567"},
		Scenario: scenario.Scenario{NP: 2, Ctx: 16000, Steps: []scenario.Step{{Requests: []scenario.Request{
			{Slot: 0, Reply: 1, Recipe: recipe}, {Slot: 1, Reply: 1, Delay: 30, Recipe: recipe},
		}}}},
		Sentence: "5,376 tokens drawn from 40 distinct ids (not from 20), 2 requests at once (not one after the other); not with flash attention off",
		Rate:     minimize.Rate{Hits: 3, Runs: 7, Estimate: 0.33, Interval: statistics.Exact(3, 7, 0.95)},
		Rows:     []minimize.Row{{Variant: minimize.Variant{Setting: "flash attention", Value: "off"}, Runs: 9, Luck: 0.03}, {Variant: minimize.Variant{Setting: "cache type", Value: "q8_0"}, Hits: 1, Runs: 1}},
		FirstBad: &minimize.FirstBad{Good: "b9410", Bad: "b9433", Clean: 9, Sure: 0.96, Between: []string{"b9421"}},
		Caveats:  []string{"not the same as then: the kernel is 6.18.4, and was 6.17.1"},
		Log:      []string{"srv  main: listening on http://192.168.1.7:8080", "```", "</pre></details> not the end", "GGML_ASSERT(n_tokens <= n_kv) failed"},
		More:     []string{"evidence/ has the end of the server's log"},
	}
}

// TestIssue: the report has the fields of llama.cpp's form, nothing in a log breaks out of it, and nothing of
// whoever made it is left in it.
func TestIssue(t *testing.T) {
	var b bytes.Buffer
	known := Identity{Hosts: []string{"strix1"}, Users: []string{"jane"}}
	if err := NewRedactor(known).Issue(anIssue(t)).Write(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "issue.md", b.Bytes())
	for _, l := range Leaks(b.String(), Identity{Hosts: []string{"strix1", "strix2"}, Users: known.Users}) {
		t.Error(l)
	}
	for _, heading := range []string{"Name and Version", "Operating systems", "GGML backends", "Hardware", "Models", "Problem description & steps to reproduce", "First Bad Commit", "Relevant log output"} {
		if strings.Count(b.String(), "\n### "+heading+"\n") != 1 {
			t.Errorf("there is not one heading %q", heading)
		}
	}
	if strings.Count(b.String(), "</details>") != 1 {
		t.Error("a log ends the details")
	}
}
