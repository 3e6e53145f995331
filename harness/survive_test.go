package harness

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/provision/provisiontest"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
	"ctxcliff/shapes"
)

// playScreen is a ctxcliff with one endless cell: it says when a prompt is being worked off. An
// interruption ends it as it ends ctxcliff.
func playScreen(args []string) int {
	server, model, dir, tokens := args[0], args[1], args[2], 0
	fmt.Sscan(args[3], &tokens)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	target := plan.Target{Server: server, Model: model, Args: args[4:]}
	if target.Topology.Program = os.Getenv(peersEnv); target.Topology.Program != "" {
		target.Topology.Peers = twoLocal
	}
	lab, err := Survey(ctx, target)
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	opt, err := shapes.ParseList("opt")
	if err != nil {
		return 1
	}
	p, err := plan.Matrix{Targets: []plan.Target{lab.Target}, NP: []int{2}, PerSlot: []int{tokens + 1000}, Shapes: opt, Tokens: []int{tokens}, Reply: 4}.Plan()
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	limits, said := DefaultLimits, false
	limits.Grace = 500 * time.Millisecond
	s := &Screen{
		Plan: p, Rig: Rig{
			Labs: Labs{lab}, LogDir: dir, Recorder: &memory{}, Limits: limits,
			Settings: trial.Settings{Starts: 1, Attempts: 1, Isolation: "cell", Reply: 4},
			Listener: &ear{on: func(e trial.Event) {
				if _, ok := e.(trial.Progress); ok && !said {
					said = true
					fmt.Println("working")
				}
			}},
		},
	}
	if err := s.Run(ctx); errors.Is(err, context.Canceled) {
		fmt.Println("interrupted")
		return 130
	}
	fmt.Println("done")
	return 0
}

func TestNothingSurvives(t *testing.T) {
	for _, subject := range []struct {
		name  string
		start func(t *testing.T) (argv []string, processes int) // how many are below it at least
		peers func(t testing.TB) string                         // rpc-server to spread over; nil none
	}{
		{"the simulated server", func(t *testing.T) ([]string, int) {
			return []string{"sim:delay(200ms); ignoreterm; grandchild(60s, escape)", tiny(t, tinymodel.Gemma3), t.TempDir(), "60000"}, 2
		}, nil},
		{"a real server with two peers", func(t *testing.T) ([]string, int) {
			return []string{provisiontest.Server(t), tiny(t, tinymodel.Llama), t.TempDir(), "60000", "-t", "1"}, 6
		}, provisiontest.RPCServer},
		{"a real server behind a wrapper", func(t *testing.T) ([]string, int) {
			real := provisiontest.Server(t)
			path := t.TempDir() + "/wrapper"
			if err := os.WriteFile(path, []byte("#!/bin/sh\n'"+real+"' \"$@\"\nexit $?\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			return []string{path, tiny(t, tinymodel.Llama), t.TempDir(), "60000", "-t", "1"}, 3
		}, nil},
	} {
		for _, end := range []struct {
			signal syscall.Signal
			code   int
		}{{syscall.SIGKILL, -1}, {syscall.SIGINT, 130}} {
			t.Run(subject.name+" after "+end.signal.String(), func(t *testing.T) {
				argv, least := subject.start(t)
				self, err := os.Executable()
				if err != nil {
					t.Fatal(err)
				}
				c := exec.Command(self, argv...)
				c.Env = append(os.Environ(), roleEnv+"=1")
				if subject.peers != nil {
					c.Env = append(c.Env, peersEnv+"="+subject.peers(t))
				}
				out, err := c.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				lines := bufio.NewScanner(out)
				if !lines.Scan() || lines.Text() != "working" {
					_ = c.Process.Kill()
					t.Fatalf("it said %q", lines.Text())
				}
				tree := family(c.Process.Pid)
				if len(tree) < least {
					t.Errorf("only %d processes below it", len(tree))
				}
				if err := c.Process.Signal(end.signal); err != nil {
					t.Fatal(err)
				}
				if end.signal == syscall.SIGINT { // it ends the server with all due patience
					for lines.Scan() {
					}
				}
				_ = c.Wait()
				if code := c.ProcessState.ExitCode(); code != end.code {
					t.Errorf("exit code %d, want %d", code, end.code)
				}
				allGone(t, tree, 2*time.Second)
			})
		}
	}
}

// family is everything below a process: pids with their start times.
func family(pid int) map[int]uint64 {
	tree := map[int]uint64{}
	for _, p := range process.Descendants(pid) {
		if start, err := process.StartTimeOf(p); err == nil {
			tree[p] = start
		}
	}
	return tree
}

func allGone(t testing.TB, tree map[int]uint64, limit time.Duration) {
	t.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(time.Millisecond) {
		for pid, start := range tree {
			if !process.Alive(pid, start) {
				delete(tree, pid)
			}
		}
		if len(tree) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still alive after %v: %v", limit, tree)
		}
	}
}
