package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"

	"ctxcliff/harness/faults"
)

// classified is the stable document; all keys must be there.
type classified struct {
	Class, Category, Title, Signature, Component, Phase *string
	Excerpt                                             *[]string
}

// classify runs the command within this process.
func classify(t *testing.T, stdin io.Reader, args ...string) (out string, code int) {
	t.Helper()
	stdout, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	term := newTerminal(stdout, os.Stderr)
	app := newApp(term)
	app.Reader = stdin
	code = term.exit(app.Run(t.Context(), append([]string{"ctxcliff", "classify"}, args...)))
	text, err := os.ReadFile(stdout.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text), code
}

func decode(t *testing.T, out string) classified {
	t.Helper()
	var c classified
	if err := json.Unmarshal([]byte(out), &c); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if c.Class == nil || c.Category == nil || c.Title == nil || c.Signature == nil || c.Component == nil || c.Phase == nil || c.Excerpt == nil {
		t.Fatalf("a key is missing in %s", out)
	}
	return c
}

// logRow is one labelled log of the corpus of harness/faults.
type logRow struct {
	ID, Stream, Label, Needs string
	Lines                    []string
	Exit                     *struct {
		Signal string
		Code   *int64
	}
}

func corpusRows(t *testing.T) (rows []logRow) {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "harness", "faults", "testdata", "corpus.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	in := bufio.NewScanner(file)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var r logRow
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if r.Needs == "" {
			rows = append(rows, r)
		}
	}
	if err := in.Err(); err != nil || len(rows) < 100 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	return rows
}

// library is what harness/faults says of a row.
func (r logRow) library(flag, exit, signal string) faults.Fault {
	e := faults.Evidence{Position: -1}
	p := faults.Process{Name: "server", Exit: exit, Signal: signal}
	switch flag {
	case "--kernel":
		e.Kernel = []faults.KernelLog{{Lines: r.Lines}}
	case "--http":
		e.HTTP = r.Lines
	case "--rpc-stderr":
		p.Name, p.Log = "rpc1", r.Lines
	default:
		p.Log = r.Lines
	}
	e.Processes = []faults.Process{p}
	return faults.Classify(e)
}

