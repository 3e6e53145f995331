package tinymodel

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/provision/provisiontest"
)

// server is a real llama-server with a tiny model.
type server struct {
	url    string
	ctx    int // tokens of each slot
	client *http.Client
}

// answer is what /completion says.
type answer struct {
	Content       string
	Tokens        []int32
	Evaluated     int                          `json:"tokens_evaluated"`
	Predicted     int                          `json:"tokens_predicted"`
	StopType      string                       `json:"stop_type"`
	Probabilities []struct{ Logprob *float64 } `json:"completion_probabilities"`
	Timings       struct {
		Cached int `json:"cache_n"`
		Prompt int `json:"prompt_n"`
	}
}

var listening = regexp.MustCompile(`listening on (http://[0-9.:]+)`)

// start runs llama-server with np slots that share ctx tokens, until the test ends.
func start(t *testing.T, o Options, np, ctx int) *server {
	t.Helper()
	model, err := Cached(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(provisiontest.Server(t), "-m", model, "-t", "1", "-c", strconv.Itoa(ctx), "-np", strconv.Itoa(np), "-no-kvu",
		"--host", "127.0.0.1", "--port", "0", "-fit", "off", "--cache-ram", "0", "--ctx-checkpoints", "0")
	cmd.Env = append(os.Environ(), "GGML_NO_BACKTRACE=1")
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	urls, drained := make(chan string, 1), make(chan string, 1)
	go readLog(log, urls, drained)
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-drained
		cmd.Wait()
	})
	select {
	case url := <-urls:
		s := &server{url: url, ctx: (ctx/np + 255) / 256 * 256, client: &http.Client{Timeout: 5 * time.Minute}}
		s.untilHealthy(t)
		return s
	case text := <-drained:
		drained <- text
		refuse(t, o.Family, text)
	case <-time.After(time.Minute):
		t.Fatal("llama-server is not listening after a minute")
	}
	return nil
}

// refuse ends the test of a server that did not start.
func refuse(t *testing.T, f Family, log string) {
	t.Helper()
	if f == Gemma3 && strings.Contains(log, "GGML_ASSERT") && os.Getenv("CI") != "true" {
		t.Skip("this llama-server is from before mid-2026: it aborts on a gemma3 without a full layer")
	}
	t.Fatalf("llama-server did not start:\n%s", log)
}

// readLog sends the server's address, and when the log ends, its last lines.
func readLog(log io.Reader, urls, drained chan<- string) {
	var tail []string
	for r := bufio.NewReader(log); ; {
		line, err := r.ReadString('\n')
		if m := listening.FindStringSubmatch(line); m != nil {
			select {
			case urls <- m[1]:
			default:
			}
		}
		if tail = append(tail, line); len(tail) > 40 {
			tail = tail[1:]
		}
		if err != nil {
			drained <- strings.Join(tail, "")
			return
		}
	}
}

// untilHealthy waits for the model: a server listens before it has loaded one.
func (s *server) untilHealthy(t *testing.T) {
	t.Helper()
	deadline := time.After(time.Minute)
	for tick := time.NewTicker(5 * time.Millisecond); ; {
		resp, err := s.client.Get(s.url + "/health")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				tick.Stop()
				return
			}
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("llama-server is not healthy after a minute: %v", err)
		}
	}
}

func (s *server) send(t *testing.T, path string, request any) (int, []byte) {
	t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.client.Post(s.url+path, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Error(err) // not Fatal: waves call this from goroutines of their own
		return 0, nil
	}
	defer resp.Body.Close()
	reply, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, reply
}

// post fails the test unless the server answers 200 with JSON.
func (s *server) post(t *testing.T, path string, request, reply any) {
	t.Helper()
	status, body := s.send(t, path, request)
	if err := json.Unmarshal(body, reply); status != http.StatusOK || err != nil {
		t.Errorf("%s: status %d, %v: %s", path, status, err, body[:min(len(body), 500)])
	}
}

// complete asks for a greedy answer of n tokens from a fresh cache.
func (s *server) complete(t *testing.T, prompt []int32, n int) answer {
	t.Helper()
	return s.completeIn(t, 0, prompt, n)
}

func (s *server) completeIn(t *testing.T, slot int, prompt []int32, n int) answer {
	t.Helper()
	var reply answer
	s.post(t, "/completion", map[string]any{
		"prompt": prompt, "n_predict": n, "id_slot": slot, "temperature": 0, "cache_prompt": false, "n_probs": 1, "return_tokens": true,
		"response_fields": []string{
			"content", "tokens", "tokens_evaluated", "tokens_predicted", "stop_type", "timings", "completion_probabilities",
		},
	}, &reply)
	return reply
}
