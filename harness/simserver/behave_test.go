package simserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestCutClosesTheStreamAndLives(t *testing.T) {
	for _, profile := range []string{"cut when tokens>=50", "cut(phase=prefill) when tokens>=50"} {
		_, url := inProcess(t, profile, Options{})
		events, err := stream(t, url+"/completion", body{"prompt": ones('a', 100), "n_predict": 5, "stream": true, "return_progress": true, "ignore_eos": true})
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: stream ended with %v after %v", profile, err, events)
		}
		if status, _ := post(t, url+"/completion", body{"prompt": "x", "n_predict": 1}); status != http.StatusOK {
			t.Errorf("%s: afterwards %d", profile, status)
		}
	}
}

func TestHTTPErrorBeforeAndInsideTheStream(t *testing.T) {
	_, url := inProcess(t, `http(500, "decode() failed: std::bad_alloc") when tokens>=50`, Options{})
	status, m := post(t, url+"/completion", body{"prompt": ones('a', 100), "stream": true})
	if e := m["error"].(map[string]any); status != 500 || e["message"] != "decode() failed: std::bad_alloc" || e["type"] != "server_error" {
		t.Error(status, m)
	}
	_, url = inProcess(t, `http(500, "Context size has been exceeded.", phase=prefill) when position>=4000`, Options{Ctx: 8192})
	events, err := stream(t, url+"/completion", body{"prompt": ones('a', 5000), "stream": true, "return_progress": true})
	if err != nil {
		t.Fatal(err)
	}
	if e, ok := events[len(events)-1]["error"].(map[string]any); !ok || e["message"] != "Context size has been exceeded." {
		t.Error(events)
	}
}

func TestRefusesBelowTheLimit(t *testing.T) {
	_, url := inProcess(t, "refuse when tokens>=50", Options{})
	status, m := post(t, url+"/completion", body{"prompt": ones('a', 100)})
	e := m["error"].(map[string]any)
	if status != 400 || e["type"] != "exceed_context_size_error" || e["n_prompt_tokens"] != 100.0 || e["n_ctx"] != 4096.0 {
		t.Error(status, m)
	}
}

func TestGarbageAndNaN(t *testing.T) {
	_, url := inProcess(t, "garbage when tokens>=50; nan when tokens>=50", Options{})
	_, m := post(t, url+"/completion", body{"prompt": ones('a', 100), "n_predict": 8, "n_probs": 1})
	if m["content"] != "GGGGGGGG" {
		t.Error("content:", m["content"])
	}
	for _, p := range m["completion_probabilities"].([]any) {
		if v, ok := p.(map[string]any)["logprob"]; !ok || v != nil {
			t.Error("logprob is not null:", p)
		}
	}
	if _, m = post(t, url+"/completion", body{"prompt": "x", "n_predict": 8}); m["content"] == "GGGGGGGG" {
		t.Error("a short prompt is garbled too")
	}
}

func TestLeakTellsTheOtherSlotsNonce(t *testing.T) {
	_, url := inProcess(t, "leak when slot=1", Options{NP: 2, Ctx: 4096})
	post(t, url+"/completion", body{"prompt": "nonce-4711 of slot zero", "n_predict": 1, "id_slot": 0})
	_, m := post(t, url+"/completion", body{"prompt": "nonce-0815 of slot one", "n_predict": 32, "id_slot": 1, "ignore_eos": true})
	if !strings.Contains(m["content"].(string), "nonce-4711") {
		t.Errorf("content %q", m["content"])
	}
}

func TestDriftChangesAnswersAfterTheBadRequest(t *testing.T) {
	_, url := inProcess(t, "drift when tokens>=50", Options{})
	canary := func() string {
		_, m := post(t, url+"/completion", body{"prompt": "canary", "n_predict": 16, "ignore_eos": true, "return_tokens": true})
		return fmt.Sprint(m["tokens"])
	}
	before := canary()
	if again := canary(); again != before {
		t.Errorf("not stable: %s then %s", before, again)
	}
	post(t, url+"/completion", body{"prompt": ones('a', 100), "n_predict": 1})
	if after := canary(); after == before {
		t.Error("the canary is the same after the bad request")
	}
}

func TestConditionsOnSlotsAndAttempts(t *testing.T) {
	for _, tt := range []struct {
		rule string
		np   int
		want string // one letter for each of four equal requests: p passes, f fails
	}{
		{"http(500) when attempt=3", 1, "ppfp"},
		{"http(500) when attempt>=2 and attempt<4", 1, "pffp"},
		{"http(500) when cached", 1, "pfff"},
		{"http(500, sorry, phase=decode) when cold", 1, "fppp"},
		{"http(500) when np>=2", 1, "pppp"},
		{"http(500) when np>=2", 2, "ffff"},
		{"http(500) when busy>=2", 2, "pppp"},
		{"http(500) when distinct<5", 1, "ffff"},
		{"http(500) when distinct>=5", 1, "pppp"},
		{"http(500) when period<=1", 1, "ffff"},
		{"http(500) when period>=2", 1, "pppp"},
		{"http(500) when contains=aaaa", 1, "ffff"},
		{"http(500) when contains=bbbb", 1, "pppp"},
		{"http(500) when start%2=1", 1, "pppp"},
		{"http(500) when start%2=0", 1, "ffff"},
	} {
		_, url := inProcess(t, tt.rule, Options{NP: tt.np, Ctx: 4096, Start: 2})
		got := ""
		for range 4 {
			status, _ := post(t, url+"/completion", body{"prompt": ones('a', 100), "n_predict": 1, "id_slot": 0})
			got += map[int]string{200: "p", 500: "f"}[status]
		}
		if got != tt.want {
			t.Errorf("%s with %d slots: %s, want %s", tt.rule, tt.np, got, tt.want)
		}
	}
}

func TestNoiseOnStderr(t *testing.T) {
	var stderr bytes.Buffer
	_, url := inProcess(t, "flood(100000); longline(70000, phase=decode); say(hello there)", Options{Stderr: &stderr})
	post(t, url+"/completion", body{"prompt": "x", "n_predict": 3})
	text := stderr.String()
	longest := 0
	for line := range strings.Lines(text) {
		longest = max(longest, len(line)-1)
	}
	if len(text) < 170000 || longest != 70000 || strings.Count(text, "hello there\n") != 1 {
		t.Errorf("%d bytes, longest line %d, %d greetings", len(text), longest, strings.Count(text, "hello there\n"))
	}
}

func TestDeathInProcessDropsEverything(t *testing.T) {
	_, url := inProcess(t, "abort when position>=3000", Options{Ctx: 8192})
	events, err := stream(t, url+"/completion", body{"prompt": ones('a', 5000), "stream": true, "return_progress": true})
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(events) == 0 {
		t.Errorf("ended with %v after %v", err, events)
	}
	if resp, err := client.Get(url + "/health"); err == nil {
		resp.Body.Close()
		t.Error("a dead server answers", resp.Status)
	}
}

func TestChanceIsAboutAsOftenAsItSays(t *testing.T) {
	p, err := ParseProfile("abort when chance=0.3")
	if err != nil {
		t.Fatal(err)
	}
	bad := 0
	for start := 1; start <= 1000; start++ {
		if p.Rules[0].holds(situation{start: start, seed: 7}) {
			bad++
		}
	}
	if bad < 250 || bad > 350 {
		t.Errorf("%d of 1000 starts are bad", bad)
	}
}
