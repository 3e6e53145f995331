package harness

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
)

// stranger is a server that somebody else runs: the test, by plain os/exec.
type stranger struct {
	t    testing.TB
	argv []string
	env  []string
	port int

	mu      sync.Mutex
	process *os.Process
	started uint64        // start time of the process
	gone    chan struct{} // closed when it was waited for
	ended   bool          // by the test: no supervisor starts it again
}

// realStranger is a real llama-server with these arguments more.
func realStranger(t testing.TB, family tinymodel.Family, args ...string) *stranger {
	t.Helper()
	return newStranger(t, realLab(t, family).command, nil, family, append(args, "-t", "1"))
}

// simStranger is the simulated server with these rules.
func simStranger(t testing.TB, profile string, args ...string) *stranger {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return newStranger(t, []string{self, SimCommand}, []string{SimProfileEnv + "=" + profile}, tinymodel.Gemma3, args)
}

func newStranger(t testing.TB, command, env []string, family tinymodel.Family, args []string) *stranger {
	t.Helper()
	s := &stranger{t: t, port: freePort(), env: env}
	s.argv = append(append([]string{}, command...), "--model", tiny(t, family), "--port", fmt.Sprint(s.port), "--host", "127.0.0.1")
	s.argv = append(s.argv, args...)
	s.start()
	t.Cleanup(s.end)
	s.await()
	return s
}

func (s *stranger) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	cmd, gone := exec.Command(s.argv[0], s.argv[1:]...), make(chan struct{})
	cmd.Env = append(os.Environ(), s.env...)
	if err := cmd.Start(); err != nil {
		s.t.Error(err)
		return
	}
	go func() { _ = cmd.Wait(); close(gone) }()
	s.process, s.gone = cmd.Process, gone
	s.started, _ = process.StartTimeOf(cmd.Process.Pid)
}

// await returns once it is ready.
func (s *stranger) await() {
	s.t.Helper()
	g := &guest{url: s.url()}
	if err := g.await(context.Background(), g.connect(), Limits{Ready: 10 * time.Second, Away: 10 * time.Second}); err != nil {
		s.t.Fatal(err)
	}
}

// supervise starts it again whenever it ends, like an init system.
func (s *stranger) supervise() {
	var watching sync.WaitGroup
	watching.Go(func() {
		for !s.over() {
			<-s.latest()
			s.start()
		}
	})
	s.t.Cleanup(func() { s.end(); watching.Wait() })
}

func (s *stranger) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

func (s *stranger) latest() chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gone
}

func (s *stranger) signal(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.process.Signal(sig)
}

// end ends it, and returns when it is gone.
func (s *stranger) end() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.signal(syscall.SIGKILL)
	<-s.latest()
}

func (s *stranger) url() string { return fmt.Sprintf("http://127.0.0.1:%d", s.port) }

// untouched fails the test if the process is not the one any more that was started, or not alive.
func (s *stranger) untouched() {
	s.t.Helper()
	if !process.Alive(s.process.Pid, s.started) {
		s.t.Error("the server of somebody else is not alive any more")
	}
}

// attached is a lab at that address.
func attached(t testing.TB, url, key string) *Lab {
	t.Helper()
	lab, err := Attach(context.Background(), plan.Target{URL: url}, key, Limits{Ready: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return lab
}

// guestScreen is a screen of somebody else's server, at the context that its slots have.
func guestScreen(t testing.TB, lab *Lab, m matrix) (*Screen, *memory, *ear) {
	t.Helper()
	_, m.ps, _ = lab.Attached()
	m.isolation = "config"
	s, recorded, heard := m.screen(t, lab)
	s.Limits.Away, s.Limits.Busy = time.Second, time.Second
	return s, recorded, heard
}

// at calls f once a prompt of that many tokens has come some way.
func at(heard *ear, tokens int, f func()) (done func() bool) {
	called := false
	heard.on = func(e trial.Event) {
		if p, ok := e.(trial.Progress); ok && !called && p.Total == tokens && p.Processed >= 4000 && p.Processed < tokens {
			called = true
			f()
		}
	}
	return func() bool { return called }
}

// behindPrefix is a reverse proxy that has the server below a path.
func behindPrefix(t testing.TB, to string) string {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	proxy.Transport = &http.Transport{DisableKeepAlives: true} // else a connection that the server has dropped is a 502
	mux := http.NewServeMux()
	mux.Handle("/upstream/tiny/", http.StripPrefix("/upstream/tiny", proxy))
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL + "/upstream/tiny"
}
