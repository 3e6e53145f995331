package harness

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ctxcliff/harness/fartest"
	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/provision/provisiontest"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
)

// on is a peer on that host.
func on(t testing.TB, h *fartest.Host, more ...string) string {
	return h.URL(append(more, "program="+provisiontest.RPCServer(t))...)
}

// far is a screen whose links are given up soon.
func (m matrix) far(t testing.TB, lab *Lab) (*Screen, *memory, *ear) {
	s, recorded, heard := m.screen(t, lab)
	s.Limits.Link = 2 * time.Second
	s.Limits.Grace = 300 * time.Millisecond
	return s, recorded, heard
}

// TestPeersOnAnotherHost: two of them there and one here take part in the work, restarted with each
// server, and end with it. The link lasts.
func TestPeersOnAnotherHost(t *testing.T) {
	h := fartest.Loopback(t)
	fixed := fakePeer(t, nil)
	s, recorded, _ := matrix{np: 2, ps: 8192, tokens: []int{1000, 2000}, warmup: true, serverArgs: append(oneThread, "-ts", "1/1/1")}.far(t, spread(t, tinymodel.Llama, on(t, h), plan.LocalPeer, on(t, h, "listen="+fixed)))
	s.Canary = true
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	if got := outcomes(recorded.counted()); got != "pass pass" {
		t.Fatalf("%s: %q", got, recorded.attempts[0].Reason)
	}
	seen := map[string]bool{}
	for _, start := range recorded.starts {
		if !strings.Contains(start.Configuration, "__rpc3__") || len(start.Peers) != 3 {
			t.Fatalf("%s: %+v", start.Configuration, start.Peers)
		}
		for i, p := range start.Peers {
			if p.Name != fmt.Sprint("rpc", i+1) || p.Exit != "signal:SIGTERM" || !p.Requested || p.PID == 0 || seen[p.Endpoint] != (p.Endpoint == fixed && start.N > 1) || (p.Endpoint == fixed) != (i == 2) || (p.PIDStart == 0) != (i != 1) {
				t.Errorf("%+v", p)
			}
			seen[p.Endpoint] = true
			if log := unpacked(t, filepath.Join(s.LogDir, p.LogFile)); !strings.Contains(log, "Starting RPC server") {
				t.Errorf("the log of %s: %q", p.Name, log)
			}
		}
		for _, name := range []string{"server", "rpc1", "rpc2", "rpc3"} {
			if !slices.ContainsFunc(start.Gauges, func(g trial.Gauge) bool { return g.Device == name && g.MemoryBytes > 0 }) {
				t.Errorf("no memory of %s in %+v", name, start.Gauges)
			}
		}
	}
	if len(s.outposts) != 1 {
		t.Errorf("%d links to one host", len(s.outposts))
	}
	allGone(t, h.Family(), 2*time.Second)
}

// TestHosts is all that needs hosts with addresses of their own.
func TestHosts(t *testing.T) {
	fartest.Apart(t, 2, func(t *testing.T, hosts []*fartest.Host) {
		t.Run("ended", func(t *testing.T) { peersAreEnded(t, hosts) })
		t.Run("dropped", func(t *testing.T) { aLinkDrops(t, hosts) })
		if !*long {
			t.Skip("the rest only with -long")
		}
		t.Run("ended while idle", func(t *testing.T) { aPeerEndsWhileIdle(t, hosts) })
		t.Run("dropped while idle", func(t *testing.T) { aLinkDropsWhileIdle(t, hosts) })
		t.Run("unreachable", func(t *testing.T) { hostsThatCannotBeReached(t, hosts) })
	})
}

