package simserver

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLayout(t *testing.T) {
	yes, no := true, false
	for _, tt := range []struct {
		np, ctx, trained int
		unified          *bool
		slot, pool       int
	}{
		{3, 1000, 1 << 20, nil, 512, 1536},
		{4, 100000, 1 << 20, nil, 25088, 100352},
		{1, 100001, 1 << 20, nil, 100096, 100096},
		{2, 256000, 1 << 20, nil, 128000, 256000},
		{2, 200000, 1 << 20, nil, 100096, 200192},
		{2, 3000000, 1 << 20, nil, 1 << 20, 2 * 1500160},
		{-1, 8192, 1 << 20, nil, 8192, 8192},
		{-1, 8192, 1 << 20, &no, 2048, 8192},
		{2, 8192, 1 << 20, &yes, 8192, 8192},
		{1, 0, 4096, nil, 4096, 4096},
	} {
		l, err := layoutFor(Options{NP: tt.np, Ctx: tt.ctx, Unified: tt.unified}, tt.trained)
		if err != nil || l.slotCtx != tt.slot || l.pool != tt.pool {
			t.Errorf("np %d ctx %d: slot %d pool %d (%v), want %d and %d", tt.np, tt.ctx, l.slotCtx, l.pool, err, tt.slot, tt.pool)
		}
	}
	if _, err := layoutFor(Options{NP: 257, Ctx: 1000}, 4096); err == nil {
		t.Error("257 slots are fine")
	}
}

func TestRefusalEdge(t *testing.T) {
	_, url := inProcess(t, "good", Options{NP: 2, Ctx: 2048})
	for _, streamed := range []bool{false, true} {
		status, m := post(t, url+"/completion", body{"prompt": ones('a', 1024), "stream": streamed})
		want := map[string]any{
			"code": 400.0, "message": "request (1024 tokens) exceeds the available context size (1024 tokens), try increasing it",
			"type": "exceed_context_size_error", "n_prompt_tokens": 1024.0, "n_ctx": 1024.0,
		}
		if status != http.StatusBadRequest || fmt.Sprint(m["error"]) != fmt.Sprint(want) {
			t.Errorf("n_ctx tokens: %d %v, want %v", status, m["error"], want)
		}
	}
	status, m := post(t, url+"/completion", body{"prompt": ones('a', 1023), "n_predict": 16})
	if status != http.StatusOK || m["truncated"] != true || m["tokens_predicted"] != 1.0 || m["stop_type"] != "limit" || m["tokens_evaluated"] != 1023.0 {
		t.Errorf("n_ctx-1 tokens: %d truncated %v predicted %v stop %v", status, m["truncated"], m["tokens_predicted"], m["stop_type"])
	}
}

func TestErrors(t *testing.T) {
	_, url := inProcess(t, "good", Options{})
	for _, tt := range []struct {
		path, body string
		status     int
		message    string
	}{
		{"/completion", ``, 400, "parse_error.101"},
		{"/completion", `{bad`, 400, "parse_error.101"},
		{"/completion", `{}`, 400, "key 'prompt' not found"},
		{"/completion", `{"prompt":[]}`, 400, `"prompt" must not be empty`},
		{"/completion", `{"prompt":null}`, 400, `"prompt" elements must be a string`},
		{"/completion", `{"prompt":1.5}`, 400, `"prompt" elements must be a string`},
		{"/completion", `{"prompt":[1,2.5]}`, 400, `"prompt" elements must be a string`},
		{"/completion", `{"prompt":"a","n_predict":"x"}`, 400, "Field 'n_predict': [json.exception.type_error.302] type must be number, but is string"},
		{"/completion", `{"prompt":[99999999]}`, 400, "Prompt contains invalid tokens"},
		{"/completion", `{"prompt":[-1]}`, 400, "Prompt contains invalid tokens"},
		{"/detokenize", `{"tokens":[99999999]}`, 500, "vector::_M_range_check"},
		{"/tokenize", `{"content":5}`, 400, "type must be string, but is number"},
		{"/apply-template", `{}`, 400, "'messages' is required"},
		{"/v1/chat/completions", `{}`, 400, "'messages' is required"},
		{"/nope", `{}`, 404, "File Not Found"},
	} {
		status, m := post(t, url+tt.path, tt.body)
		e, _ := m["error"].(map[string]any)
		if status != tt.status || !strings.Contains(fmt.Sprint(e["message"]), tt.message) || e["code"] != float64(status) {
			t.Errorf("%s %s: %d %v, want %d and %q", tt.path, tt.body, status, m, tt.status, tt.message)
		}
	}
	if status, _ := get(t, url+"/metrics"); status != http.StatusNotImplemented {
		t.Error("metrics without --metrics:", status)
	}
}

