package harness

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/provision/provisiontest"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
)

// spread is a real llama-server with peers: "local", or where one is attached.
func spread(t testing.TB, family tinymodel.Family, peers ...string) *Lab {
	t.Helper()
	return survey(t, plan.Target{
		Server: provisiontest.Server(t), Model: tiny(t, family),
		Topology: plan.Topology{Peers: peers, Program: provisiontest.RPCServer(t)},
		Env:      []string{"GGML_NO_BACKTRACE=1"}, // a debugger would hold up the server's end
	})
}

var twoLocal = []string{plan.LocalPeer, plan.LocalPeer}

// TestTwoPeers: each start has peers of its own, which take part in the work and end with it.
func TestTwoPeers(t *testing.T) {
	s, recorded, _ := matrix{np: 2, ps: 8192, tokens: []int{1000, 5000}, starts: 2, warmup: true, serverArgs: append(oneThread, "-ts", "1/1")}.screen(t, spread(t, tinymodel.Llama, twoLocal...))
	s.Canary = true
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	if got := outcomes(recorded.counted()); got != "pass pass pass pass" {
		t.Fatalf("%s: %q", got, recorded.counted()[0].Reason)
	}
	seen := map[string]bool{}
	for _, start := range recorded.starts {
		if !strings.Contains(start.Configuration, "__rpc2__") || len(start.Peers) != 2 {
			t.Fatalf("%s has %d peers", start.Configuration, len(start.Peers))
		}
		var endpoints []string
		for i, p := range start.Peers {
			if p.Name != fmt.Sprint("rpc", i+1) || p.Exit != "signal:SIGTERM" || !p.Requested || p.PID == 0 || seen[p.Endpoint] {
				t.Errorf("%+v", p)
			}
			seen[p.Endpoint] = true
			endpoints = append(endpoints, p.Endpoint)
			if filepath.Ext(p.LogFile) != ".gz" {
				t.Errorf("its log is %s", p.LogFile)
			}
		}
		line := strings.Join(start.Argv[1:], " ")
		if !strings.HasPrefix(line, "--rpc "+strings.Join(endpoints, ",")+" ") || !strings.HasSuffix(line, "-ts 1/1") {
			t.Errorf("%q, peers at %q", line, endpoints)
		}
		for _, name := range []string{"server", "rpc1", "rpc2"} {
			if !slices.ContainsFunc(start.Gauges, func(g trial.Gauge) bool { return g.Device == name && g.MemoryBytes > 0 }) {
				t.Errorf("no memory of %s in %+v", name, start.Gauges)
			}
		}
	}
}