// peersAreEnded sends signals to one of two peers in the middle of a prompt.
func peersAreEnded(t *testing.T, hosts []*fartest.Host) {
	faulty, flag := faultyProgram(t)
	for name, c := range map[string]struct {
		peers  []string
		signal syscall.Signal
		victim int // index of the peer
		want   trial.Outcome
		class  string
		exit   string
	}{
		"SIGSEGV, mixed":   {[]string{plan.LocalPeer, on(t, hosts[0])}, syscall.SIGSEGV, 1, trial.Crash, "crash.segv", "signal:SIGSEGV"},
		"SIGKILL, mixed":   {[]string{on(t, hosts[0]), plan.LocalPeer, on(t, hosts[1])}, syscall.SIGKILL, 2, trial.Crash, "unknown", "signal:SIGKILL"},
		"GPU fault, two":   {[]string{on(t, hosts[0]), hosts[1].URL("program=" + faulty)}, 0, 1, trial.GPUFault, "gpu-fault.memory-access", "signal:SIGABRT"},
		"SIGSTOP, two":     {[]string{on(t, hosts[0]), on(t, hosts[1])}, syscall.SIGSTOP, 0, trial.Hang, "hang.decode", ""},
		"SIGSEGV of local": {[]string{on(t, hosts[0]), plan.LocalPeer}, syscall.SIGSEGV, 1, trial.Crash, "crash.segv", "signal:SIGSEGV"},
	} {
		t.Run(name, func(t *testing.T) {
			if name != "SIGSEGV, mixed" && name != "GPU fault, two" && !*long {
				t.Skip("only with -long")
			}
			who := fmt.Sprint("rpc", c.victim+1)
			s, recorded, heard := matrix{ps: 40000, tokens: []int{1000, 39000}, starts: 2, serverArgs: oneThread}.far(t, spread(t, tinymodel.Llama, c.peers...))
			var ready trial.Start
			var sent time.Time
			heard.on = func(e trial.Event) {
				switch e := e.(type) {
				case trial.Ready:
					ready = e.Start
				case trial.Progress:
					if sent.IsZero() && e.Processed >= 4000 && e.Processed < e.Total {
						sent = time.Now()
						s.bound = stallBound{floor: 500 * time.Millisecond}
						if c.signal == 0 {
							_ = os.WriteFile(flag, nil, 0o600)
							break
						}
						_ = syscall.Kill(ready.Peers[c.victim].PID, c.signal)
					}
				}
			}
			upToThree(t, s, heard)
			recorded.lawful(t)
			a, start := recorded.counted()[1], recorded.starts[1]
			first := who
			if c.want == trial.Hang {
				first = "none"
			}
			if a.Outcome != c.want || a.Fault == nil || a.Fault.Class != c.class || a.Fault.FirstDeath != first || !strings.HasPrefix(a.Fault.Component, "rpc-server") || !strings.Contains(a.Reason, who) {
				t.Fatalf("%v %q: %+v", a.Outcome, a.Reason, a.Fault)
			}
			if c.exit != "" && (start.Peers[c.victim].Exit != c.exit || start.Peers[c.victim].Requested) {
				t.Errorf("%+v", start.Peers)
			}
			if c.want == trial.Hang {
				if portrait := readText(filepath.Join(s.LogDir, a.Files[0])); !strings.Contains(portrait, who+", process") || !strings.Contains(portrait, "State:\tT (stopped)") {
					t.Errorf("the portrait of the hang:\n%.3000s", portrait)
				}
			} else if !slices.ContainsFunc(a.TimeLine, func(m trial.Moment) bool { return m.Source == who && m.Text == "ended with "+c.exit }) {
				t.Errorf("the death is not on the time line %+v", a.TimeLine)
			}
			if !slices.ContainsFunc(a.TimeLine, func(m trial.Moment) bool { return strings.Contains(m.Text, "give or take") }) {
				t.Errorf("nothing is said of clocks on %+v", a.TimeLine)
			}
			if !slices.IsSortedFunc(a.TimeLine, func(x, y trial.Moment) int { return x.At.Compare(y.At) }) {
				t.Error("the time line is out of order")
			}
			if got := outcomes(recorded.counted()); !strings.HasPrefix(got, "pass "+c.want.String()+" pass") {
				t.Errorf("the screen did not go on: %s, %q", got, recorded.counted()[2].Reason)
			}
			nothingRuns(t, hosts)
		})
	}
}

// faultyProgram is an rpc-server that dies as one does whose GPU faults, once there is a file of that name.
func faultyProgram(t *testing.T) (path, flag string) {
	t.Helper()
	dir := t.TempDir()
	path, flag = filepath.Join(dir, "rpc-server"), filepath.Join(dir, "flag")
	text := fmt.Sprintf(`#!/bin/sh
( until rm %[1]s; do sleep 0.02; done 2>/dev/null
  echo 'Memory access fault by GPU node-1 (Agent handle: 0x55d0c0) on address 0x7f3a00. Reason: Page not present or supervisor privilege.' >&2
  kill -ABRT $$ ) &
exec %[2]s "$@"
`, flag, provisiontest.RPCServer(t))
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path, flag
}