func TestAPIKey(t *testing.T) {
	_, url := inProcess(t, "good", Options{APIKeys: []string{"k1", "k2"}})
	if status, _ := get(t, url+"/health"); status != http.StatusOK {
		t.Error("health needs a key:", status)
	}
	if status, _ := get(t, url+"/props"); status != http.StatusUnauthorized {
		t.Error("props without a key:", status)
	}
	req, _ := http.NewRequest(http.MethodGet, url+"/props", nil)
	req.Header.Set("Authorization", "Bearer k2")
	resp, err := client.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Error("props with a key:", resp, err)
	}
	resp.Body.Close()
}

func TestTokensComeBack(t *testing.T) {
	_, url := inProcess(t, "good", Options{})
	text := " opt the naïve <|im_start|>🦙\n\tfunc x() {}"
	_, m := post(t, url+"/tokenize", body{"content": text, "add_special": true})
	_, back := post(t, url+"/detokenize", body{"tokens": m["tokens"]})
	if back["content"] != bosPiece+text {
		t.Errorf("got %q back, want %q", back["content"], bosPiece+text)
	}
	_, plain := post(t, url+"/tokenize", body{"content": "<|im_start|>", "parse_special": false})
	if n := len(plain["tokens"].([]any)); n < 2 {
		t.Errorf("a special token's name is %d token(s) of text", n)
	}
	_, mixed := post(t, url+"/tokenize", body{"content": []any{"a", 71, "b"}})
	if fmt.Sprint(mixed["tokens"]) != "[97 71 98]" {
		t.Error("mixed:", mixed["tokens"])
	}
	_, pieces := post(t, url+"/tokenize", body{"content": "\xc3\xa9 opt", "with_pieces": true})
	if got := fmt.Sprint(pieces["tokens"]); !strings.Contains(got, "piece: opt") {
		t.Error("pieces:", got)
	}
}