// TestAPeerIsEnded sends signals to one of two real peers in the middle of a prompt. A server does not
// miss a last peer that is stopped until it wants the prompt's result from it, and tells of progress
// until then: such a prompt must be short, and may seem to have come to its end.
func TestAPeerIsEnded(t *testing.T) {
	for _, c := range []struct {
		peer   int // index
		signal syscall.Signal
		want   trial.Outcome
		class  string
		tokens int
		phases string
		long   bool
	}{
		{0, syscall.SIGKILL, trial.Crash, "unknown", 39000, "prompt", true},
		{1, syscall.SIGKILL, trial.Crash, "unknown", 39000, "prompt", false},
		{0, syscall.SIGSEGV, trial.Crash, "crash.segv", 39000, "prompt", false},
		{1, syscall.SIGSEGV, trial.Crash, "crash.segv", 39000, "prompt", true},
		{0, syscall.SIGSTOP, trial.Hang, "hang.decode", 39000, "prompt", true},
		{1, syscall.SIGSTOP, trial.Hang, "hang.decode", 10000, "prompt generation", false},
	} {
		name := fmt.Sprint("rpc", c.peer+1)
		t.Run(fmt.Sprint(name, " ", c.signal), func(t *testing.T) {
			if c.long && !*long {
				t.Skip("only with -long")
			}
			s, recorded, heard := matrix{np: 2, ps: 40000, tokens: []int{c.tokens}, warmup: true, starts: 2, serverArgs: oneThread}.screen(t, spread(t, tinymodel.Llama, twoLocal...))
			s.Limits.Grace = 100 * time.Millisecond
			ctx, enough := context.WithCancel(context.Background())
			defer enough()
			var ready trial.Start
			var sent, told time.Time
			var tree map[int]uint64
			heard.on = func(e trial.Event) {
				switch e := e.(type) {
				case trial.Ready:
					if ready = e.Start; !told.IsZero() {
						enough() // the screen goes on with fresh peers
					}
				case trial.Progress:
					if sent.IsZero() && e.Processed >= 4000 && e.Processed < e.Total {
						sent, tree = time.Now(), family(parentOf(t, ready.Peers[c.peer].PID))
						if c.signal == syscall.SIGSTOP {
							s.bound = stallBound{floor: 500 * time.Millisecond} // whatever it was slow at so far
						}
						_ = syscall.Kill(ready.Peers[c.peer].PID, c.signal)
					}
				case trial.AttemptEnded:
					if !sent.IsZero() && told.IsZero() {
						told = time.Now()
					}
				}
			}
			_ = run(t, ctx, s)
			if sent.IsZero() {
				t.Fatal("the prompt ended before it could be interrupted")
			}
			recorded.lawful(t)
			allGone(t, tree, 2*time.Second)
			a, start := recorded.counted()[0], recorded.starts[0]
			if a.Outcome != c.want || a.Fault == nil || a.Fault.Class != c.class || !strings.Contains(c.phases, a.Fault.Phase) || a.Fault.Position != a.Position() {
				t.Fatalf("%v %q: %+v", a.Outcome, a.Reason, a.Fault)
			}
			if p := a.Position(); p < 4000 || p >= 39000 || p == c.tokens && a.Fault.Phase == "prompt" {
				t.Errorf("position %d", p)
			}
			if !strings.HasPrefix(a.Fault.Component, "rpc-server") || !strings.Contains(a.Reason, name) {
				t.Errorf("component %q, reason %q", a.Fault.Component, a.Reason)
			}
			first, soon := name, time.Second
			if c.want == trial.Hang {
				first, soon = "none", 8*time.Second // the bound, and what looking at it takes
				if portrait := readText(filepath.Join(s.LogDir, a.Files[0])); !strings.Contains(portrait, name+", process "+fmt.Sprint(start.Peers[c.peer].PID)) || !strings.Contains(portrait, "State:\tT (stopped)") {
					t.Errorf("the portrait of the hang:\n%.3000s", portrait)
				}
			} else if !slices.ContainsFunc(a.TimeLine, func(m trial.Moment) bool { return m.Source == name && strings.HasPrefix(m.Text, "ended with") }) {
				t.Errorf("the death is not on the time line %+v", a.TimeLine)
			}
			if a.Fault.FirstDeath != first {
				t.Errorf("first death %s, want %s", a.Fault.FirstDeath, first)
			}
			if t.Logf("from the signal to the recorded verdict: %v: %s", told.Sub(sent), a.Reason); told.Sub(sent) > soon {
				t.Errorf("the verdict took %v", told.Sub(sent))
			}
			if len(recorded.starts) != 2 || recorded.starts[1].Peers[c.peer].PID == 0 || recorded.starts[1].Outcome == trial.LoadFail {
				t.Errorf("the screen did not go on: %d starts", len(recorded.starts))
			}
		})
	}
}

// TestAPeerEndsWhileIdle: it is held against the attempt that it followed, not against the next cell.
func TestAPeerEndsWhileIdle(t *testing.T) {
	s, recorded, heard := matrix{ps: 8192, tokens: []int{1000, 2000}, isolation: "config", serverArgs: oneThread}.screen(t, spread(t, tinymodel.Llama, twoLocal...))
	var ready trial.Start
	heard.on = func(e trial.Event) {
		switch e := e.(type) {
		case trial.Ready:
			ready = e.Start
		case trial.AttemptEnded:
			if e.Attempt.StartN == 1 && e.Attempt.Outcome == trial.Pass {
				_ = syscall.Kill(ready.Peers[1].PID, syscall.SIGKILL)
				for process.Alive(ready.Peers[1].PID, ready.Peers[1].PIDStart) {
				}
			}
		}
	}
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	if got := outcomes(recorded.attempts); got != "crash pass" || len(recorded.starts) != 2 {
		t.Fatalf("%s in %d starts: %q", got, len(recorded.starts), recorded.attempts[0].Reason)
	}
	a := recorded.attempts[0]
	if a.Fault == nil || a.Fault.FirstDeath != "rpc2" || a.Fault.Phase != "idle" || !strings.HasPrefix(a.Reason, "after the last answer, rpc2 ended by itself with signal:SIGKILL") {
		t.Errorf("%q, %+v", a.Reason, a.Fault)
	}
	if p := recorded.starts[0].Peers; p[1].Exit != "signal:SIGKILL" || p[1].Requested || p[0].Exit != "signal:SIGTERM" || !p[0].Requested {
		t.Errorf("%+v", p)
	}
}

