package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// floodBytes is what is written in a flood: 5 GB with -long.
func floodBytes() int64 {
	if *long {
		return 5 << 30
	}
	return 32 << 20
}

// fewMegabytes is what ctxcliff may take while gigabytes pass through it, in MiB.
const fewMegabytes = 160

// peakOf follows the most memory that a started process has had, in MiB. What wait(2) says of it will not do: a child
// begins with the peak of its parent, which is all the tests.
func peakOf(c *exec.Cmd) (peak func() int64) {
	status := fmt.Sprintf("/proc/%d/status", c.Process.Pid)
	var most int64
	var wg sync.WaitGroup
	wg.Go(func() {
		for range time.Tick(5 * time.Millisecond) {
			text, err := os.ReadFile(status)
			if err != nil {
				return // it was waited for
			}
			if _, rest, found := strings.Cut(string(text), "VmHWM:"); found {
				var kib int64
				_, _ = fmt.Sscanf(rest, "%d kB", &kib)
				most = max(most, kib>>10)
			}
		}
	})
	return func() int64 {
		wg.Wait()
		return most
	}
}

// TestFloodedLog: a server that writes without end, lines or one line, is tested like any other, its log has its limit,
// and ctxcliff stays small.
func TestFloodedLog(t *testing.T) {
	for kind, flood := range map[string]string{
		"lines":    "yes '0.00.1 I srv  update_slots: all slots are idle, and GGML_ASSERT(this) is only a word, failed not'",
		"one line": "cat /dev/zero",
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dir := workDir(t)
			self := program(t, dir)
			server := filepath.Join(dir, "llama-server")
			script := fmt.Sprintf("#!/bin/sh\ncase \"$*\" in *--port*) %s | head -c %d >&2 ;; esac\nCTXCLIFF_SIM_PROFILE= exec %s __simserver \"$@\"\n", flood, floodBytes(), self.Path)
			if err := os.WriteFile(server, []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
			c := program(t, dir, "screen", "--server", "./llama-server", "--model", "m.gguf", "--np", "1", "--ps", "2k", "--tokens", "1k", "--shape", "opt", "--attempts", "1")
			began := time.Now()
			var out bytes.Buffer
			c.Stdout, c.Stderr = &out, &out
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			peak := peakOf(c)
			if err := c.Wait(); err != nil || !strings.Contains(out.String(), "DONE 1 cell, 0 failures") {
				t.Errorf("%v\n%s", err, out.String())
			}
			var kept int64
			logs, _ := filepath.Glob(filepath.Join(dir, "ctxcliff.d", "*", "start-*.log*"))
			for _, path := range logs {
				if info, err := os.Stat(path); err == nil {
					kept += info.Size()
				}
			}
			if peak() == 0 || peak() > fewMegabytes || kept == 0 || kept > 80<<20 {
				t.Errorf("%d MiB of memory, %d bytes of %d logs", peak(), kept, len(logs))
			}
			t.Logf("%d MiB of memory, %d bytes of logs, after %s", peak(), kept, time.Since(began))
			nobodyIn(t, dir)
		})
	}
}

// TestClassifyAnEndlessLog, of a pipe: what is classified passes through, of whichever kind it is said to be, and nothing
// of it is held but what matters.
func TestClassifyAnEndlessLog(t *testing.T) {
	line := []byte("0.00.1 I srv  update_slots: all slots are idle\n")
	units := map[string][]byte{"lines": bytes.Repeat(line, 2000), "one line": bytes.Repeat([]byte{'x'}, 64<<10)}
	for _, args := range [][]string{{}, {"--stderr", "-"}, {"--kernel", "-"}, {"--http", "-"}} {
		for name, unit := range units {
			if !*long && (len(args) == 0 || args[0] != "--http") {
				continue // TestClassify200MB has those
			}
			c := program(t, t.TempDir(), append([]string{"classify", "-o", "json"}, args...)...)
			in, err := c.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			c.Stdout, c.Stderr = &out, &out
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			peak := peakOf(c)
			for n := int64(0); n < floodBytes(); n += int64(len(unit)) {
				if _, err := in.Write(unit); err != nil {
					t.Fatalf("%s, %v: %v\n%s", name, args, err, out.String())
				}
			}
			_, _ = io.WriteString(in, "\n/src/x.cpp:1: GGML_ASSERT(n > 0) failed\n")
			in.Close()
			_ = c.Wait()
			found := c.ProcessState.ExitCode() == exitFailures && strings.Contains(out.String(), "crash.assert")
			if !found && (len(args) == 0 || args[0] == "--stderr") || peak() == 0 || peak() > fewMegabytes {
				t.Errorf("%s, %v: exit code %d, %d MiB of memory: %.300s", name, args, c.ProcessState.ExitCode(), peak(), out.String())
			}
		}
	}
}