func TestStreamTellsProgressPerBatch(t *testing.T) {
	_, url := inProcess(t, "good", Options{Ctx: 8192})
	events, err := stream(t, url+"/completion", body{
		"prompt": ones('a', 5000), "n_predict": 3, "stream": true, "return_progress": true, "ignore_eos": true, "n_probs": 1,
		"response_fields": []string{"stop", "timings/prompt_n", "timings", "tokens_evaluated"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var progress []float64
	tokens := 0
	for _, e := range events[:len(events)-1] {
		if p, ok := e["prompt_progress"].(map[string]any); ok {
			progress = append(progress, p["processed"].(float64))
			continue
		}
		tokens++
		if probs := e["completion_probabilities"].([]any)[0].(map[string]any); probs["logprob"].(float64) >= 0 {
			t.Error("logprob:", probs)
		}
	}
	last := events[len(events)-1]
	if !slices.Equal(progress, []float64{0, 2048, 4096, 5000}) || tokens != 3 {
		t.Errorf("progress %v and %d tokens", progress, tokens)
	}
	timings := last["timings"].(map[string]any)
	if last["stop"] != true || last["timings/prompt_n"] != 5000.0 || len(last) != 4 || timings["prompt_ms"].(float64) < 499 || timings["predicted_n"] != 3.0 {
		t.Error("final event:", last)
	}
}

func TestCacheKeepsTheCommonPrefix(t *testing.T) {
	_, url := inProcess(t, "good", Options{NP: 2, Ctx: 8192})
	prompt := ones('a', 1000)
	ask := func(prompt []int, more body) (cached, computed float64, slot float64) {
		b := body{"prompt": prompt, "n_predict": 1, "ignore_eos": true}
		for k, v := range more {
			b[k] = v
		}
		_, m := post(t, url+"/completion", b)
		timings := m["timings"].(map[string]any)
		return timings["cache_n"].(float64), timings["prompt_n"].(float64), m["id_slot"].(float64)
	}
	for _, step := range []struct {
		name                   string
		prompt                 []int
		more                   body
		cached, computed, slot float64
	}{
		{"a fresh prompt", prompt, nil, 0, 1000, 0},
		{"the same again: one token is computed for its logits", prompt, nil, 999, 1, 0},
		{"the same without the cache", prompt, body{"cache_prompt": false}, 0, 1000, 0},
		{"a longer one of the same beginning", append(slices.Clone(prompt), ones('b', 100)...), nil, 1000, 100, 0},
		{"another one goes to the slot longest idle", ones('c', 500), nil, 0, 500, 1},
		{"pinned to the other slot", ones('c', 500), body{"id_slot": 0}, 0, 500, 0},
		{"a slot that does not exist is ignored", ones('c', 500), body{"id_slot": 7}, 499, 1, 0},
	} {
		cached, computed, slot := ask(step.prompt, step.more)
		if cached != step.cached || computed != step.computed || slot != step.slot {
			t.Errorf("%s: cache_n %v prompt_n %v slot %v, want %v %v %v", step.name, cached, computed, slot, step.cached, step.computed, step.slot)
		}
	}
}

func TestAnswersAreTheSameInEverySlotAndLife(t *testing.T) {
	var want string
	for life := range 2 {
		_, url := inProcess(t, "good", Options{NP: 2, Ctx: 8192, Start: life + 1})
		for slot := range 2 {
			_, m := post(t, url+"/completion", body{"prompt": ones('a', 100), "n_predict": 24, "ignore_eos": true, "return_tokens": true, "id_slot": slot, "cache_prompt": false})
			got := fmt.Sprint(m["tokens"])
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("life %d slot %d: %s, want %s", life, slot, got, want)
			}
			if n := len(slices.Compact(slices.Sorted(slices.Values(strings.Fields(got))))); n < 8 {
				t.Errorf("only %d different tokens: %v", n, m["content"])
			}
		}
	}
}

func TestPromptsFillFromSlotZero(t *testing.T) {
	s, url := inProcess(t, "delay(30ms)", Options{NP: 2, Ctx: 16384, Batch: 512})
	first := make(chan struct{})
	go func() {
		defer close(first)
		client.Post(url+"/completion", "application/json", strings.NewReader(string(asJSON(t, body{"prompt": ones('a', 4000), "n_predict": 1, "id_slot": 0}))))
	}()
	waitFor(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.busy() == 1 })
	_, m := post(t, url+"/completion", body{"prompt": ones('b', 100), "n_predict": 1, "id_slot": 1})
	select {
	case <-first:
	case <-time.After(deadline):
		t.Fatal("slot 0 is not done although it goes first")
	}
	if m["id_slot"] != 1.0 {
		t.Error("slot:", m["id_slot"])
	}
}

func TestPinnedRequestsQueueForTheirSlot(t *testing.T) {
	s, url := inProcess(t, "hang when contains=a", Options{NP: 2, Ctx: 8192})
	ctx, cancel := context.WithCancel(context.Background())
	send := func(text string, slot int) <-chan struct{} {
		done := make(chan struct{})
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, url+"/completion", strings.NewReader(string(asJSON(t, body{"prompt": text, "id_slot": slot, "stream": true}))))
		go func() {
			defer close(done)
			if resp, err := client.Do(req); err == nil {
				resp.Body.Close()
			}
		}()
		return done
	}
	a := send("aaaa", 0)
	waitFor(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.frozen })
	<-a // headers came
	b := send("bbbb", 0)
	waitFor(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.queue) == 1 })
	select {
	case <-b:
		t.Error("a queued request got an answer")
	default:
	}
	if status, raw := get(t, url+"/slots"); status != http.StatusOK || !strings.Contains(string(raw), `"is_processing":true`) {
		t.Errorf("/slots in a hang: %d %s", status, raw)
	}
	cancel()
	<-b
}

