package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ctxcliff/harness/tinymodel"
)

// program is ctxcliff as a process: this test binary, which TestMain turns into the command by its
// name.
func program(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "ctxcliff")
	if err := os.Symlink(self, link); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	c := exec.Command(link, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "HOME="+dir, "XDG_CACHE_HOME="+filepath.Join(dir, ".cache"), "LANG=C.UTF-8")
	return c
}

func workDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := tinymodel.WriteFile(filepath.Join(dir, "m.gguf"), tinymodel.Options{Family: tinymodel.Gemma3, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	c := program(t, workDir(t), "screen", "--server", "sim", "--model", "m.gguf", "--port", port)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Run(); c.ProcessState.ExitCode() != exitTrouble {
		t.Errorf("%v, want exit code %d", err, exitTrouble)
	}
	for _, want := range []string{"port " + port, "pid " + strconv.Itoa(os.Getpid()), "--port"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("no %q in: %s", want, stderr.String())
		}
	}
	if strings.Count(stderr.String(), "\n") != 1 || stdout.Len() > 0 {
		t.Errorf("want one sentence, got %q and %q", stderr.String(), stdout.String())
	}
}

// TestInterrupt sends SIGINT in the middle of a prompt: what was measured is shown and stored, the
// exit code is 130, and no process is left.
func TestInterrupt(t *testing.T) {
	dir := workDir(t)
	c := program(t, dir, "screen", "--server", "sim:delay(300ms) when tokens>=3000", "--model", "m.gguf",
		"--np", "1", "--ps", "64k", "--tokens", "1k,60k", "--shape", "opt,natural")
	var stdout bytes.Buffer
	c.Stdout = &stdout
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	said := untilSaid(t, stderr, "[2/4] np1_ps64k natural 1000: attempt 2") // the next cell takes nine seconds
	tree := waitForServer(t, c.Process.Pid)
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(stderr)
	c.Wait()
	if got := c.ProcessState.ExitCode(); got != exitInterrupted {
		t.Errorf("exit code %d, want %d; it said:\n%s%s", got, exitInterrupted, said, rest)
	}
	if !strings.Contains(stdout.String(), "✓ 1/1") || !strings.Contains(string(rest), "full report") {
		t.Errorf("what was measured is not shown:\n%s\n%s", stdout.String(), rest)
	}
	allGone(t, tree)
	list := program(t, dir, "report", "--list")
	if out, err := list.Output(); err != nil || !strings.Contains(string(out), "interrupted") {
		t.Errorf("report --list: %v\n%s", err, out)
	}
}

// TestKill sends SIGKILL in the middle of a prompt: everything that was started dies with it, and the
// next run says what became of the killed one.
func TestKill(t *testing.T) {
	dir := workDir(t)
	args := []string{"screen", "--server", "sim:delay(300ms) when tokens>=3000", "--model", "m.gguf",
		"--np", "1", "--ps", "64k", "--tokens", "1k,60k", "--shape", "opt,natural"}
	c := program(t, dir, args...)
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	untilSaid(t, stderr, "[2/4] np1_ps64k natural 1000: attempt 2")
	awaitStart(t, dir, 3) // the second server may not have ended yet
	tree := waitForServer(t, c.Process.Pid)
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	allGone(t, tree)
	next := program(t, dir, "screen", "--server", "sim", "--model", "m.gguf", "--np", "1", "--ps", "4k", "--tokens", "1k", "--shape", "opt")
	out, err := next.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "was left unfinished: ctxcliff was killed in m__sim__single__np1_ps64k__opt__60k") {
		t.Errorf("the next run: %v\n%s", err, out)
	}
}

// awaitStart waits for the log of that start, which is made at its launch, when its attempt stands in the database.
func awaitStart(t *testing.T, dir string, n int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if logs, _ := filepath.Glob(filepath.Join(dir, "ctxcliff.d", "*", fmt.Sprintf("start-%04d.*", n))); len(logs) > 0 {
			return
		}
	}
	t.Fatalf("start %d was never made", n)
}

// untilSaid reads what the program says up to and including a line with the text.
func untilSaid(t *testing.T, r io.Reader, text string) string {
	t.Helper()
	var said strings.Builder
	b := make([]byte, 1)
	for !strings.Contains(said.String(), text) || b[0] != '\n' {
		if _, err := r.Read(b); err != nil {
			t.Fatalf("it ended without saying %q:\n%s", text, said.String())
		}
		said.Write(b)
	}
	return said.String()
}

type processID struct {
	pid   int
	start string // field 22 of /proc/PID/stat
}

// waitForServer returns everything below pid once a simulated server is among it.
func waitForServer(t *testing.T, pid int) []processID {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		tree := below(pid)
		for _, p := range tree {
			if line, _ := os.ReadFile("/proc/" + strconv.Itoa(p.pid) + "/cmdline"); bytes.Contains(line, []byte("__simserver")) {
				return append(tree, below(pid)...)
			}
		}
	}
	t.Fatal("no server was started")
	return nil
}

func below(pid int) []processID {
	parents := map[int][]processID{}
	entries, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range entries {
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		child, _ := strconv.Atoi(strings.Split(path, "/")[2])
		_, rest, _ := strings.Cut(string(data), ") ")
		f := strings.Fields(rest)
		parent, _ := strconv.Atoi(f[1])
		parents[parent] = append(parents[parent], processID{child, f[19]})
	}
	var all []processID
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		for _, p := range parents[queue[0]] {
			all, queue = append(all, p), append(queue, p.pid)
		}
	}
	return all
}

func allGone(t *testing.T, tree []processID) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; {
		var left []processID
		for _, p := range tree {
			data, err := os.ReadFile("/proc/" + strconv.Itoa(p.pid) + "/stat")
			if _, rest, _ := strings.Cut(string(data), ") "); err == nil && strings.Fields(rest)[19] == p.start && rest[0] != 'Z' {
				left = append(left, p)
			}
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still alive: %v", left)
		}
	}
}