// TestClassifyAgreesWithTheLibrary: what lies in files is judged as what lies in memory, for every log
// of the corpus, as the stream that it is of and as pasted text.
func TestClassifyAgreesWithTheLibrary(t *testing.T) {
	flags := map[string]string{"kernel": "--kernel", "http": "--http", "rpc-stderr": "--rpc-stderr"}
	file := filepath.Join(t.TempDir(), "a,b.log")
	right := 0
	rows := corpusRows(t)
	for _, r := range rows {
		if err := os.WriteFile(file, []byte(strings.Join(r.Lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		flag, exit, signal := flags[r.Stream], "", ""
		if flag == "" {
			flag = "--stderr"
		}
		args := []string{"-o", "json", flag, file}
		if r.Exit != nil && r.Exit.Signal != "" {
			exit, signal = "signal:"+r.Exit.Signal, r.Exit.Signal
		} else if r.Exit != nil && r.Exit.Code != nil {
			exit = fmt.Sprintf("code:%d", *r.Exit.Code)
		}
		if exit != "" {
			args = append(args, "--exit", exit)
		}
		want := r.library(flag, exit, signal)
		out, code := classify(t, nil, args...)
		got := decode(t, out)
		if *got.Class != want.Class || *got.Signature != want.Signature || *got.Title != want.Title {
			t.Errorf("%s: %s, %s, want %s, %s", r.ID, *got.Class, *got.Signature, want.Class, want.Signature)
		}
		if want.Bad() != (code == exitFailures) || !want.Bad() != (code == exitClean) {
			t.Errorf("%s: exit code %d for %s", r.ID, code, *got.Class)
		}
		if *got.Class == r.Label {
			right++
		}
		want = faults.Classify(faults.Evidence{Position: -1, Text: r.Lines, Processes: []faults.Process{{Name: "server"}}})
		out, _ = classify(t, strings.NewReader(strings.Join(r.Lines, "\n")), "-o", "json")
		if got := decode(t, out); *got.Class != want.Class || *got.Signature != want.Signature {
			t.Errorf("%s, pasted: %s, want %s", r.ID, *got.Class, want.Class)
		}
	}
	if right < len(rows)*97/100 {
		t.Errorf("%d of %d labels", right, len(rows))
	}
}

func TestParseExit(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "running": "running", "Running": "running",
		"signal:SIGABRT": "signal:SIGABRT", "signal:6": "signal:SIGABRT", "signal:abrt": "signal:SIGABRT", "SIGABRT": "signal:SIGABRT", "segv": "signal:SIGSEGV",
		"-6": "signal:SIGABRT", "sig:9": "signal:SIGKILL",
		"code:1": "code:1", "134": "code:134", "code:0xC0000005": "code:0xC0000005", "exit:0": "code:0", "status:127": "code:127", "code:-1": "code:-1",
	} {
		got, signal, err := parseExit(text)
		if err != nil || got != want || strings.HasPrefix(got, "signal:") != (signal != "") {
			t.Errorf("%q is %q, %q, %v, want %q", text, got, signal, err, want)
		}
	}
	for _, text := range []string{"melted", "signal:", "signal:SIGFOO", "signal:0", "signal:99", "code:", "code:x", "code:99999999999", ":", "SIG", "-99", "signal:-6:7"} {
		if got, _, err := parseExit(text); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q is taken for %q, %v", text, got, err)
		}
	}
}

// Whatever a log holds, a terminal is not steered by it.
func TestClassifyShowsHostileTextAsText(t *testing.T) {
	log := "\x1b]0;owned\x07\x1b[2J0.00.1 E \x1b[31msrv\x1b[0m\n/src/x.cpp:1: GGML_ASSERT(\x1b[5mx\u202E) failed\x9b31m\r\n\x00tail \xff\n"
	out, code := classify(t, strings.NewReader(log))
	if code != exitFailures || !strings.Contains(out, "crash.assert") {
		t.Fatalf("%d: %q", code, out)
	}
	for _, r := range out {
		if r != '\n' && (r < ' ' || r >= 0x7f && r <= 0x9f || r == '\u202E') {
			t.Fatalf("%q in %q", r, out)
		}
	}
}

func TestClassifyReadsCompressedLogs(t *testing.T) {
	dir := t.TempDir()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprintln(z, "/src/llama-context.cpp:1234: GGML_ASSERT(n_tokens <= n_batch) failed")
	z.Flush()
	whole := filepath.Join(dir, "whole") // whatever its name
	cut := filepath.Join(dir, "cut.gz")
	if err := os.WriteFile(cut, packed.Bytes(), 0o600); err != nil { // as a crash leaves it: not closed
		t.Fatal(err)
	}
	z.Close()
	if err := os.WriteFile(whole, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{whole}, {"--stderr", whole}, {"--rpc-stderr", whole}, {"--stderr", cut}} {
		if out, code := classify(t, nil, args...); code != exitFailures || !strings.HasPrefix(out, "crash.assert\n") {
			t.Errorf("%q: %d, %s", args, code, out)
		}
	}
	if out, code := classify(t, &packed); code != exitFailures || !strings.HasPrefix(out, "crash.assert\n") {
		t.Errorf("from standard input: %d, %s", code, out)
	}
	if err := os.WriteFile(cut, []byte("\x1f\x8bnot at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := classify(t, nil, cut); code != exitUsage || out != "" {
		t.Errorf("no gzip: %d, %s", code, out)
	}
}

// TestClassifyReadsWhatPowerShellWrote: `llama-server 2> log` writes UTF-16 there.
func TestClassifyReadsWhatPowerShellWrote(t *testing.T) {
	log := "llama-server.exe : ggml_vulkan: Found 1 Vulkan devices: \u00e9 \U0001f972\r\nD:\\a\\src\\llama-context.cpp:1234: GGML_ASSERT(n_tokens <= n_batch) failed\r\n"
	for name, encoded := range map[string]encoding.Encoding{
		"little endian":                  unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
		"big endian":                     unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
		"little endian, nothing says so": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
		"big endian, nothing says so":    unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
		"UTF-8 with a mark":              unicode.UTF8BOM,
		"UTF-8":                          unicode.UTF8,
	} {
		text, err := encoded.NewEncoder().String(log)
		if err != nil {
			t.Fatal(err)
		}
		out, code := classify(t, strings.NewReader(text), "-o", "json")
		c := decode(t, out)
		if want := "crash.assert|llama-server|GGML_ASSERT(n_tokens <= n_batch) in llama-context.cpp"; code != exitFailures || *c.Signature != want || !strings.Contains((*c.Excerpt)[0], "GGML_ASSERT") {
			t.Errorf("%s: %d, %s", name, code, out)
		}
	}
}

func TestBodies(t *testing.T) {
	for text, want := range map[string][]string{
		"":                               nil,
		"one\n\ntwo\n":                   {"one", "two"},
		"{\n \"a\": 1\n}\n{\"b\":2}":     {`{"a":1}`, `{"b":2}`},
		"{\"a\": 1}\nconnection reset\n": {`{"a": 1}`, "connection reset"},
		"HTTP/1.1 500 Internal Server Error\r\nServer: x\r\n\r\n{\r\n\"a\":1}":  {"HTTP/1.1 500 Internal Server Error", `{"a":1}`},
		"HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\nX: y\n\ndata: {\"a\":1}\n\n": {"HTTP/1.1 100 Continue", "HTTP/1.1 200 OK", `data: {"a":1}`},
	} {
		if got := bodies(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// big is a healthy log of n bytes with one line put in the middle. It is made while it is read.
func big(n int, line string) io.Reader {
	block := strings.Repeat("0.12.640.754 I slot print_timing: id  0 | task 17 | prompt processing, n_tokens =  2048, progress = 0.98, t = 4.30 s / 476.28 tokens per second\n"+
		"0.12.640.755 I srv  update_slots: all slots are idle\n", 3000)
	var parts []io.Reader
	for i := range n / len(block) {
		if i == n/len(block)/2 {
			parts = append(parts, strings.NewReader(line+"\n"))
		}
		parts = append(parts, strings.NewReader(block))
	}
	return io.MultiReader(parts...)
}

// Logs that are too large to be kept are judged as small ones.
func TestClassifyLargeLogs(t *testing.T) {
	const page = "[ 4778.900423] amdgpu 0000:c5:00.0: amdgpu: [gfxhub] page fault (src_id:0 ring:24 vmid:8 pasid:32770)"
	for name, c := range map[string]struct{ flag, line string }{
		"kernel lines":            {"--kernel", page},
		"a journal of all":        {"", page},
		"a pasted log":            {"", "/src/x.cpp:1: GGML_ASSERT(x) failed"},
		"the server's":            {"--stderr", "/src/x.cpp:1: GGML_ASSERT(x) failed"},
		"nothing in the kernel":   {"--kernel", "harmless"},
		"nothing in a pasted one": {"", "harmless"},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"-o", "json"}
			if c.flag != "" {
				args = append(args, c.flag, "-")
			}
			small, _ := classify(t, strings.NewReader(c.line+"\n"), args...)
			want := decode(t, small)
			out, _ := classify(t, big(3*atOnce, c.line), args...)
			if got := decode(t, out); *got.Class != *want.Class || *got.Signature != *want.Signature {
				t.Errorf("%s, %s; of a small log %s, %s", *got.Class, *got.Signature, *want.Class, *want.Signature)
			}
		})
	}
}

// TestClassify200MB holds the promise of 200 MB within 64 MB of memory. The time depends on what else
// the machine does and is only logged.
func TestClassify200MB(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 200 MB twice")
	}
	for _, args := range [][]string{{"classify", "--stderr", "-"}, {"classify"}} {
		c := program(t, t.TempDir(), args...)
		var out bytes.Buffer
		c.Stdout = &out
		stdin, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := io.Copy(stdin, big(200<<20, "/src/x.cpp:1: GGML_ASSERT(x) failed")); err != nil {
			t.Error(err)
		}
		peak, known := peakMemory(c.Process.Pid) // all but the pipe's last bytes has been read
		stdin.Close()
		c.Wait()
		t.Logf("%q: %.2f s, %d MB", args, time.Since(began).Seconds(), peak>>20)
		if c.ProcessState.ExitCode() != exitFailures || !strings.HasPrefix(out.String(), "crash.assert\n") {
			t.Errorf("%q: %v: %s", args, c.ProcessState, out.String())
		}
		if known && peak > 64<<20 {
			t.Errorf("%q took %d MB", args, peak>>20)
		}
	}
}

// peakMemory is the most memory that a process has had resident so far, in bytes; proc(5), VmHWM. What
// wait(2) tells instead includes that of the process that started it.
func peakMemory(pid int) (bytes int64, known bool) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(status)) {
		if n, err := fmt.Sscanf(line, "VmHWM: %d kB", &bytes); n == 1 && err == nil {
			return bytes << 10, true
		}
	}
	return 0, false
}
