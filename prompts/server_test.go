package prompts_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/provision/provisiontest"
	"ctxcliff/prompts"
)

// overHTTP is a tokenizer that asks a llama-server.
type overHTTP struct{ url string }

func (o overHTTP) post(ctx context.Context, path string, ask, answer any) error {
	body, err := json.Marshal(ask)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, o.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if body, err = io.ReadAll(response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %.200s", path, response.Status, body)
	}
	return json.Unmarshal(body, answer)
}

func (o overHTTP) tokenize(ctx context.Context, ask map[string]any) ([]int32, error) {
	var answer struct{ Tokens []int32 }
	err := o.post(ctx, "/tokenize", ask, &answer)
	return answer.Tokens, err
}

func (overHTTP) Name() string { return "the server's" }

// TokenizePieces relies on what llama-server does with a mixed array: strings are tokenised one by one,
// numbers pass through unchanged, even -1, which is no token and so marks the borders.
func (o overHTTP) TokenizePieces(ctx context.Context, pieces []string) ([][]int32, error) {
	content := make([]any, 0, 2*len(pieces))
	for _, p := range pieces {
		content = append(content, p, -1)
	}
	ids, err := o.tokenize(ctx, map[string]any{"content": content, "add_special": false, "parse_special": false})
	if err != nil {
		return nil, err
	}
	var all [][]int32
	for begin, i := 0, 0; i < len(ids); i++ {
		if ids[i] == -1 {
			all = append(all, ids[begin:i])
			begin = i + 1
		}
	}
	return all, nil
}

func (o overHTTP) Ordinary(context.Context) ([]int32, error) {
	ids := make([]int32, 256) // the test model's single bytes
	for i := range ids {
		ids[i] = int32(i)
	}
	return ids, nil
}

func (o overHTTP) Count(ctx context.Context, text string) (int, error) {
	ids, err := o.tokenize(ctx, map[string]any{"content": text, "add_special": true, "parse_special": true})
	return len(ids), err
}

func (o overHTTP) CountChat(ctx context.Context, text string) (int, error) {
	var answer struct{ Prompt string }
	if err := o.post(ctx, "/apply-template", chatOf(text), &answer); err != nil {
		return 0, err
	}
	return o.Count(ctx, answer.Prompt)
}

func chatOf(text string) map[string]any {
	return map[string]any{"messages": []any{map[string]any{"role": "user", "content": text}}, "max_tokens": 1, "cache_prompt": false}
}

// The server says itself how many tokens it evaluated.
func TestARealServerCountsWhatWePromised(t *testing.T) {
	server := overHTTP{startServer(t)}
	ctx := context.Background()
	counter := &counting{Tokenizer: server}
	maker := prompts.NewMaker(counter)
	for _, s := range allShapes(t) {
		for _, form := range []prompts.Form{prompts.IDs, prompts.Text, prompts.Chat} {
			if form != prompts.IDs && s.String() == "random" {
				continue
			}
			for _, tokens := range []int{60, 1501} {
				counter.pieces.Store(0)
				p, err := maker.Make(ctx, prompts.Recipe{Form: form, Shape: s, Tokens: tokens, Seed: 5, Nonce: "3fa9c2e1b0d4"})
				if err != nil {
					t.Fatal(err)
				}
				if got := evaluated(t, server, p); got != tokens || p.Tokens != tokens {
					t.Errorf("%s as %s: the server evaluated %d tokens, promised were %d of %d", s, form, got, p.Tokens, tokens)
				}
				if tokens == 1501 && counter.pieces.Load() != 0 || p.TokeniseCalls > 14 {
					t.Errorf("%s as %s: %d calls for the second prompt", s, form, p.TokeniseCalls)
				}
			}
		}
	}
}

// evaluated sends the prompt and returns the server's own count of it.
func evaluated(t *testing.T, server overHTTP, p prompts.Prompt) int {
	t.Helper()
	ask := map[string]any{"prompt": p.Text, "n_predict": 1, "cache_prompt": false}
	switch p.Recipe.Form {
	case prompts.Chat:
		var answer struct {
			Usage struct {
				Tokens int `json:"prompt_tokens"`
			}
		}
		if err := server.post(context.Background(), "/v1/chat/completions", chatOf(p.Text), &answer); err != nil {
			t.Fatal(err)
		}
		return answer.Usage.Tokens
	case prompts.IDs:
		ask["prompt"] = p.IDs
	}
	var answer struct {
		Tokens int `json:"tokens_evaluated"`
	}
	if err := server.post(context.Background(), "/completion", ask, &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Tokens
}

// startServer starts a real llama-server with a tiny model and returns its URL.
func startServer(t *testing.T) string {
	t.Helper()
	args := []string{"-m", tinyModel(t), "-t", "1", "--host", "127.0.0.1", "--port", "0", "-np", "1", "-c", "2048", "-fit", "off"}
	cmd := exec.Command(provisiontest.Server(t), args...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	listening := make(chan string, 1)
	drained := make(chan struct{})
	var log strings.Builder
	go func() {
		defer close(drained)
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			fmt.Fprintln(&log, lines.Text())
			if _, url, found := strings.Cut(lines.Text(), "listening on "); found {
				listening <- strings.TrimSpace(url)
			}
		}
	}()
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Log(err)
		}
		<-drained
		_ = cmd.Wait() // killed
	})
	select {
	case url := <-listening:
		return url
	case <-drained:
		t.Fatalf("llama-server ended before it listened:\n%s", log.String())
	case <-time.After(time.Minute):
		t.Fatal("llama-server does not listen after a minute")
	}
	return ""
}
