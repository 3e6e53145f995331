package harness

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/provision/provisiontest"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
)

// realLab is a real llama-server with a tiny model.
func realLab(t testing.TB, family tinymodel.Family) *Lab {
	t.Helper()
	return survey(t, plan.Target{Server: provisiontest.Server(t), Model: tiny(t, family)})
}

var oneThread = []string{"-t", "1"}

// TestRealServerIsEnded sends signals to a real server in the middle of a prompt that would take it
// many seconds.
func TestRealServerIsEnded(t *testing.T) {
	for _, c := range []struct {
		signal syscall.Signal
		want   trial.Outcome
		exit   string
		class  string
	}{
		{syscall.SIGKILL, trial.Crash, "signal:SIGKILL", "unknown"},
		{syscall.SIGSEGV, trial.Crash, "signal:SIGSEGV", "crash.segv"},
		{syscall.SIGABRT, trial.Crash, "signal:SIGABRT", "crash.abort"},
		{syscall.SIGSTOP, trial.Hang, "signal:SIGKILL", "hang.decode"},
	} {
		t.Run(c.signal.String(), func(t *testing.T) {
			lab := realLab(t, tinymodel.Llama)
			s, recorded, heard := matrix{np: 2, ps: 40000, tokens: []int{500, 39000}, warmup: true, serverArgs: oneThread}.screen(t, lab)
			s.Limits.Grace = 100 * time.Millisecond
			var ready trial.Start
			var sent, told time.Time
			var tree map[int]uint64
			heard.on = func(e trial.Event) {
				switch e := e.(type) {
				case trial.Ready:
					ready = e.Start
				case trial.Progress:
					if sent.IsZero() && e.Total == 39000 && e.Processed >= 4000 && e.Processed < e.Total {
						sent, tree = time.Now(), family(parentOf(t, ready.PID))
						if c.signal == syscall.SIGSTOP {
							s.bound = stallBound{floor: 500 * time.Millisecond} // whatever it was slow at so far
						}
						_ = syscall.Kill(ready.PID, c.signal)
					}
				case trial.AttemptEnded:
					if !sent.IsZero() && told.IsZero() {
						told = time.Now()
					}
				}
			}
			if err := run(t, context.Background(), s); err != nil {
				t.Fatal(err)
			}
			if sent.IsZero() {
				t.Fatal("the prompt ended before it could be interrupted")
			}
			recorded.lawful(t)
			if took := time.Since(sent); took > 20*time.Second {
				t.Errorf("it took %v to the end", took)
			}
			allGone(t, tree, 2*time.Second)
			all := recorded.counted()
			if got := outcomes(all); got != "pass "+c.want.String() {
				t.Fatalf("got %s", got)
			}
			a, start := all[1], recorded.starts[1]
			if start.Exit != c.exit || !strings.Contains(a.Reason, strings.TrimPrefix(c.exit, "signal:")) && c.want == trial.Crash {
				t.Errorf("the start ended with %s: %q", start.Exit, a.Reason)
			}
			if p := a.Position(); p < 4000 || p >= 39000 {
				t.Errorf("position %d", p)
			}
			first, soon := "server", 5*time.Second // a tenth of it on a machine that does nothing else
			if c.want == trial.Hang {
				first, soon = "none", 20*time.Second // the bound, and what looking at it takes
			}
			if a.Fault == nil || a.Fault.Class != c.class || a.Fault.Phase != "prompt" || a.Fault.Position != a.Position() || a.Fault.FirstDeath != first {
				t.Errorf("fault %+v", a.Fault)
			}
			t.Logf("from the signal to the recorded verdict: %v", told.Sub(sent))
			if told.Sub(sent) > soon {
				t.Errorf("the verdict took %v", told.Sub(sent))
			}
			if c.want == trial.Hang {
				portrait := readText(filepath.Join(s.LogDir, a.Files[0]))
				for _, want := range []string{"/health:", "/slots:", "State:\tT (stopped)", "llama-server"} {
					if !strings.Contains(portrait, want) {
						t.Errorf("no %q in the portrait of the hang:\n%.2000s", want, portrait)
					}
				}
			}
			if len(a.TimeLine) < 3 || a.TimeLine[0].Source == "" {
				t.Errorf("time line %+v", a.TimeLine)
			}
		})
	}
}

// TestRealServerEdge: n_ctx-1 tokens are served, n_ctx are refused, in every slot.
func TestRealServerEdge(t *testing.T) {
	lab := realLab(t, tinymodel.Gemma3)
	for _, np := range []int{1, 2} {
		t.Run(fmt.Sprint("np ", np), func(t *testing.T) {
			s, recorded, _ := matrix{np: np, ps: 4096, tokens: []int{4095, 4096, 4097}, shapes: "natural", isolation: "config", serverArgs: oneThread}.screen(t, lab)
			if err := run(t, context.Background(), s); err != nil {
				t.Fatal(err)
			}
			recorded.lawful(t)
			if got := outcomes(recorded.attempts); got != "pass refused refused" || len(recorded.starts) != 1 {
				t.Fatalf("%s in %d starts: %q", got, len(recorded.starts), recorded.attempts[0].Reason)
			}
			start := recorded.starts[0]
			if start.ReadBack.Slots != np || start.ReadBack.SlotContext != 4096 || start.ReadBack.Build == "" || start.Load <= 0 || start.Exit != "code:0" || !start.Requested {
				t.Errorf("%+v", start)
			}
			for slot, r := range recorded.attempts[0].Requests {
				if !r.Complete || r.PromptTokens != 4095 || r.ProcessedTokens != 4095 || r.ServedBy != slot || r.PromptTime <= 0 {
					t.Errorf("slot %d: %+v", slot, r)
				}
			}
			for slot, r := range recorded.attempts[1].Requests {
				if r.HTTPStatus != 400 || r.ErrorType != "exceed_context_size_error" {
					t.Errorf("slot %d: %+v", slot, r)
				}
			}
		})
	}
}

