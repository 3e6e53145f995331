package simserver

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// long is a streamed request of 6000 tokens, three batches.
func long() body {
	return body{"prompt": ones('a', 6000), "n_predict": 4, "stream": true, "return_progress": true, "ignore_eos": true}
}

func TestChildDies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, profile string
		signal        syscall.Signal // 0: exits
		code          int
		lastWord      string
		processed     float64 // the last progress that the client saw
		tokens        int     // that the client saw
		complete      bool    // the reply was
	}{
		{"by an assertion at a position", "abort when position>=5000", syscall.SIGABRT, 0, "GGML_ASSERT(", 4096, 0, false},
		{"by an abort with a given last word", `abort("ggml-cuda.cu:90: CUDA error") when tokens>=10`, syscall.SIGABRT, 0, "ggml-cuda.cu:90: CUDA error", 0, 0, false},
		{"by a GPU fault", "gpufault when position>=3000", syscall.SIGABRT, 0, "Memory access fault by GPU node-1", 2048, 0, false},
		{"by SIGSEGV without a word", "segfault when position>=3000", syscall.SIGSEGV, 0, "", 2048, 0, false},
		{"by SIGKILL", "kill when position>=3000", syscall.SIGKILL, 0, "", 2048, 0, false},
		{"with exit code 0 in the middle of a request", "exit(0) when position>=3000", 0, 0, "", 2048, 0, false},
		{"with exit code 3 and a last word", `exit(3, "out of cheese") when position>=3000`, 0, 3, "out of cheese", 2048, 0, false},
		{"before the first token", "abort(phase=decode)", syscall.SIGABRT, 0, "GGML_ASSERT(", 6000, 0, false},
		{"in the middle of the answer", "segfault(phase=decode) when position>=6002", syscall.SIGSEGV, 0, "", 6000, 2, false},
		{"after the reply", "abort(phase=reply)", syscall.SIGABRT, 0, "GGML_ASSERT(", 6000, 4, true},
		{"while idle", "kill(phase=idle)", syscall.SIGKILL, 0, "", 6000, 4, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := launch(t, tt.profile, "-c", "8192", "-np", "1")
			events, err := stream(t, c.base+"/completion", long())
			state := c.wait()
			status := state.Sys().(syscall.WaitStatus)
			if tt.signal != 0 && status.Signal() != tt.signal || tt.signal == 0 && (!status.Exited() || status.ExitStatus() != tt.code) {
				t.Errorf("ended with %v, want signal %v or code %d", state, tt.signal, tt.code)
			}
			if tt.complete != (err == nil) {
				t.Errorf("stream ended with %v, want complete=%v", err, tt.complete)
			}
			processed, tokens, complete := 0.0, 0, false
			for _, e := range events {
				if p, ok := e["prompt_progress"].(map[string]any); ok {
					processed = p["processed"].(float64)
				} else if e["stop"] == true {
					complete = true
				} else {
					tokens++
				}
			}
			if processed != tt.processed || tokens != tt.tokens || complete != tt.complete {
				t.Errorf("saw progress %v, %d tokens, complete %v; want %v, %d, %v", processed, tokens, complete, tt.processed, tt.tokens, tt.complete)
			}
			all := strings.TrimSpace(c.stderr.String())
			last := all[strings.LastIndex(all, "\n")+1:]
			if !strings.Contains(last, tt.lastWord) {
				t.Errorf("last line %q, want %q in it", last, tt.lastWord)
			}
			if strings.Contains(all, "goroutine ") {
				t.Errorf("stderr shows Go's own crash:\n%s", all)
			}
		})
	}
}

func TestChildThatDiesLeavesAnUnstreamedRequestWithEOF(t *testing.T) {
	t.Parallel()
	c := launch(t, "abort when position>=10", "-c", "1024", "-np", "1")
	_, err := client.Post(c.base+"/completion", "application/json", strings.NewReader(`{"prompt":"`+strings.Repeat("q", 50)+`"}`))
	if !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want EOF", err)
	}
}