// TestPeersThatCannotBeUsed are trouble of the lab, each in a sentence that names the peer.
func TestPeersThatCannotBeUsed(t *testing.T) {
	closed := fakePeer(t, nil)
	for name, c := range map[string]struct {
		endpoint string
		says     string
	}{
		"nobody there":  {closed, "rpc2 at " + closed + " accepts no connection"},
		"another thing": {fakePeer(t, func(c net.Conn) { io.WriteString(c, "SSH-2.0-OpenSSH_9.9\r\n") }), "does not answer as an rpc-server does"},
		"busy":          {fakePeer(t, func(c net.Conn) { io.Copy(io.Discard, c) }), "it serves one client at a time"},
	} {
		t.Run(name, func(t *testing.T) {
			s, recorded, _ := matrix{ps: 8192, tokens: []int{1000}, serverArgs: oneThread}.screen(t, spread(t, tinymodel.Llama, plan.LocalPeer, c.endpoint))
			s.Limits.Peers = time.Second
			if err := run(t, context.Background(), s); err != nil {
				t.Fatal(err)
			}
			recorded.lawful(t)
			a := recorded.attempts[0]
			if a.Outcome != trial.Infra || !strings.Contains(a.Reason, c.says) || !strings.Contains(a.Reason, "rpc2 at "+c.endpoint) || a.Fault != nil {
				t.Errorf("%v: %q, %+v", a.Outcome, a.Reason, a.Fault)
			}
			p := recorded.starts[0].Peers
			if p[0].Exit != "signal:SIGTERM" || p[1].PID != 0 || p[1].Exit != "" || p[1].LogFile != "" {
				t.Errorf("%+v", p)
			}
		})
	}
}

