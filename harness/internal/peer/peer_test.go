package peer

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/provision/provisiontest"
)

func TestMain(m *testing.M) {
	process.Guard()
	flag.Parse()
	code := m.Run()
	if left := process.Descendants(os.Getpid()); len(left) > 0 {
		fmt.Fprintln(os.Stderr, "processes left behind after all tests:", left)
		code = 1
	}
	os.Exit(code)
}

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// script writes an executable shell script; $4 is the port that it is told.
func script(t testing.TB, text string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rpc-server")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return []string{path}
}

func TestARealPeer(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	heard := make(chan string, 1000)
	p, err := Start(within(t), Spec{
		Name: "rpc1", Command: []string{provisiontest.RPCServer(t)}, LogFile: log, Ready: time.Minute,
		Tap: func(l process.Line) { heard <- l.Text },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop(context.Background(), 0)
	if p.Name() != "rpc1" || !slices.Contains(p.Argv(), "-p") || Dial(within(t), p.Endpoint(), time.Second) != nil {
		t.Errorf("%s at %s: %q", p.Name(), p.Endpoint(), p.Argv())
	}
	if exit := p.Stop(context.Background(), 10*time.Second); exit.String() != "signal:SIGTERM" || !exit.Requested {
		t.Errorf("it ended with %s, asked %v", exit, exit.Requested)
	}
	text, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(text), "Starting RPC server") || len(heard) == 0 {
		t.Errorf("%v, %d lines heard, log:\n%s", err, len(heard), text)
	}
	if err := Dial(within(t), p.Endpoint(), time.Second); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("after its end: %v", err)
	}
}

// TestNotReady: what never serves is told apart, in one sentence, and nothing of it stays.
func TestNotReady(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	real := provisiontest.RPCServer(t)
	for name, c := range map[string]struct {
		command []string
		want    string
		hung    bool
	}{
		"it ends at once":         {script(t, "echo starting; exit 3"), "rpc1 ended with code:3 before it accepted a connection: starting", false},
		"it dies":                 {script(t, "kill -SEGV $$"), "rpc1 ended with signal:SIGSEGV before it accepted a connection: it printed nothing", false},
		"it cannot bind":          {script(t, "exec "+real+" -H 127.0.0.1 -p "+fmt.Sprint(taken.Addr().(*net.TCPAddr).Port)), "rpc1 ended with code:0 before it accepted a connection: Failed to create server socket", false},
		"it knows no such flag":   {script(t, "exec "+real+" --no-such-flag"), "printed its usage", false},
		"it never listens":        {script(t, "sleep 1000"), "rpc1 accepted no connection within 300ms", true},
		"it goes to background":   {script(t, "(sleep 1000) & exit 0"), "rpc1 ended with code:0", false},
		"it is another's address": {script(t, real+" -H 127.0.0.1 -p $(($4+0)) >/dev/null & kill -STOP $$; sleep 1000"), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Start(within(t), Spec{Name: "rpc1", Command: c.command, Ready: 300 * time.Millisecond})
			if c.want == "" { // the one that listens is below ours, so it is ours
				if err != nil {
					t.Fatal(err)
				}
				p.Stop(context.Background(), 0)
				return
			}
			var not *NotReadyError
			if !errors.As(err, &not) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%v, want %q", err, c.want)
			}
			if (not.Hung > 0) != c.hung || c.hung && !strings.Contains(not.Portrait, "State:") || not.PID == 0 || not.Argv == nil {
				t.Errorf("%+v", not)
			}
			if left := process.Descendants(os.Getpid()); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestStartThatCannotBe(t *testing.T) {
	var not *process.StartError
	if _, err := Start(within(t), Spec{Name: "rpc2", Command: []string{"/no/such/rpc-server"}}); !errors.As(err, &not) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := Start(ctx, Spec{Name: "rpc2", Command: script(t, "sleep 1000")}); !errors.Is(err, context.Canceled) {
		t.Errorf("an interruption: %v", err)
	}
}
