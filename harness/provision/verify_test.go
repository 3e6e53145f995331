package provision

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestVerifySaysInOneSentenceWhyAFileIsNotTheProgram(t *testing.T) {
	dir := t.TempDir()
	script := func(name, body string) string {
		return write(t, filepath.Join(dir, name), "#!/bin/sh\n"+body+"\n", 0o755)
	}
	version := `echo "version: 0.7.0 (build 11669, commit Debian)"`
	for _, c := range []struct{ name, path, want string }{
		{"a file that is not there", filepath.Join(dir, "nope"), "does not exist"},
		{"a folder", dir, "is a folder"},
		{"a device", os.DevNull, "is not a regular file"},
		{"an empty file", write(t, filepath.Join(dir, "empty"), "", 0o755), "is an empty file"},
		{"a text file", write(t, filepath.Join(dir, "notes.txt"), "llama-server is nice\n", 0o644), "is a text file, not a program"},
		{"a text file marked executable", write(t, filepath.Join(dir, "marked"), "llama-server is nice\n", 0o755), "is a text file, not a program"},
		{"a model", write(t, filepath.Join(dir, "x.gguf"), "GGUF\x03\x00\x00\x00", 0o644), "is a data file, not a program"},
		{"junk marked executable", write(t, filepath.Join(dir, "junk"), "\x00\x01\x02", 0o755), "is not a program that this machine can run"},
		{"a script without the bit", write(t, filepath.Join(dir, "plain.sh"), "#!/bin/sh\n", 0o644), "is not executable; chmod +x"},
		{"a script whose interpreter is missing", write(t, filepath.Join(dir, "odd"), "#!/no/such/shell\n", 0o755), "the loader or interpreter that it names"},
		{"another program", script("hello", "echo hello world"), `it printed "hello world"`},
		{"a silent program", script("silent", "exit 3"), "it printed nothing (exit status 3)"},
		{"a missing library", script("nolib", "echo 'x: error while loading shared libraries: libfoo.so.1: cannot open' >&2; exit 127"), "the shared library libfoo.so.1 is missing"},
		{"a program that dies", script("dies", "kill -SEGV $$"), "was killed by a signal"},
		{"llama.cpp's other programs", script("llama-cli", version), "not its server"},
	} {
		_, err := Verify(t.Context(), c.path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want …%s…", c.name, err, c.want)
		}
	}
}

func TestAProgramForAnotherProcessorIsNamed(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "llama-server")
	path := filepath.Join(dir, "llama-server")
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	program[18], program[19] = 22, 0 // e_machine: IBM S/390
	if err := os.WriteFile(path, program, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(t.Context(), path); err == nil || !strings.Contains(err.Error(), "is built for another processor (s390)") {
		t.Errorf("got %v", err)
	}
}

func TestVerifyReadsAServerAndItsWrapper(t *testing.T) {
	dir := t.TempDir()
	const version = `echo noise; echo "version: 8038 (f20469d91)" >&2`
	for _, c := range []struct{ name, body string }{
		{"llama-server", version},
		{"wrapper.sh", `if [ "$1" = --version ]; then ` + version + `; else echo "--ctx-size N"; echo "--port PORT"; fi`},
	} {
		path := write(t, filepath.Join(dir, c.name), "#!/bin/sh\n"+c.body+"\n", 0o755)
		found, err := Verify(t.Context(), path)
		want := Found{Path: path, Version: "8038", Build: 8038, Commit: "f20469d91", Source: SourceFlag, Raw: "noise\nversion: 8038 (f20469d91)"}
		if err != nil || found != want {
			t.Errorf("%s: got %+v, %v", c.name, found, err)
		}
	}
}

func TestVerifyRPCTellsTheWorkerFromTheServer(t *testing.T) {
	usage := "echo '  -H, --host HOST'; echo '  -p, --port PORT'"
	worker := write(t, filepath.Join(t.TempDir(), "w"), "#!/bin/sh\n"+usage+"\n", 0o755)
	if _, err := VerifyRPC(t.Context(), worker); err != nil {
		t.Error(err)
	}
	server := write(t, filepath.Join(t.TempDir(), "s"), "#!/bin/sh\n"+usage+"; echo '-c, --ctx-size N'\n", 0o755)
	if _, err := VerifyRPC(t.Context(), server); err == nil {
		t.Error("a llama-server passed for an rpc-server")
	}
}

func TestAProgramThatNeverAnswersIsKilledWithItsChildren(t *testing.T) {
	dir := t.TempDir()
	pidFile := filepath.Join(dir, "pid")
	path := write(t, filepath.Join(dir, "llama-server"), "#!/bin/sh\nsleep 1000 & echo $! > "+pidFile+"\nwait\n", 0o755)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { // ends the run as soon as the child is there
		for pidIn(pidFile) == 0 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	_, err := Verify(ctx, path)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	pid := pidIn(pidFile)
	for deadline := time.Now().Add(10 * time.Second); alive(pid); {
		if time.Now().After(deadline) {
			t.Fatalf("child %d is still alive", pid)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestEndlessOutputIsBounded(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "llama-server"), "#!/bin/sh\nhead -c 20000000 /dev/zero\n", 0o755)
	out, err := run(t.Context(), command{name: path})
	if err != nil || len(out.stdout) != maxOutput {
		t.Errorf("kept %d bytes, %v", len(out.stdout), err)
	}
}

func pidIn(file string) int {
	text, _ := os.ReadFile(file)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid
}

// alive is false for zombies too: the machine's init may be slow to reap them.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || !strings.Contains(string(stat), ") Z ")
}
