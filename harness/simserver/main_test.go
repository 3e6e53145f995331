package simserver

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// asChild makes the test binary a simulated server.
const asChild = "CTXCLIFF_TEST_AS_SIMSERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		os.Exit(Main(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// client takes a new connection for each request: a real server may close an idle one at any time,
// and a request on it would look like a crash.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// deadline is how long a test waits for what must happen.
const deadline = 20 * time.Second

// child is a simulated server as a process.
type child struct {
	t      *testing.T
	cmd    *exec.Cmd
	base   string // URL without a slash
	stderr *lines
	exited chan struct{}
	err    error // of Wait; valid after exited
}

// lines collects output and lets tests wait for a line.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.more)
	l.more = make(chan struct{})
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// after waits for marker and returns the rest of its line.
func (l *lines) after(t *testing.T, marker string) string {
	t.Helper()
	timeout := time.After(deadline)
	for {
		l.mu.Lock()
		text, more := l.text.String(), l.more
		l.mu.Unlock()
		if _, rest, ok := strings.Cut(text, marker); ok {
			if line, _, whole := strings.Cut(rest, "\n"); whole {
				return line
			}
		}
		select {
		case <-more:
		case <-timeout:
			t.Fatalf("no %q in:\n%s", marker, text)
		}
	}
}

// command is the child's command line, not started.
func command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(append(os.Environ(), asChild+"=1", "GGML_NO_BACKTRACE=1"), env...)
	cmd.WaitDelay = time.Second
	return cmd
}

// launch starts a child of that profile on a port of the kernel's choice and waits until it listens.
func launch(t *testing.T, profile string, args ...string) *child {
	t.Helper()
	c := start(t, profile, nil, append([]string{"-m", modelPath(t), "--port", "0"}, args...)...)
	c.base = "http://" + strings.TrimPrefix(c.stderr.after(t, "listening on "), "http://")
	return c
}

func start(t *testing.T, profile string, env []string, args ...string) *child {
	t.Helper()
	c := &child{t: t, stderr: &lines{more: make(chan struct{})}, exited: make(chan struct{})}
	c.cmd = command(t, append(env, EnvProfile+"="+profile), args...)
	c.cmd.Stderr = c.stderr
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		c.err = c.cmd.Wait()
		close(c.exited)
	}()
	t.Cleanup(func() {
		c.cmd.Process.Kill()
		<-c.exited
	})
	return c
}

// wait returns the process state after its end.
func (c *child) wait() *os.ProcessState {
	c.t.Helper()
	select {
	case <-c.exited:
		return c.cmd.ProcessState
	case <-time.After(deadline):
		c.t.Fatalf("still alive; stderr:\n%s", c.stderr)
		return nil
	}
}

// modelPath is a file that passes for a model.
func modelPath(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.gguf")
	if err := os.WriteFile(path, []byte("GGUF"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// inProcess serves a simulated server from this process and returns its URL.
func inProcess(t *testing.T, profile string, o Options) (*Server, string) {
	t.Helper()
	var err error
	if o.Profile, err = ParseProfile(profile); err != nil {
		t.Fatal(err)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewUnstartedServer(s)
	web.Config.ErrorLog = nil
	s.Configure(web.Config)
	web.Start()
	t.Cleanup(func() {
		web.CloseClientConnections()
		s.Close()
		web.Close()
	})
	return s, web.URL
}

// post sends a body and returns status and reply.
func post(t *testing.T, url string, body any) (int, map[string]any) {
	t.Helper()
	status, raw := postRaw(t, url, body)
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatalf("POST %s: %v in %q", url, err, raw)
	}
	return status, m
}

func postRaw(t *testing.T, url string, body any) (int, []byte) {
	t.Helper()
	resp, err := client.Post(url, "application/json", bytes.NewReader(asJSON(t, body)))
	if err != nil {
		t.Fatalf("POST %s: %v", url, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("POST %s: %v", url, err)
	}
	return resp.StatusCode, raw
}

func asJSON(t *testing.T, body any) []byte {
	t.Helper()
	if text, ok := body.(string); ok {
		return []byte(text)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func get(t *testing.T, url string) (int, []byte) {
	t.Helper()
	resp, err := client.Get(url)
	if err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
	return resp.StatusCode, raw
}

// stream sends a body and returns the data of each event, and how reading ended (nil for a clean end).
func stream(t *testing.T, url string, body any) ([]map[string]any, error) {
	t.Helper()
	resp, err := client.Post(url, "application/json", bytes.NewReader(asJSON(t, body)))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var events []map[string]any
	r := bufio.NewReader(resp.Body)
	for {
		line, err := r.ReadString('\n')
		if data, ok := strings.CutPrefix(strings.TrimSpace(line), "data: "); ok {
			m := map[string]any{"done": data}
			if data != "[DONE]" {
				m = map[string]any{}
				if err := json.Unmarshal([]byte(data), &m); err != nil {
					t.Fatalf("event %q: %v", data, err)
				}
			}
			events = append(events, m)
		}
		if err == io.EOF {
			return events, nil
		}
		if err != nil {
			return events, err
		}
	}
}

// ones is a prompt of n ids that are all different from other numbers' prompts.
func ones(id, n int) []int {
	ids := make([]int, n)
	for i := range ids {
		ids[i] = id
	}
	return ids
}

type body = map[string]any
