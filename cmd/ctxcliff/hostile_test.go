package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// slowScreen is a screen of one cell whose prompt takes several seconds.
func slowScreen(server string) []string {
	return []string{"screen", "--server", server, "--model", "m.gguf", "--np", "1", "--ps", "64k", "--tokens", "60k", "--shape", "opt", "--attempts", "1", "--no-warmup", "--no-canary"}
}

// began starts the program and waits until its server runs.
func began(t *testing.T, c *exec.Cmd) (stderr *bytes.Buffer, tree []processID) {
	t.Helper()
	stderr = &bytes.Buffer{}
	if c.Stderr == nil {
		c.Stderr = stderr
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		tree = below(c.Process.Pid)
		for _, p := range tree { // one that serves, and is not just asked for its version
			if line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.pid)); bytes.Contains(line, []byte("--port")) {
				return stderr, below(c.Process.Pid)
			}
		}
	}
	t.Fatal("no server was started")
	return nil, nil
}

// awaitReady waits until the server among these processes has loaded.
func awaitReady(t *testing.T, tree []processID) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		for _, p := range tree {
			line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.pid))
			words := strings.Split(string(line), "\x00")
			at := slices.Index(words, "--port") + 1
			if at == 0 || at == len(words) {
				continue
			}
			if r, err := http.Get("http://127.0.0.1:" + words[at] + "/health"); err == nil {
				r.Body.Close()
				if r.StatusCode == http.StatusOK {
					return
				}
			}
		}
	}
	t.Fatal("no server got ready")
}

