package main

import (
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"ctxcliff/harness/fartest"
	"ctxcliff/harness/provision/provisiontest"
	"ctxcliff/harness/tinymodel"
)

// TestAnotherHost: a screen whose model is spread over this host and another. The run is stored with the
// peer as it was named, and the command that runs a cell again names it so. Interrupted and killed in the
// middle of a prompt, it leaves nothing running on either side.
func TestAnotherHost(t *testing.T) {
	h := fartest.Loopback(t)
	dir := workDir(t)
	if err := tinymodel.WriteFile(filepath.Join(dir, "l.gguf"), tinymodel.Options{Family: tinymodel.Llama, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	rpc := provisiontest.RPCServer(t)
	peer := h.URL("program=" + rpc)
	screen := func(db, tokens string) []string {
		return []string{"screen", "--server", provisiontest.Server(t), "--rpc-server", rpc, "--rpc", "local", "--rpc", peer, "--server-arg", "-t", "--server-arg", "1",
			"--model", "l.gguf", "--np", "1", "--ps", "60k", "--tokens", tokens, "--shape", "opt", "--attempts", "1", "--isolation", "config", "--no-canary", "--db", db}
	}
	if out, err := program(t, dir, screen("whole.db", "1k")...).CombinedOutput(); err != nil || !strings.Contains(string(out), "✓ 1/1") {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := program(t, dir, "report", "--db", "whole.db", "-o", "json", "--no-redact").Output()
	var stored struct {
		Run struct {
			Target struct{ Peers []string }
		}
	}
	if err != nil || json.Unmarshal(out, &stored) != nil || !slices.Equal(stored.Run.Target.Peers, []string{"local", peer}) {
		t.Errorf("%v: %q", err, stored.Run.Target.Peers)
	}
	if out, err = program(t, dir, "report", "--db", "whole.db", "-o", "json").Output(); err != nil || strings.Contains(string(out), h.Name) {
		t.Errorf("%v: the host is named in\n%s", err, out)
	}
	for name, end := range map[string]struct {
		signal syscall.Signal
		code   int
	}{"interrupted": {syscall.SIGINT, exitInterrupted}, "killed": {syscall.SIGKILL, -1}} {
		t.Run(name, func(t *testing.T) {
			c := program(t, dir, screen(name+".db", "1k,59k")...)
			stderr, err := c.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			untilSaid(t, stderr, "opt 1000: attempt 1")
			tree := append(below(c.Process.Pid), below(h.SSHD.PID())...)
			if len(tree) < 9 {
				t.Errorf("only %d processes on both sides", len(tree))
			}
			if err := c.Process.Signal(end.signal); err != nil {
				t.Fatal(err)
			}
			rest, _ := io.ReadAll(stderr)
			_ = c.Wait()
			if code := c.ProcessState.ExitCode(); code != end.code {
				t.Errorf("exit code %d: %s", code, rest)
			}
			allGone(t, tree)
		})
	}
}
