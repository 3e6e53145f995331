package simserver

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ctxcliff/harness/provision/provisiontest"
)

// TestLikeTheRealServer sends the same requests to a real llama-server and to the simulated one and
// compares status, the keys of the replies at every depth, and the order of events.
func TestLikeTheRealServer(t *testing.T) {
	t.Parallel()
	real := realServer(t, "-c", "1024", "-np", "2", "--metrics")
	if _, raw := get(t, real+"/props"); !strings.Contains(string(raw), fmt.Sprintf(`"build_info":"b%d`, simBuild)) {
		t.Skipf("this llama-server is not build %d, which is the one imitated", simBuild)
	}
	_, sim := inProcess(t, "good", Options{NP: 2, Ctx: 1024, Model: "tiny.gguf", Metrics: true})
	chat := body{"messages": []any{body{"role": "user", "content": "hi"}}, "max_tokens": 3, "temperature": 0, "ignore_eos": true}
	ask := body{"prompt": []int{72, 73, 74}, "n_predict": 3, "temperature": 0, "ignore_eos": true, "cache_prompt": false}
	for _, tt := range []struct {
		name, path string
		body       any // nil: GET
	}{
		{"health", "/health", nil}, {"props", "/props", nil}, {"models", "/v1/models", nil}, {"fresh slots", "/slots", nil},
		{"unknown path", "/nope", nil},
		{"tokens", "/tokenize", body{"content": "abc", "add_special": true}},
		{"no content", "/tokenize", body{}},
		{"token pieces", "/tokenize", body{"content": "abé", "with_pieces": true}},
		{"detokenize", "/detokenize", body{"tokens": []int{72, 73}}},
		{"detokenize beyond the vocabulary", "/detokenize", body{"tokens": []int{99999999}}},
		{"template", "/apply-template", chat},
		{"completion of ids", "/completion", ask},
		{"completion with everything", "/completion", with(ask, "n_probs", 2, "return_tokens", true)},
		{"probabilities after sampling", "/completion", with(ask, "n_probs", 1, "post_sampling_probs", true)},
		{"trimmed", "/completion", with(ask, "response_fields", []string{"timings/prompt_n", "stop_type", "nope"})},
		{"two prompts", "/completion", with(ask, "prompt", []string{"a", "b"})},
		{"mixed prompt", "/completion", with(ask, "prompt", []any{"a", 72})},
		{"too long", "/completion", with(ask, "prompt", ones('a', 600))},
		{"exactly the context", "/completion", with(ask, "prompt", ones('a', 512))},
		{"one less", "/completion", with(ask, "prompt", ones('a', 511), "response_fields", []string{"truncated", "stop_type"})},
		{"no such token", "/completion", with(ask, "prompt", []int{99999999})},
		{"empty prompt", "/completion", with(ask, "prompt", []int{})},
		{"null prompt", "/completion", with(ask, "prompt", nil)},
		{"wrong type", "/completion", with(ask, "n_predict", "x")},
		{"no body", "/completion", ""}, {"no prompt", "/completion", body{}},
		{"stream", "/completion", with(ask, "stream", true)},
		{"stream with progress", "/completion", with(ask, "stream", true, "return_progress", true, "n_probs", 1)},
		{"stream with timings", "/completion", with(ask, "stream", true, "return_progress", true, "timings_per_token", true)},
		{"stream that is too long", "/completion", with(ask, "prompt", ones('a', 600), "stream", true)},
		{"chat", "/v1/chat/completions", chat},
		{"chat with probabilities", "/v1/chat/completions", with(chat, "logprobs", true, "top_logprobs", 2)},
		{"chat stream", "/v1/chat/completions", with(chat, "stream", true, "return_progress", true, "cache_prompt", false)},
		{"chat stream with usage", "/v1/chat/completions", with(chat, "stream", true, "stream_options", body{"include_usage": true})},
		{"chat without messages", "/v1/chat/completions", body{}},
		{"old completion", "/v1/completions", with(ask, "prompt", "hi")},
		{"used slots", "/slots", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want, got := answer(t, real+tt.path, tt.body), answer(t, sim+tt.path, tt.body)
			if !slices.Equal(want, got) {
				t.Errorf("the real server says\n  %s\nthe simulated one\n  %s", strings.Join(want, "\n  "), strings.Join(got, "\n  "))
			}
		})
	}
}