// fakePeer is a listener that does this with each of its clients; nil: there is none at the address.
func fakePeer(t testing.TB, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if handle == nil {
		l.Close()
		return l.Addr().String()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			handle(c)
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}

// somebodys is an rpc-server that no screen started.
func somebodys(t testing.TB) (string, *process.Process) {
	t.Helper()
	endpoint := fakePeer(t, nil)
	_, port, _ := net.SplitHostPort(endpoint)
	foreign, err := process.Start(context.Background(), process.Spec{Argv: []string{provisiontest.RPCServer(t), "-p", port}, Name: "somebody's rpc-server"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { foreign.Stop(context.Background(), 0) })
	for deadline := time.Now().Add(10 * time.Second); ; {
		if c, err := net.Dial("tcp", endpoint); err == nil {
			c.Close()
			return endpoint, foreign
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// TestALinkThatDrops: the peer behind it lives, so nobody is said to have died before the server.
func TestALinkThatDrops(t *testing.T) {
	real, foreign := somebodys(t)
	cut := make(chan struct{})
	endpoint := fakePeer(t, func(c net.Conn) {
		up, err := net.Dial("tcp", real)
		if err != nil {
			return
		}
		over := make(chan struct{}, 2)
		go func() { io.Copy(up, c); over <- struct{}{} }()
		go func() { io.Copy(c, up); over <- struct{}{} }()
		select {
		case <-over:
		case <-cut:
		}
		c.Close()
		up.Close()
		<-over
	})
	s, recorded, heard := matrix{ps: 40000, tokens: []int{39000}, serverArgs: oneThread}.screen(t, spread(t, tinymodel.Llama, endpoint))
	heard.on = func(e trial.Event) {
		if p, ok := e.(trial.Progress); ok && p.Processed >= 4000 && !closed(cut) {
			close(cut)
		}
	}
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	a := recorded.attempts[0]
	if a.Fault == nil || a.Fault.Class != "rpc.remote-crashed" || a.Fault.FirstDeath != "server" || !strings.Contains(a.Reason, "not seen from here: rpc1 at "+endpoint+", which") {
		t.Errorf("%v %q, %+v", a.Outcome, a.Reason, a.Fault)
	}
	if _, ended := foreign.Exit(); ended {
		t.Error("the attached peer was ended")
	}
}

func closed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// TestAnAttachedPeer is used and never touched. When it goes, what the server says of it stays a
// symptom, and the attempt says what could not be seen.
func TestAnAttachedPeer(t *testing.T) {
	endpoint, foreign := somebodys(t)
	s, recorded, heard := matrix{ps: 40000, tokens: []int{1000, 39000}, serverArgs: oneThread}.screen(t, spread(t, tinymodel.Llama, endpoint))
	heard.on = func(e trial.Event) {
		if p, ok := e.(trial.Progress); ok && p.Total == 39000 && p.Processed >= 4000 {
			foreign.Stop(context.Background(), 0)
		}
	}
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	if got := outcomes(recorded.attempts); got != "pass crash" {
		t.Fatalf("%s: %q", got, recorded.attempts[0].Reason)
	}
	a := recorded.attempts[1]
	if a.Fault == nil || a.Fault.Class != "rpc.remote-crashed" || a.Fault.FirstDeath != "rpc1" || !strings.Contains(a.Reason, "not seen from here: rpc1 at "+endpoint+" (it refuses connections now)") {
		t.Errorf("%q, %+v", a.Reason, a.Fault)
	}
	start := recorded.starts[0]
	if p := start.Peers[0]; p.PID != 0 || p.Exit != "" || p.Endpoint != endpoint || !slices.ContainsFunc(start.Unobserved, func(u string) bool { return strings.Contains(u, "rpc1 at "+endpoint+" was started by somebody else") }) {
		t.Errorf("%+v, unobserved %q", start.Peers, start.Unobserved)
	}
}

// TestTheServerIsEndedBesideItsPeers: the peers outlive it, and are not to blame.
func TestTheServerIsEndedBesideItsPeers(t *testing.T) {
	s, recorded, heard := matrix{ps: 40000, tokens: []int{39000}, serverArgs: oneThread}.screen(t, spread(t, tinymodel.Llama, twoLocal...))
	var ready trial.Start
	heard.on = func(e trial.Event) {
		switch e := e.(type) {
		case trial.Ready:
			ready = e.Start
		case trial.Progress:
			if e.Processed >= 4000 {
				_ = syscall.Kill(ready.PID, syscall.SIGSEGV)
			}
		}
	}
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	a := recorded.attempts[0]
	if a.Outcome != trial.Crash || a.Fault == nil || a.Fault.Class != "crash.segv" || a.Fault.FirstDeath != "server" {
		t.Errorf("%v %q: %+v", a.Outcome, a.Reason, a.Fault)
	}
	for _, p := range recorded.starts[0].Peers {
		if p.Exit != "signal:SIGTERM" || !p.Requested {
			t.Errorf("%+v", p)
		}
	}
}

// TestALoadThatHangsBesidePeers: what is known of such loads is said, with all portraits kept.
func TestALoadThatHangsBesidePeers(t *testing.T) {
	for _, args := range [][]string{nil, {"--load-mode", "dio"}} {
		lab := wrapped(t, spread(t, tinymodel.Llama, plan.LocalPeer), `case " $* " in *" --port "*) exec sleep 1000;; esac; exec "$@"`)
		s, recorded, _ := matrix{serverArgs: args}.screen(t, lab)
		s.Limits.Ready = 500 * time.Millisecond
		if err := run(t, context.Background(), s); err != nil {
			t.Fatal(err)
		}
		recorded.lawful(t)
		a := recorded.attempts[0]
		if advised := strings.Contains(a.Reason, "read through the page cache"); a.Outcome != trial.LoadFail || advised != (args == nil) {
			t.Errorf("with %q, %v: %q", args, a.Outcome, a.Reason)
		}
		if portrait := readText(filepath.Join(s.LogDir, a.Files[0])); !strings.Contains(portrait, "rpc1, process") {
			t.Errorf("no peer in the portrait:\n%.2000s", portrait)
		}
	}
}

// TestAPeerEndsWhileLoading: it is named, not the server that missed it.
func TestAPeerEndsWhileLoading(t *testing.T) {
	lab := spread(t, tinymodel.Llama, plan.LocalPeer)
	pid := filepath.Join(t.TempDir(), "pid")
	lab.peerCommand = wrapped(t, &Lab{command: lab.peerCommand}, "echo $$ > "+pid+`; exec "$@"`).command
	lab = wrapped(t, lab, `case " $* " in *" --port "*) kill -SEGV $(cat `+pid+`);; esac; exec "$@"`)
	s, recorded, _ := matrix{serverArgs: oneThread}.screen(t, lab)
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	a := recorded.attempts[0]
	if a.Outcome != trial.LoadFail || a.Fault == nil || a.Fault.FirstDeath != "rpc1" || a.Fault.Class != "crash.segv" || a.Fault.Phase != "load" || !strings.HasPrefix(a.Reason, "rpc1 ended by itself with signal:SIGSEGV, and the server with it") {
		t.Errorf("%v %q: %+v", a.Outcome, a.Reason, a.Fault)
	}
}