func TestUnifiedPoolRunsOut(t *testing.T) {
	yes := true
	_, url := inProcess(t, "delay(20ms)", Options{NP: 2, Ctx: 2048, Unified: &yes, Batch: 512})
	results := make(chan int, 2)
	for i := range 2 {
		go func() {
			status, m := post(t, url+"/completion", body{"prompt": ones('a'+i, 1500), "n_predict": 100, "ignore_eos": true, "id_slot": i})
			if status == http.StatusInternalServerError && !strings.Contains(fmt.Sprint(m), "Context size has been exceeded.") {
				t.Error(m)
			}
			results <- status
		}()
	}
	if a, b := <-results, <-results; a != 500 || b != 500 {
		t.Errorf("got %d and %d, want 500 for every active request", a, b)
	}
	if status, _ := post(t, url+"/completion", body{"prompt": ones('c', 1500), "n_predict": 1}); status != http.StatusOK {
		t.Error("after that:", status)
	}
}

func TestChatStreamHasUsage(t *testing.T) {
	_, url := inProcess(t, "good", Options{})
	events, err := stream(t, url+"/v1/chat/completions", body{
		"messages": []any{body{"role": "user", "content": "hi"}}, "max_tokens": 3, "stream": true, "ignore_eos": true,
		"stream_options": body{"include_usage": true},
	})
	if err != nil || len(events) < 4 {
		t.Fatal(events, err)
	}
	if events[len(events)-1]["done"] != "[DONE]" {
		t.Error("no [DONE]:", events[len(events)-1])
	}
	usage := events[len(events)-2]["usage"].(map[string]any)
	_, tokens := post(t, url+"/tokenize", body{"content": "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n", "add_special": true})
	if usage["prompt_tokens"] != float64(len(tokens["tokens"].([]any))) || usage["completion_tokens"] != 3.0 {
		t.Error("usage:", usage)
	}
}

func TestMetricsMove(t *testing.T) {
	_, url := inProcess(t, "good", Options{Metrics: true, Ctx: 8192})
	post(t, url+"/completion", body{"prompt": ones('a', 5000), "n_predict": 2, "ignore_eos": true})
	_, raw := get(t, url+"/metrics")
	for _, want := range []string{"llamacpp:prompt_tokens_total 5000\n", "llamacpp:n_decode_total 4\n", "llamacpp:tokens_predicted_total 2\n"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("no %q in\n%s", want, raw)
		}
	}
}

func TestLoadingAnswers503Everywhere(t *testing.T) {
	s, url := inProcess(t, "loadhang", Options{})
	for _, path := range []string{"/health", "/props", "/nope"} {
		status, raw := get(t, url+path)
		if status != http.StatusServiceUnavailable || string(raw) != `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}` {
			t.Errorf("%s: %d %s", path, status, raw)
		}
	}
	s.Close()
}

func TestSlowLoadGetsReady(t *testing.T) {
	_, url := inProcess(t, "slowload(100ms)", Options{})
	if status, _ := get(t, url+"/health"); status != http.StatusServiceUnavailable {
		t.Error("at once:", status)
	}
	waitFor(t, func() bool { status, _ := get(t, url+"/health"); return status == http.StatusOK })
}

// waitFor polls until the condition holds; for states that nothing announces.
func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it never came to that")
		}
	}
}
