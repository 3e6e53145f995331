package harness

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ctxcliff/harness/trial"
)

// mangleCommand makes the test binary stand before a simulated server as one that answers one path with bytes that
// are no HTTP, or no JSON, or do not end.
const mangleCommand = "__mangle"

// mangling is what comes instead of an answer, and what that is to a screen.
type mangling struct {
	path  string
	bytes string
	again bool // for ever
	hold  bool // and then nothing, with the line open
	want  trial.Outcome
	says  string // in the reason, or in the error of the request
	short bool   // without -long, too
}

const streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"

func jsonAnswer(text string) string {
	return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + text
}

var manglings = map[string]mangling{
	"no HTTP":             {path: "/completion", bytes: "hello\r\n\r\n", want: trial.Fail, says: "malformed HTTP", short: true},
	"nothing":             {path: "/completion", want: trial.Fail, says: "EOF"},
	"20 MB of header":     {path: "/completion", bytes: "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 20<<20) + "\r\n\r\n", want: trial.Fail, says: "exceeded"},
	"204":                 {path: "/completion", bytes: "HTTP/1.1 204 No Content\r\n\r\n", want: trial.Fail, says: "HTTP 204"},
	"a redirect":          {path: "/completion", bytes: "HTTP/1.1 301 Moved\r\nLocation: /completion\r\nContent-Length: 0\r\n\r\n", want: trial.Fail, says: "HTTP 301"},
	"a page":              {path: "/completion", bytes: "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", want: trial.Fail, says: "text/html"},
	"garbage":             {path: "/completion", bytes: streamHead + "data: \x00}{\n\n", want: trial.Fail, says: "it is no JSON", short: true},
	"cut in a character":  {path: "/completion", bytes: streamHead + "data: {\"content\":\"\xe6", want: trial.Fail, says: "cut before its final event"},
	"tokens for ever":     {path: "/completion", bytes: "data: {\"content\":\"a\",\"tokens\":[5]}\n\n", again: true, want: trial.Fail, says: "does not end"},
	"silence":             {path: "/completion", bytes: streamHead, hold: true, want: trial.Hang, short: true},
	"pings for ever":      {path: "/completion", bytes: ":\n\n", again: true, want: trial.Hang},
	"one line for ever":   {path: "/completion", bytes: strings.Repeat("x", 10), again: true, want: trial.Hang},
	"empty for ever":      {path: "/completion", bytes: "data: null\n\n", again: true, want: trial.Fail, says: "does not end"},
	"progress for ever":   {path: "/completion", bytes: "data: {\"prompt_progress\":{\"total\":9,\"processed\":9}}\n\n", again: true, want: trial.Hang},
	"slots of words":      {path: "/slots", bytes: jsonAnswer(`[{"n_ctx":"x"}]`), want: trial.Pass},
	"slots without end":   {path: "/slots", bytes: jsonAnswer(`[{"n_ctx":99999999999999}]`), want: trial.Infra, says: "99999999999999 tokens of context", short: true},
	"slots below zero":    {path: "/slots", bytes: jsonAnswer(`[{"n_ctx":-1}]`), want: trial.Infra, says: "-1 tokens of context"},
	"props of words":      {path: "/props", bytes: jsonAnswer(`{"total_slots":"two"}`), want: trial.Infra, says: "total_slots is a string, which it cannot be", short: true},
	"props for ever":      {path: "/props", bytes: `{"a":[`, again: true, want: trial.LoadFail, says: "did not say more within"},
	"models of no size":   {path: "/v1/models", bytes: jsonAnswer(`{"data":[{"meta":{"n_vocab":-5,"n_ctx_train":-7,"size":-1}}]}`), want: trial.Pass},
	"tokens of words":     {path: "/tokenize", bytes: jsonAnswer(`{"tokens":["a"]}`), want: trial.Fail, says: "tokens is a string, which it cannot be", short: true},
	"tokens for no piece": {path: "/tokenize", bytes: jsonAnswer(`{"tokens":[]}`), want: trial.Fail, says: "came back"},
	"health for ever":     {path: "/health", bytes: "x", again: true, want: trial.Pass},
}

func playMangled(kind string, args []string) int {
	m, at := manglings[kind], slices.Index(args, "--port")
	listener, err := net.Listen("tcp", "127.0.0.1:"+args[at+1])
	if err != nil {
		return 1
	}
	spare, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 1
	}
	inner := spare.Addr().String()
	spare.Close()
	_, args[at+1], _ = strings.Cut(inner, ":")
	server := exec.Command("/proc/self/exe", append([]string{SimCommand}, args...)...)
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		return 1
	}
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	go func() {
		<-term
		_ = server.Process.Kill()
		_ = server.Wait()
		signal.Reset(syscall.SIGTERM)
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
	}()
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: inner})
	proxy.FlushInterval, proxy.ErrorHandler = -1, func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusServiceUnavailable) }
	for up := false; !up; time.Sleep(time.Millisecond) { // a mangled /health must not let anybody in before it is loaded
		if r, err := http.Get("http://" + inner + "/health"); err == nil {
			up = r.StatusCode == http.StatusOK
			r.Body.Close()
		}
	}
	_ = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		q.Body = io.NopCloser(bytes.NewReader(body))
		if q.URL.Path != m.path {
			proxy.ServeHTTP(w, q)
			return
		}
		line, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer line.Close()
		if m.again {
			_, _ = io.WriteString(line, streamHead)
		}
		for {
			_, err := io.WriteString(line, m.bytes)
			if err != nil || !m.again {
				break
			}
			time.Sleep(time.Millisecond)
		}
		if m.hold {
			_, _ = line.Read(make([]byte, 1))
		}
	}))
	return 0
}

// TestMangledAnswers: whatever a server answers, the attempt ends within its bound with the outcome that this is, and
// says why in one line.
func TestMangledAnswers(t *testing.T) {
	for kind, m := range manglings {
		t.Run(kind, func(t *testing.T) {
			if !m.short && !*long {
				t.Skip("with -long")
			}
			t.Parallel()
			lab := simLab(t, "")
			lab.command = []string{lab.command[0], mangleCommand, kind}
			s, recorded, _ := matrix{tokens: []int{100}}.screen(t, lab)
			s.Limits.Stall, s.Limits.Dying = 500*time.Millisecond, time.Second
			if err := run(t, context.Background(), s); err != nil {
				t.Fatal(err)
			}
			recorded.lawful(t)
			a := recorded.attempts[0]
			said := a.Reason
			for _, r := range a.Requests {
				said += " " + r.Error
				if len(r.Error) > 1000 {
					t.Errorf("the error has %d bytes", len(r.Error))
				}
			}
			if a.Outcome != m.want || !strings.Contains(said, m.says) || strings.ContainsAny(said, "\n\x00") {
				t.Errorf("%v: %q", a.Outcome, said)
			}
		})
	}
}
