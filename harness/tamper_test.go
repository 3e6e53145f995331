package harness

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// tamperCommand makes the test binary stand between us and a real server: it passes everything on, and
// kills the server in the middle of a prompt by a rule that nobody else knows. It takes the rule, a file
// that counts the starts, and the server with its arguments.
const tamperCommand = "__tamper"

// tamper is a hidden threshold of a real server.
type tamper struct {
	position     int    // dies in the batch that computes this prompt token
	shape        string // few: only prompts of few distinct tokens; spans: of a repeated and of a varied stretch
	period       int    // only prompts that repeat themselves after so many tokens or fewer, and not at once
	prefix       int    // only while another slot works on a prompt that begins with the same so many tokens
	busy         int    // only with so many requests at work
	tenths       int    // only in so many of ten starts; 0 in all
	cold, cached bool   // only prompts that took nothing, or something, from the cache

	start  int
	active atomic.Int32
	mu     sync.Mutex
	heads  map[string]int // of the prompts at work
	kill   func()
}

func parseTamper(rule string) *tamper {
	r := &tamper{}
	for word := range strings.SplitSeq(rule, ",") {
		name, value, _ := strings.Cut(word, "=")
		n, _ := strconv.Atoi(value)
		switch name {
		case "position":
			r.position = n
		case "shape":
			r.shape = value
		case "period":
			r.period = n
		case "prefix":
			r.prefix = n
		case "busy":
			r.busy = n
		case "tenths":
			r.tenths = n
		case "cold":
			r.cold = true
		case "cached":
			r.cached = true
		}
	}
	return r
}

// playTampered is the whole program.
func playTampered(rule, counter string, argv []string) int {
	at := slices.Index(argv, "--port")
	server := exec.Command(argv[0], argv[1:]...)
	server.Stdout, server.Stderr = os.Stdout, os.Stderr
	if at < 0 { // a question to the binary
		return exitOf(server.Run())
	}
	inner := freePort()
	server.Args[at+1] = strconv.Itoa(inner)
	r := parseTamper(rule)
	r.start = count(counter)
	if err := server.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	r.kill = sync.OnceFunc(func() { _ = server.Process.Signal(syscall.SIGSEGV) })
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	go func() {
		for s := range term {
			_ = server.Process.Signal(s)
		}
	}()
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(inner))})
	proxy.FlushInterval = -1
	proxy.Transport = &http.Transport{DisableKeepAlives: true}
	proxy.ErrorLog = nil
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"error":{"message":"Loading model","type":"unavailable_error","code":503}}`)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", argv[at+1]))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go func() { _ = http.Serve(listener, r.around(proxy)) }()
	return exitOf(server.Wait())
}

func exitOf(err error) int {
	var exit *exec.ExitError
	switch e, ok := err.(*exec.ExitError); {
	case err == nil:
		return 0
	case ok:
		exit = e
	default:
		return 1
	}
	if status := exit.Sys().(syscall.WaitStatus); status.Signaled() {
		return 128 + int(status.Signal())
	}
	return exit.ExitCode()
}

func freePort() int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// count adds one to the number in a file, and returns it.
func count(file string) int {
	old, _ := os.ReadFile(file)
	n, _ := strconv.Atoi(string(old))
	_ = os.WriteFile(file, []byte(strconv.Itoa(n+1)), 0o600)
	return n + 1
}

// around watches the prompts on their way in and their progress on the way out.
func (r *tamper) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path != "/completion" {
			next.ServeHTTP(w, q)
			return
		}
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return
		}
		q.Body = io.NopCloser(bytes.NewReader(body))
		var sent struct {
			Prompt []int32 `json:"prompt"`
		}
		_ = json.Unmarshal(body, &sent)
		r.active.Add(1)
		defer r.active.Add(-1)
		defer r.enter(sent.Prompt)()
		next.ServeHTTP(&watched{ResponseWriter: w, rule: r, ids: sent.Prompt}, q)
	})
}

// few reports whether all but the head of a prompt has few distinct tokens.
func few(ids []int32) bool {
	distinct := map[int32]bool{}
	for _, id := range ids[min(len(ids), 64):] {
		distinct[id] = true
	}
	return len(distinct) < 40
}

// spans reports whether a prompt has a stretch of one token again and again, and one of many.
func spans(ids []int32) bool {
	const stretch = 256
	same, varied := false, false
	for at := 64; at+stretch <= len(ids); at += stretch / 2 {
		distinct := map[int32]bool{}
		for _, id := range ids[at : at+stretch] {
			distinct[id] = true
		}
		same, varied = same || len(distinct) <= 4, varied || len(distinct) > 64
	}
	return same && varied
}

// periodic reports whether all but the head of a prompt repeats itself after some tokens, as many at most, and
// more than a word has.
func periodic(ids []int32, most int) bool {
	body := ids[min(len(ids), 64):]
	for p := 1; p <= most && p < len(body)/2; p++ {
		if slices.Equal(body[p:], body[:len(body)-p]) {
			return p > 4
		}
	}
	return false
}

// head is what two prompts must have in common.
func (r *tamper) head(ids []int32) string { return fmt.Sprint(ids[:min(len(ids), r.prefix)]) }

// enter notes that a prompt is at work, until the returned function is called.
func (r *tamper) enter(ids []int32) (leave func()) {
	if r.prefix == 0 {
		return func() {}
	}
	head := r.head(ids)
	count := func(by int) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.heads == nil {
			r.heads = map[string]int{}
		}
		r.heads[head] += by
	}
	count(1)
	return func() { count(-1) }
}

// shared reports whether two prompts at work begin as this one does.
func (r *tamper) shared(ids []int32) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(ids) >= r.prefix && r.heads[r.head(ids)] > 1
}

// watched is a stream that is read along.
type watched struct {
	http.ResponseWriter
	rule *tamper
	ids  []int32
}

func (w *watched) Write(b []byte) (int, error) {
	n, err := w.ResponseWriter.Write(b)
	for line := range bytes.Lines(b) {
		var e struct {
			Progress *struct{ Total, Cache, Processed int } `json:"prompt_progress"`
		}
		data, ok := bytes.CutPrefix(line, []byte("data: "))
		if ok && json.Unmarshal(data, &e) == nil && e.Progress != nil && w.rule.strikes(e.Progress.Total, e.Progress.Cache, e.Progress.Processed, w.ids) {
			w.Flush()
			w.rule.kill()
		}
	}
	return n, err
}

func (w *watched) Flush() { w.ResponseWriter.(http.Flusher).Flush() }

// strikes reports whether the coming batch is the one that kills.
func (r *tamper) strikes(total, cache, processed int, ids []int32) bool {
	next := min(processed+batch, total)
	switch {
	case next < r.position, processed >= total, r.busy > int(r.active.Load()):
		return false
	case r.shape == "few" && !few(ids), r.shape == "spans" && !spans(ids), r.period > 0 && !periodic(ids, r.period), r.prefix > 0 && !r.shared(ids):
		return false
	case r.tenths > 0 && mix(1, uint64(r.start))%10 >= uint64(r.tenths):
		return false
	case r.cold && cache > 0, r.cached && cache == 0:
		return false
	}
	return true
}