// TestFlagsOfTheRealServer compares the flags of the two --help texts.
func TestFlagsOfTheRealServer(t *testing.T) {
	t.Parallel()
	path := realPath(t)
	if out, err := exec.Command(path, "--version").CombinedOutput(); err != nil || !strings.Contains(string(out), fmt.Sprintf("build %d", simBuild)) {
		t.Skipf("this llama-server is not build %d, which is the one imitated: %s", simBuild, out)
	}
	out, err := exec.Command(path, "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range knownFlags(simBuild) {
		for _, name := range spec.names {
			if !strings.Contains(string(out), name) {
				t.Errorf("the real server has no %s", name)
			}
		}
	}
	known := map[string]bool{}
	for _, spec := range knownFlags(simBuild) {
		for _, name := range spec.names {
			known[name] = true
		}
	}
	for line := range strings.Lines(string(out)) {
		name, _, _ := strings.Cut(line, " ")
		name = strings.TrimRight(name, ",\n")
		if strings.HasPrefix(name, "-") && !strings.HasPrefix(name, "-----") && !known[name] && !strings.Contains(line, "has been removed") {
			t.Errorf("the simulated server does not know %s", name)
		}
	}
}

// with is a copy of b with more fields.
func with(b body, pairs ...any) body {
	c := body{}
	for k, v := range b {
		c[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		c[pairs[i].(string)] = pairs[i+1]
	}
	return c
}

// answer is what a server replies, reduced to what both must have in common: the status, then the
// keys of the reply or of each event in order.
func answer(t *testing.T, url string, b any) []string {
	t.Helper()
	if m, ok := b.(body); ok && m["stream"] == true {
		events, err := stream(t, url, b)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, e := range events {
			// Random weights make token texts that are no valid UTF-8 alone: the real server may hold
			// back a token's text, and runs of equal events differ in length only for that.
			if k := keys(e, ""); len(all) == 0 || all[len(all)-1] != k {
				all = append(all, k)
			}
		}
		return all
	}
	status, raw := 0, []byte(nil)
	if b == nil {
		status, raw = get(t, url)
	} else {
		status, raw = postRaw(t, url, b)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%s: %v in %q", url, err, raw)
	}
	all := []string{fmt.Sprint(status), keys(v, "")}
	if m, ok := v.(map[string]any); ok && m["error"] != nil && b != "" {
		message := fmt.Sprint(m["error"].(map[string]any)["message"])
		message, _, _ = strings.Cut(message, " >= this->size()")
		all = append(all, message)
	}
	return all
}

// keys is the structure of a JSON value: sorted keys, the first element of lists.
func keys(v any, path string) string {
	switch v := v.(type) {
	case map[string]any:
		var all []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if path == ".meta" || k == "logit_bias" || k == "done" {
				all = append(all, k)
				continue
			}
			all = append(all, k+keys(v[k], "."+k))
		}
		return "{" + strings.Join(all, " ") + "}"
	case []any:
		if len(v) > 0 {
			return "[" + keys(v[0], path) + "]"
		}
		return "[]"
	case nil:
		return ":null"
	}
	return fmt.Sprintf(":%T", v)
}

// realPath is a real llama-server.
func realPath(t *testing.T) string {
	t.Helper()
	return provisiontest.Server(t)
}

// realServer starts it with a tiny model and returns its URL.
func realServer(t *testing.T, args ...string) string {
	t.Helper()
	path := realPath(t)
	model := filepath.Join(t.TempDir(), "tiny.gguf")
	if err := os.WriteFile(model, tinyGGUF(), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, append([]string{"-m", model, "-t", "1", "--host", "127.0.0.1", "--port", "0", "-fit", "off", "--cache-ram", "0"}, args...)...)
	log := &lines{more: make(chan struct{})}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	url := log.after(t, "listening on ")
	if status, _ := get(t, url+"/health"); status != http.StatusOK {
		t.Fatal("the real server is not healthy:", status)
	}
	return url
}