// upToThree runs a screen until its third attempt has ended: the one after that in which something happened.
func upToThree(t *testing.T, s *Screen, heard *ear) {
	t.Helper()
	ctx, enough := context.WithCancel(context.Background())
	defer enough()
	ended, on := 0, heard.on
	heard.on = func(e trial.Event) {
		on(e)
		if _, ok := e.(trial.AttemptEnded); ok {
			if ended++; ended == 3 {
				enough()
			}
		}
	}
	if err := run(t, ctx, s); err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	if ended < 3 {
		t.Fatalf("%d attempts", ended)
	}
}

// nothingRuns fails if anything runs below the hosts' sshds once their screens are over.
func nothingRuns(t *testing.T, hosts []*fartest.Host) {
	t.Helper()
	for _, h := range hosts {
		allGone(t, h.Family(), 5*time.Second)
	}
}

// aPeerEndsWhileIdle is held against the attempt that it followed.
func aPeerEndsWhileIdle(t *testing.T, hosts []*fartest.Host) {
	s, recorded, heard := matrix{ps: 8192, tokens: []int{1000, 2000}, isolation: "config", serverArgs: oneThread}.far(t, spread(t, tinymodel.Llama, on(t, hosts[0]), on(t, hosts[1])))
	var ready trial.Start
	heard.on = func(e trial.Event) {
		switch e := e.(type) {
		case trial.Ready:
			ready = e.Start
		case trial.AttemptEnded:
			if e.Attempt.StartN == 1 && e.Attempt.Outcome == trial.Pass {
				start, _ := process.StartTimeOf(ready.Peers[1].PID)
				_ = syscall.Kill(ready.Peers[1].PID, syscall.SIGSEGV)
				for process.Alive(ready.Peers[1].PID, start) {
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
	if a.Fault == nil || a.Fault.FirstDeath != "rpc2" || a.Fault.Phase != "idle" || a.Fault.Class != "crash.segv" || !strings.HasPrefix(a.Reason, "after the last answer, rpc2 ended by itself with signal:SIGSEGV") {
		t.Errorf("%q, %+v", a.Reason, a.Fault)
	}
	nothingRuns(t, hosts)
}

// aLinkDrops in the middle of a prompt: that is trouble of the lab, both logs are kept, and nothing stays
// on the far side. Once the link is there again, the screen goes on.
func aLinkDrops(t *testing.T, hosts []*fartest.Host) {
	for name, cut := range map[string]func(t *testing.T, h *fartest.Host){
		"the network": func(t *testing.T, h *fartest.Host) { h.Cut(t, true) },
		"ssh":         func(t *testing.T, h *fartest.Host) { dropConnections(h) },
	} {
		t.Run(name, func(t *testing.T) {
			h := hosts[0]
			s, recorded, heard := matrix{ps: 40000, tokens: []int{1000, 39000}, starts: 2, serverArgs: oneThread}.far(t, spread(t, tinymodel.Llama, on(t, h), on(t, hosts[1])))
			var tree map[int]uint64
			cutOff := false
			heard.on = func(e trial.Event) {
				switch e := e.(type) {
				case trial.Progress:
					if !cutOff && e.Processed >= 4000 && e.Processed < e.Total {
						tree, cutOff = peersOf(h), true
						cut(t, h)
					}
				case trial.StartEnded:
					if name == "the network" && e.Start.N == 2 {
						allGone(t, tree, 10*time.Second) // by itself, while nobody can reach it
						h.Cut(t, false)
					}
				}
			}
			s.Limits.Link = time.Second
			upToThree(t, s, heard)
			recorded.lawful(t)
			if !cutOff {
				t.Fatal("the prompt ended before the link could be cut")
			}
			a, start := recorded.counted()[1], recorded.starts[1]
			if a.Outcome != trial.Infra || a.Fault != nil || !strings.HasPrefix(a.Reason, "rpc1 at "+start.Peers[0].Endpoint+" was lost from sight: the link to far1 dropped") || len(a.TimeLine) == 0 {
				t.Errorf("%v %q, %+v", a.Outcome, a.Reason, a.Fault)
			}
			if start.Peers[0].Exit != "lost" || start.Peers[1].Exit != "signal:SIGTERM" || !slices.ContainsFunc(start.Unobserved, func(u string) bool {
				return strings.Contains(u, "what rpc1 said and how it ended after that is not seen")
			}) {
				t.Errorf("%+v, unobserved %q", start.Peers, start.Unobserved)
			}
			for _, log := range []string{start.LogFile, start.Peers[0].LogFile} {
				if unpacked(t, filepath.Join(s.LogDir, log)) == "" {
					t.Errorf("%s is empty", log)
				}
			}
			if got := outcomes(recorded.counted()); !strings.HasPrefix(got, "pass infra pass") {
				t.Errorf("the screen did not go on: %s, %q", got, recorded.counted()[2].Reason)
			}
			allGone(t, tree, 10*time.Second)
			nothingRuns(t, hosts)
		})
	}
}

// aLinkDropsWhileIdle is held against nothing: the next cell gets a new link.
func aLinkDropsWhileIdle(t *testing.T, hosts []*fartest.Host) {
	s, recorded, heard := matrix{ps: 8192, tokens: []int{1000, 2000}, isolation: "config", serverArgs: oneThread}.far(t, spread(t, tinymodel.Llama, on(t, hosts[0]), plan.LocalPeer))
	heard.on = func(e trial.Event) {
		if e, ok := e.(trial.AttemptEnded); ok && e.Attempt.StartN == 1 {
			dropConnections(hosts[0])
		}
	}
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	if got := outcomes(recorded.attempts); got != "pass pass" || len(recorded.starts) != 2 || recorded.starts[0].Peers[0].Exit != "lost" || recorded.starts[0].Outcome != trial.Pass {
		t.Errorf("%s in %d starts: %q, %+v", got, len(recorded.starts), recorded.attempts[0].Reason, recorded.starts[0])
	}
	nothingRuns(t, hosts)
}

// dropConnections ends what serves the connections of an sshd, and leaves the one that listens.
func dropConnections(h *fartest.Host) {
	for pid := range h.Family() {
		if strings.HasPrefix(readText(fmt.Sprintf("/proc/%d/comm", pid)), "sshd") {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// peersOf is what runs on a host but for sshd itself, whose connections outlive a cut.
func peersOf(h *fartest.Host) map[int]uint64 {
	tree := h.Family()
	for pid := range tree {
		if strings.HasPrefix(readText(fmt.Sprintf("/proc/%d/comm", pid)), "sshd") {
			delete(tree, pid)
		}
	}
	return tree
}

// hostsThatCannotBeReached are trouble of the lab, each in a sentence that names the peer.
func hostsThatCannotBeReached(t *testing.T, hosts []*fartest.Host) {
	program := provisiontest.RPCServer(t)
	for name, c := range map[string]struct {
		peer string
		says string
		fail bool // the run ends
	}{
		"an address of nobody": {"ssh://198.18.1.77?config=" + hosts[0].Config, "rpc2: 198.18.1.77 cannot be reached by ssh: ", false},
		"not let in":           {"ssh://nobody@far1?config=" + hosts[0].Config, "rpc2: far1 cannot be reached by ssh: ", false},
		"no rpc-server":        {hosts[0].URL("program=/no/such"), "rpc2: there is no program /no/such on its host", true},
		"only on its loopback": {hosts[0].URL("program="+program, "listen=127.0.0.1"), "rpc2 at 127.0.0.1:", false},
	} {
		t.Run(name, func(t *testing.T) {
			s, recorded, _ := matrix{ps: 8192, tokens: []int{1000}, serverArgs: oneThread}.far(t, spread(t, tinymodel.Llama, plan.LocalPeer, c.peer))
			s.Limits.Link, s.Limits.Peers = time.Second, time.Second
			if err := run(t, context.Background(), s); (err != nil) != c.fail {
				t.Fatal(err)
			}
			recorded.lawful(t)
			a := recorded.attempts[0]
			if a.Outcome != trial.Infra || !strings.Contains(a.Reason, c.says) || strings.Contains(a.Reason, "\n") || a.Fault != nil {
				t.Errorf("%v: %q, %+v; want %q", a.Outcome, a.Reason, a.Fault, c.says)
			}
			nothingRuns(t, hosts)
		})
	}
}