// TestRealServerColdAndCached: the server's own numbers tell attempt 1 from attempt 2.
func TestRealServerColdAndCached(t *testing.T) {
	s, recorded, _ := matrix{np: 2, ps: 8192, tokens: []int{3000}, attempts: 2, warmup: true, serverArgs: oneThread}.screen(t, realLab(t, tinymodel.Llama))
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	all := recorded.counted()
	if got := outcomes(all); got != "pass pass" {
		t.Fatal(got)
	}
	if !all[0].Cold() || all[1].Cold() || all[1].CachedTokens() < 2900 {
		t.Errorf("attempt 1 took %d tokens from the cache, attempt 2 %d", all[0].CachedTokens(), all[1].CachedTokens())
	}
}

// TestRealServerRunsOutOfMemory: the kernel kills a server that grows past its control group's limit.
func TestRealServerRunsOutOfMemory(t *testing.T) {
	group := limitedGroup(t, 150<<20)
	lab := wrapped(t, realLab(t, tinymodel.Llama), "echo $$ > "+filepath.Join(group, "cgroup.procs")+`; exec "$@"`)
	s, recorded, heard := matrix{ps: 60000, tokens: []int{59000}, warmup: true, serverArgs: append(oneThread, "--ctx-checkpoints", "0")}.screen(t, lab)
	var sent, told time.Time
	heard.on = func(e trial.Event) {
		switch e := e.(type) {
		case trial.Progress:
			if sent.IsZero() && e.Processed > 0 {
				sent = time.Now()
				limitTo(t, group, 1<<20) // what it holds already is too much
			}
		case trial.AttemptEnded:
			told = time.Now()
		}
	}
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	a := recorded.counted()[0]
	t.Logf("%v after the limit fell: %s", told.Sub(sent), a.Reason)
	if a.Outcome != trial.OOM || a.Fault == nil || a.Fault.Class != "infra.oom-kill" || a.Fault.FirstDeath != "server" || a.Fault.Phase != "prompt" {
		t.Errorf("%v: %q, fault %+v", a.Outcome, a.Reason, a.Fault)
	}
}

// TestRealServerIsRefusedMemory: an allocation that the system refuses, at load and in a request.
func TestRealServerIsRefusedMemory(t *testing.T) {
	lab := wrapped(t, realLab(t, tinymodel.Llama), `ulimit -v 700000; exec "$@"`)
	s, recorded, _ := matrix{ps: 4000000, tokens: []int{1000}, serverArgs: oneThread}.screen(t, lab)
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	a := recorded.counted()[0]
	if a.Outcome != trial.OOM || a.Fault == nil || a.Fault.Class != "load-fail.alloc" || a.Fault.Phase != "load" {
		t.Errorf("%v: %q, fault %+v", a.Outcome, a.Reason, a.Fault)
	}
}

// TestRealServerAssertsOnABadModel: a model on which llama.cpp aborts in its first graph.
func TestRealServerAssertsOnABadModel(t *testing.T) {
	lab := survey(t, plan.Target{Server: provisiontest.Server(t), Model: tiny(t, tinymodel.Asserting)})
	s, recorded, _ := matrix{tokens: []int{1000}, serverArgs: oneThread}.screen(t, lab)
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	a := recorded.counted()[0]
	if a.Outcome != trial.LoadFail && a.Outcome != trial.Crash || a.Fault == nil || a.Fault.Class != "crash.assert" || a.Fault.Phase != "load" || a.Fault.FirstDeath != "server" ||
		!strings.Contains(a.Fault.Signature, "GGML_ASSERT") || a.Fault.Position != -1 {
		t.Errorf("%v: %q, fault %+v", a.Outcome, a.Reason, a.Fault)
	}
}

// TestRealServerIsPaused: a server that stands still for less than the bound, and goes on, has only been slow.
func TestRealServerIsPaused(t *testing.T) {
	s, recorded, heard := matrix{ps: 40000, tokens: []int{20000}, warmup: true, serverArgs: oneThread}.screen(t, realLab(t, tinymodel.Llama))
	s.Limits.Stall = 20 * time.Second
	var ready trial.Start
	paused := false
	heard.on = func(e trial.Event) {
		switch e := e.(type) {
		case trial.Ready:
			ready = e.Start
		case trial.Progress:
			if !paused && e.Total == 20000 && e.Processed >= 4000 && e.Processed < e.Total {
				paused = true
				_ = syscall.Kill(ready.PID, syscall.SIGSTOP)
				time.AfterFunc(700*time.Millisecond, func() { _ = syscall.Kill(ready.PID, syscall.SIGCONT) })
			}
		}
	}
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	if a := recorded.counted()[0]; !paused || a.Outcome != trial.Pass || a.Elapsed < 700*time.Millisecond {
		t.Errorf("paused %v: %v after %v, %q", paused, a.Outcome, a.Elapsed, a.Reason)
	}
}