func TestChildStartupFailures(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	garbage, truncated, empty := write("garbage.gguf", "#!/bin/sh"), write("cut.gguf", "GGUF\x03\x00\x00\x00\x01"), write("empty.gguf", "")
	model := write("model.gguf", "GGUF")
	for _, tt := range []struct {
		name, profile, want string
		args                []string
	}{
		{"an unknown flag", "", "error: invalid argument: --bogus-flag", []string{"-m", model, "--bogus-flag"}},
		{"a flag of older builds", "", "error: invalid argument: -dio", []string{"-m", model, "-dio"}},
		{"a flag of newer builds", "old", "error: invalid argument: --load-mode", []string{"-m", model, "--load-mode", "dio"}},
		{"a value that is no number", "", `error while handling argument "-c": stoi`, []string{"-m", model, "-c", "banana"}},
		{"a missing value", "", `error while handling argument "-c": expected value for argument`, []string{"-m", model, "-c"}},
		{"no slots", "", `error while handling argument "-np"`, []string{"-m", model, "-np", "0"}},
		{"too many slots", "", "n_seq_max must be <= 256", []string{"-m", model, "-np", "300"}},
		{"a bad cache type", "", "Unsupported cache type: bogus", []string{"-m", model, "-ctk", "bogus"}},
		{"a model that does not exist", "", "failed to open GGUF file 'nofile.gguf' (No such file or directory)", []string{"-m", "nofile.gguf"}},
		{"a model that is something else", "", "invalid magic characters: '#!/b', expected 'GGUF'", []string{"-m", garbage}},
		{"a model that breaks off", "", "failed to read header", []string{"-m", truncated}},
		{"an empty model", "", "failed to read magic", []string{"-m", empty}},
		{"a cache that does not fit", "kvmax(70k)", "failed to allocate buffer for kv cache", []string{"-m", model, "-c", "80000", "-np", "1"}},
		{"an unknown profile", "explode", `no behaviour is called "explode"`, []string{"-m", model}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := start(t, tt.profile, nil, append(tt.args, "--port", "0")[:len(tt.args)+2*map[bool]int{true: 1}[!strings.HasPrefix(tt.name, "a missing")]]...)
			if state := c.wait(); state.ExitCode() != 1 {
				t.Errorf("ended with %v, want exit status 1", state)
			}
			if !strings.Contains(c.stderr.String(), tt.want) {
				t.Errorf("stderr lacks %q:\n%s", tt.want, c.stderr)
			}
		})
	}
}

func TestChildRefusesATakenPort(t *testing.T) {
	t.Parallel()
	a := launch(t, "good")
	port := a.base[strings.LastIndex(a.base, ":")+1:]
	b := start(t, "good", nil, "-m", modelPath(t), "--port", port)
	if state := b.wait(); state.ExitCode() != 1 || !strings.Contains(b.stderr.String(), "couldn't bind HTTP server socket, hostname: 127.0.0.1, port: "+port) {
		t.Errorf("ended with %v:\n%s", state, b.stderr)
	}
}

func TestChildSaysWhatItIs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		flag, profile, want, absent string
	}{
		{"--version", "", "version: 0.7.0-sim (build 11669, commit sim)", ""},
		{"--version", "old", "version: 0.7.0-sim (build 8146, commit sim)", ""},
		{"--list-devices", "", "Available devices:", ""},
		{"--help", "", "--load-mode MODE", "-dio"},
		{"--help", "old", "-dio", "--load-mode"},
	} {
		cmd := command(t, []string{EnvProfile + "=" + tt.profile}, tt.flag)
		out, err := cmd.Output()
		if err != nil || !strings.Contains(string(out), tt.want) || tt.absent != "" && strings.Contains(string(out), tt.absent) {
			t.Errorf("%s of %q: %v, want %q and not %q in\n%s", tt.flag, tt.profile, err, tt.want, tt.absent, out)
		}
	}
}

func TestChildEndsWhenAsked(t *testing.T) {
	t.Parallel()
	c := launch(t, "good")
	if status, _ := get(t, c.base+"/health"); status != http.StatusOK {
		t.Fatal(status)
	}
	began := time.Now()
	c.cmd.Process.Signal(syscall.SIGTERM)
	if state := c.wait(); state.ExitCode() != 0 {
		t.Errorf("ended with %v, want exit status 0", state)
	}
	if d := time.Since(began); d > 2*time.Second {
		t.Errorf("took %s", d)
	}
}

func TestChildWaitsForItsClientWhenAsked(t *testing.T) {
	t.Parallel()
	c := launch(t, "hang(phase=decode)", "-c", "8192", "-np", "1")
	resp, err := client.Post(c.base+"/completion", "application/json", strings.NewReader(string(asJSON(t, long()))))
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := get(t, c.base+"/health"); status != http.StatusOK {
		t.Error("/health must not know of a hang:", status)
	}
	c.cmd.Process.Signal(syscall.SIGTERM)
	c.stderr.after(t, "cleaning up before exit")
	select {
	case <-c.exited:
		t.Fatalf("ended with %v although it hangs", c.cmd.ProcessState)
	default:
	}
	resp.Body.Close()
	c.cmd.Process.Signal(syscall.SIGTERM)
	if state := c.wait(); state.ExitCode() != 1 || !strings.Contains(c.stderr.String(), "Received second interrupt") {
		t.Errorf("ended with %v:\n%s", state, c.stderr)
	}
}

func TestChildEndsOnceItsClientHasGone(t *testing.T) {
	t.Parallel()
	c := launch(t, "delay(10ms)", "-c", "65536", "-np", "1")
	resp, err := client.Post(c.base+"/completion", "application/json",
		strings.NewReader(`{"prompt":"x","n_predict":-1,"ignore_eos":true,"stream":true}`))
	if err != nil {
		t.Fatal(err)
	}
	c.cmd.Process.Signal(syscall.SIGTERM)
	c.stderr.after(t, "cleaning up before exit")
	if _, err := client.Get(c.base + "/health"); err == nil {
		t.Error("the listener is still open")
	}
	resp.Body.Close()
	if state := c.wait(); state.ExitCode() != 0 {
		t.Errorf("ended with %v, want exit status 0", state)
	}
}

func TestLastWordsAreNotInTheLogFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "server.log")
	c := launch(t, "abort", "--log-file", path)
	if resp, err := client.Post(c.base+"/completion", "application/json", strings.NewReader(`{"prompt":"x"}`)); err == nil {
		resp.Body.Close()
	}
	c.wait()
	log, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(log), "model loaded") || strings.Contains(string(log), "GGML_ASSERT") {
		t.Errorf("%v\n%s", err, log)
	}
	if !strings.Contains(c.stderr.String(), "GGML_ASSERT") {
		t.Errorf("stderr:\n%s", c.stderr)
	}
}

func TestChildIgnoresTheTerminateSignal(t *testing.T) {
	t.Parallel()
	c := launch(t, "ignoreterm")
	c.cmd.Process.Signal(syscall.SIGTERM)
	c.cmd.Process.Signal(syscall.SIGINT)
	for range 3 { // it still serves
		if status, _ := get(t, c.base+"/health"); status != http.StatusOK {
			t.Fatal(status)
		}
	}
	c.cmd.Process.Kill()
	if status := c.wait().Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
		t.Errorf("ended with %v", status)
	}
}

func TestChildDiesOfTheSignalWhileLoading(t *testing.T) {
	t.Parallel()
	c := start(t, "say(loading now, phase=load); loadhang", nil, "-m", modelPath(t), "--port", "0")
	c.stderr.after(t, "loading now")
	c.cmd.Process.Signal(syscall.SIGTERM)
	if status := c.wait().Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGTERM {
		t.Errorf("ended with %v, want SIGTERM", status)
	}
}

func TestChildAbortsWhileLoading(t *testing.T) {
	t.Parallel()
	c := start(t, `loadabort("GGML_ASSERT(buffer) failed")`, nil, "-m", modelPath(t), "--port", "0")
	if status := c.wait().Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGABRT {
		t.Errorf("ended with %v, want SIGABRT", status)
	}
	if !strings.HasSuffix(c.stderr.String(), "ggml-backend.cpp:345: GGML_ASSERT(buffer) failed\n") {
		t.Errorf("stderr:\n%s", c.stderr)
	}
}

func TestGrandchildHoldsThePipe(t *testing.T) {
	t.Parallel()
	c := launch(t, "grandchild(30s)")
	var pid int
	if _, err := fmt.Sscan(c.stderr.after(t, "left process "), &pid); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
	c.cmd.Process.Kill()
	c.wait()
	if !strings.Contains(fmt.Sprint(c.err), "WaitDelay") && !strings.Contains(fmt.Sprint(c.err), "killed") {
		t.Errorf("Wait says %v", c.err)
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Errorf("the grandchild is gone: %v", err)
	}
}

func TestKernelLinesArriveAfterDeath(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kmsg")
	c := start(t, `kernel("amdgpu: [gfxhub] page fault", 300ms); segfault`, []string{EnvKernelLog + "=" + path}, "-m", modelPath(t), "--port", "0")
	base := c.stderr.after(t, "listening on ")
	if _, err := client.Post(base+"/completion", "application/json", strings.NewReader(`{"prompt":"x"}`)); err == nil {
		t.Error("the reply is complete")
	}
	c.wait()
	if _, err := os.Stat(path); err == nil {
		t.Error("the line was there before the server was dead")
	}
	for end := time.Now().Add(deadline); ; {
		text, _ := os.ReadFile(path)
		if string(text) == "amdgpu: [gfxhub] page fault\n" {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the kernel log has %q", text)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestStartsAreCounted(t *testing.T) {
	t.Parallel()
	counter := filepath.Join(t.TempDir(), "starts")
	var bad []int
	for n := 1; n <= 6; n++ {
		c := start(t, "loadabort when start%3=0", []string{EnvStart + "=" + counter}, "-m", modelPath(t), "-np", "300", "--port", "0")
		if c.wait().ExitCode() != 1 { // a good start gets as far as -np 300
			bad = append(bad, n)
		}
	}
	if fmt.Sprint(bad) != "[3 6]" {
		t.Errorf("bad starts: %v, want [3 6]", bad)
	}
}

func TestRouterModeWithoutAModel(t *testing.T) {
	t.Parallel()
	c := start(t, "good", nil, "--port", "0")
	base := c.stderr.after(t, "listening on ")
	if status, _ := get(t, base+"/health"); status != http.StatusOK {
		t.Error("health:", status)
	}
	if status, _ := post(t, base+"/completion", body{"prompt": "x"}); status != http.StatusBadRequest {
		t.Error("completion:", status)
	}
}