// TestSecondInterrupt: with a server that does not want to end, a further Ctrl-C ends ctxcliff at once; the
// guards end the server, and the screen can be taken up.
func TestSecondInterrupt(t *testing.T) {
	dir := workDir(t)
	c := program(t, dir, slowScreen("sim:ignoreterm when start=1; delay(100ms) when start=1")...)
	_, tree := began(t, c)
	awaitReady(t, tree) // before that it ignores nothing yet
	pressed := time.Now()
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for waiting := true; waiting; { // as people do
		_ = c.Process.Signal(syscall.SIGINT)
		select {
		case <-ended:
			waiting = false
		case <-time.After(50 * time.Millisecond):
		}
	}
	if took := time.Since(pressed); c.ProcessState.ExitCode() >= 0 || took > 5*time.Second { // the server would have ten
		t.Errorf("%v after %v", c.ProcessState, took)
	}
	allGone(t, tree)
	nobodyIn(t, dir)
	if out, err := program(t, dir, "screen", "--resume").CombinedOutput(); err != nil || !strings.Contains(string(out), "✓ 1/1") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestTerminalGone: a hangup ends the run like Ctrl-C does; a standard error that nobody reads any more ends
// nothing, and neither does a standard output, before all is stored and written.
func TestTerminalGone(t *testing.T) {
	dir := workDir(t)
	c := program(t, dir, slowScreen("sim:delay(100ms) when start=1")...)
	_, tree := began(t, c)
	if err := c.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	allGone(t, tree)
	if out, err := program(t, dir, "report", "--list").Output(); err != nil || !strings.Contains(string(out), "interrupted") {
		t.Errorf("%v %s", err, out)
	}
	for _, gone := range []string{"stderr", "stdout"} {
		c := program(t, dir, "screen", "--resume", "--db", "ctxcliff.db")
		if gone == "stdout" {
			c = program(t, dir, slowScreen("sim")...)
		}
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		if gone == "stderr" {
			c.Stderr = w
		} else {
			c.Stdout = w
		}
		c.Run()
		w.Close()
		want := map[string]int{"stderr": exitClean, "stdout": exitPipe}[gone]
		if code := c.ProcessState.ExitCode(); code != want {
			t.Errorf("%s: exit code %d, want %d", gone, code, want)
		}
		out, err := program(t, dir, "report", "--list").Output()
		first, _, _ := strings.Cut(string(out), "\n")
		id := strings.Fields(first)[0]
		if _, missing := os.Stat(filepath.Join(dir, "ctxcliff.d", id, "report.html")); err != nil || missing != nil || !strings.Contains(first, "finished") {
			t.Errorf("%s: %v %v %s", gone, err, missing, first)
		}
	}
}

// TestSuspended stops ctxcliff, as Ctrl-Z does, or everything, as a frozen container or a saved virtual machine does, for
// longer than a server may be silent: that is no hang.
func TestSuspended(t *testing.T) {
	for _, all := range []bool{false, true} {
		dir := workDir(t)
		c := program(t, dir, append(slowScreen("sim:delay(20ms)"), "--stall", "400ms", "--tokens", "10k")...)
		said, tree := began(t, c)
		awaitReady(t, tree)
		stopped := []int{c.Process.Pid}
		if all {
			for _, p := range tree {
				stopped = append(stopped, p.pid)
			}
		}
		signal := func(s syscall.Signal) {
			for _, pid := range stopped {
				if err := syscall.Kill(pid, s); err != nil {
					t.Fatal(err)
				}
			}
		}
		signal(syscall.SIGSTOP)
		<-time.After(1200 * time.Millisecond) // what is tested is time that passes
		signal(syscall.SIGCONT)
		if err := c.Wait(); err != nil {
			t.Errorf("everything %v: %v\n%s", all, err, said)
		}
		allGone(t, tree)
	}
}

// TestFewOpenFiles: whatever the limit, the run is made, or the sentence says what to do and nothing is left.
func TestFewOpenFiles(t *testing.T) {
	for _, limit := range []int{9, 13, 17, 22, 28} {
		dir := workDir(t)
		self := program(t, dir, "screen", "--server", "sim", "--model", "m.gguf", "--np", "1", "--ps", "2k", "--tokens", "1k", "--shape", "opt", "--attempts", "1")
		c := exec.Command("sh", "-c", fmt.Sprintf(`ulimit -n %d; exec "$@"`, limit), "sh")
		c.Args, c.Dir, c.Env = append(c.Args, self.Args...), dir, self.Env
		var stderr bytes.Buffer
		c.Stderr = &stderr
		err := c.Run()
		if err == nil {
			continue
		}
		if code := c.ProcessState.ExitCode(); code != exitTrouble || !strings.Contains(stderr.String(), "too many") || strings.Contains(stderr.String(), "goroutine ") {
			t.Errorf("%d files: exit code %d: %s", limit, code, stderr.String())
		}
		nobodyIn(t, dir)
	}
}

// TestFullDisk screens on a file system with no room for it: it ends with the sentence, what was stored is
// there, and with more room the screen is taken up to its end.
func TestFullDisk(t *testing.T) {
	dir := workDir(t)
	at := filepath.Join(dir, "small")
	if err := os.Mkdir(at, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("none", at, "tmpfs", 0, "size=1100k"); err != nil {
		without(t, "a small file system takes the right to mount one: %v", err)
	}
	defer syscall.Unmount(at, syscall.MNT_DETACH)
	self := program(t, dir)
	run := func(args ...string) (string, int) {
		c := exec.Command(self.Path, args...)
		c.Dir, c.Env = at, self.Env
		out, _ := c.CombinedOutput()
		return string(out), c.ProcessState.ExitCode()
	}
	out, code := run("screen", "--server", "sim", "--model", "../m.gguf", "--np", "1,2", "--ps", "2k", "--tokens", "100,200,300,400,500,600", "--shape", "opt", "--starts", "2")
	if code != exitTrouble || !strings.Contains(out, "no space is left") || !strings.Contains(out, "free some space") {
		t.Fatalf("exit code %d:\n%s", code, out)
	}
	nobodyIn(t, at)
	if out, code := run("store", "check"); code != exitClean {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if err := syscall.Mount("none", at, "tmpfs", syscall.MS_REMOUNT, "size=20m"); err != nil {
		t.Fatal(err)
	}
	if out, code := run("screen", "--resume"); code != exitClean || !strings.Contains(out, "DONE 12 cells, 0 failures") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

// TestOneDeviceTwoOwners: who comes second is told who was first; apart from that they do not disturb each
// other, and store owners shows them.
func TestOneDeviceTwoOwners(t *testing.T) {
	dir := workDir(t)
	self := program(t, dir)
	server := filepath.Join(dir, "llama-server") // not simulated, as far as ctxcliff knows
	script := fmt.Sprintf("#!/bin/sh\nCTXCLIFF_SIM_PROFILE='delay(100ms)' exec %s __simserver \"$@\"\n", self.Path)
	if err := os.WriteFile(server, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	first := program(t, dir, append(slowScreen("./llama-server"), "--db", "first.db", "--env", "HIP_VISIBLE_DEVICES=0")...)
	_, _ = began(t, first)
	defer func() {
		first.Process.Signal(syscall.SIGINT)
		first.Wait()
		nobodyIn(t, dir)
	}()
	pid := fmt.Sprint("pid ", first.Process.Pid)
	for _, devices := range []string{"", "HIP_VISIBLE_DEVICES=1,0"} {
		second := program(t, dir, append(slowScreen("./llama-server"), "--db", "second.db", "--env", devices)...)
		if devices == "" {
			second.Args = second.Args[:len(second.Args)-2]
		}
		if out, _ := second.CombinedOutput(); second.ProcessState.ExitCode() != exitTrouble || !strings.Contains(string(out), pid) || strings.Count(string(out), "\n") != 1 {
			t.Errorf("%q: exit code %d: %s", devices, second.ProcessState.ExitCode(), out)
		}
	}
	if out, err := program(t, dir, "store", "owners", "--db", "first.db").Output(); err != nil || strings.Count(string(out), pid) != 2 || !strings.Contains(string(out), "HIP_VISIBLE_DEVICES=0: pid") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := program(t, dir, "report", "--list", "--db", "first.db").Output(); err != nil || !strings.Contains(string(out), "("+pid+" works on it)") {
		t.Errorf("%v\n%s", err, out)
	}
	apart := program(t, dir, "screen", "--server", "./llama-server", "--model", "m.gguf", "--np", "1", "--ps", "2k", "--tokens", "100", "--shape", "opt", "--attempts", "1", "--env", "HIP_VISIBLE_DEVICES=1", "--db", "first.db")
	if out, err := apart.CombinedOutput(); err != nil {
		t.Errorf("on another device: %v\n%s", err, out)
	}
}
