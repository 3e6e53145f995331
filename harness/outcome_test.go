package harness

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/trial"
)

// someProgress is a position that depends on which slot the server gets to know first.
const someProgress = -2

// TestOutcomes runs one cell of one start against a server that misbehaves in one way.
func TestOutcomes(t *testing.T) {
	type fault struct {
		class, phase string
		position     int
		excerpt      string
	}
	for name, c := range map[string]struct {
		rules   string
		matrix  matrix
		wrapper string // script around the server
		limits  func(*Limits)
		want    trial.Outcome
		reason  string // part of it
		exit    string // of the start
		fault   *fault
	}{
		"a good server":                {want: trial.Pass, exit: "code:0"},
		"a prompt one below the limit": {matrix: matrix{tokens: []int{8191}}, want: trial.Pass, exit: "code:0"},
		"a prompt at the limit":        {matrix: matrix{tokens: []int{8192}}, want: trial.Refused, reason: "8192 tokens refused by a slot of 8192", exit: "code:0"},
		"a refusal below the limit":    {rules: "refuse", want: trial.Sizing, reason: "6000 tokens were refused by a slot of 8192"},

		"an assertion": {rules: "abort when position>=5000", want: trial.Crash, reason: "signal:SIGABRT", exit: "signal:SIGABRT",
			fault: &fault{"crash.assert", "prompt", 4096, "GGML_ASSERT(n_tokens <= n_kv) failed"}},
		"a GPU fault": {rules: "gpufault when position>=3000", want: trial.GPUFault, exit: "signal:SIGABRT",
			fault: &fault{"gpu-fault.memory-access", "prompt", 2048, "Memory access fault by GPU"}},
		"SIGSEGV without a word": {rules: "segfault when position>=3000", want: trial.Crash, reason: "SIGSEGV", exit: "signal:SIGSEGV",
			fault: &fault{"crash.segv", "prompt", 2048, ""}},
		"SIGKILL from somebody else": {rules: "kill when position>=3000", want: trial.Crash, exit: "signal:SIGKILL",
			fault: &fault{"unknown", "prompt", 2048, ""}},
		"an end with code 0 in the middle of a prompt": {rules: `exit(0, "good bye") when position>=3000`, want: trial.Crash, exit: "code:0",
			fault: &fault{"unknown", "prompt", 2048, "good bye"}},
		"a death before the first progress": {rules: "segfault when position>=1", want: trial.Crash, exit: "signal:SIGSEGV",
			fault: &fault{"crash.segv", "prompt", 0, ""}},
		"a death while it answers": {rules: "segfault(phase=decode) when position>=6002", want: trial.Crash, exit: "signal:SIGSEGV",
			fault: &fault{"crash.segv", "generation", 6000, ""}},
		"a wrapper that tells the signal by its code": {rules: "kill when position>=3000", wrapper: `"$@"; exit $?`, want: trial.Crash, exit: "code:137 or signal:SIGKILL", // Linux tells the server's own end since 6.15
			fault: &fault{"unknown", "prompt", 2048, ""}},
		"a wrapper that outlives the server": {rules: "abort when position>=3000", wrapper: `"$@"; sleep 1000`, want: trial.Crash,
			limits: func(l *Limits) { l.Dying = 200 * time.Millisecond }, reason: "the server ended by itself with ",
			fault: &fault{"crash.assert", "prompt", 2048, "GGML_ASSERT"}},
		"an assertion after a flood": {rules: "flood(20000k) when position>=3000; abort when position>=3000", want: trial.Crash, exit: "signal:SIGABRT",
			fault: &fault{"crash.assert", "prompt", 2048, "GGML_ASSERT"}},
		"a crash with a grandchild that holds its output": {rules: "grandchild(60s) when position>=3000; segfault when position>=5000",
			want: trial.Crash, exit: "signal:SIGSEGV", fault: &fault{"crash.segv", "prompt", 4096, ""}},
		"a crash in one of two slots": {rules: "abort when slot=1 and position>=3000", matrix: matrix{np: 2}, want: trial.Crash, exit: "signal:SIGABRT",
			fault: &fault{"crash.assert", "prompt", someProgress, ""}},

		"a hang in the prompt": {rules: "hang when position>=3000", want: trial.Hang, reason: "no prompt progress",
			limits: func(l *Limits) { l.Stall, l.Grace = 300*time.Millisecond, 100*time.Millisecond },
			fault:  &fault{"hang.decode", "prompt", 2048, ""}},
		"a hang with a growing log": {rules: "spin when position>=3000", want: trial.Hang, reason: "no prompt progress",
			limits: func(l *Limits) { l.Stall, l.Grace = 300*time.Millisecond, 100*time.Millisecond },
			fault:  &fault{"hang.livelock", "prompt", 2048, ""}},
		"last words of a server that stays": {rules: `say("/src/ggml/src/ggml.c:100: GGML_ASSERT(a->ne[0] == b->ne[0]) failed") when position>=3000; hang when position>=3000`, want: trial.Crash, reason: "GGML_ASSERT",
			limits: func(l *Limits) { l.Stall, l.Grace = 300*time.Millisecond, 100*time.Millisecond },
			fault:  &fault{"crash.assert", "prompt", 2048, "GGML_ASSERT"}},
		"a hang of a server that is deaf too": {rules: "ignoreterm; hang when position>=3000", want: trial.Hang, exit: "signal:SIGKILL",
			limits: func(l *Limits) { l.Stall, l.Grace = 300*time.Millisecond, 100*time.Millisecond },
			fault:  &fault{"hang.decode", "prompt", 2048, ""}},
		"a hang in the answer": {rules: "hang(phase=decode)", want: trial.Hang,
			limits: func(l *Limits) { l.Stall, l.Grace = 300*time.Millisecond, 100*time.Millisecond },
			fault:  &fault{"hang.decode", "generation", 6000, ""}},
		"an answer of HTTP 500": {rules: `http(500, "Context size has been exceeded.")`, want: trial.Fail, reason: "Context size has been exceeded.",
			fault: &fault{"reject.kv-full", "idle", -1, "HTTP error 500"}},
		"an error inside the stream": {rules: `http(500, "Compute error.", phase=prefill) when position>=3000`, want: trial.Fail, reason: "Compute error.",
			fault: &fault{"unknown", "idle", 2048, "Compute error."}},
		"an allocation failure that it survives": {rules: `http(500, "std::bad_alloc")`, want: trial.OOM, reason: "bad_alloc",
			fault: &fault{"gpu-oom.runtime", "idle", -1, "bad_alloc"}},
		"a stream that is cut": {rules: "cut(phase=prefill) when position>=3000", want: trial.Fail, reason: "slot 0: "},

		"death while loading": {rules: "loadabort", want: trial.LoadFail, reason: "SIGABRT", exit: "signal:SIGABRT",
			fault: &fault{"crash.assert", "load", -1, "GGML_ASSERT"}},
		"no memory for the cache": {rules: "kvmax(4k)", want: trial.OOM, reason: "failed to allocate buffer for kv cache", exit: "code:1",
			fault: &fault{"load-fail.alloc", "load", -1, "failed to allocate"}},
		"a load that hangs": {rules: "loadhang", want: trial.LoadFail, reason: "never became ready",
			limits: func(l *Limits) { l.Ready = 300 * time.Millisecond },
			fault:  &fault{"hang.load", "load", -1, ""}},
		"a load that moves nothing": {rules: "loadhang", want: trial.LoadFail, reason: "read, wrote and logged nothing",
			limits: func(l *Limits) { l.LoadStall, l.Ready = 1500*time.Millisecond, time.Minute },
			fault:  &fault{"hang.load", "load", -1, ""}},
		"the kernel complains of a passing answer": {rules: `kernel("amdgpu 0000:c3:00.0: amdgpu: ring gfx_0.0.0 timeout, signaled seq=1, emitted seq=2") when position>=3000`, want: trial.Warn, reason: "passed, but",
			fault: &fault{"gpu-fault.hang-reset", "idle", 6000, "ring gfx_0.0.0 timeout"}},
		"the kernel explains an abort": {rules: `kernel("amdgpu 0000:c3:00.0: amdgpu: [gfxhub] page fault (src_id:0 ring:24 vmid:8 pasid:32770)") when position>=3000; abort when position>=3000`, want: trial.GPUFault, reason: "page fault",
			fault: &fault{"gpu-fault.memory-access", "prompt", 2048, "page fault"}},
		"another server of this host dies beside a passing answer": {rules: `kernel("llama-server[77]: segfault at 8 ip 00000000005451ca sp 00007fdda409c000 error 6 in llama-server[1451ca,401000+6d6000]") when position>=3000`, want: trial.Pass, exit: "code:0"},
		"another server of this host dies beside a hang": {rules: `kernel("llama-server[77]: segfault at 8 ip 00000000005451ca sp 00007fdda409c000 error 6 in llama-server[1451ca,401000+6d6000]") when position>=3000; hang(phase=decode)`, want: trial.Hang,
			limits: func(l *Limits) { l.Stall, l.Grace = 300*time.Millisecond, 100*time.Millisecond },
			fault:  &fault{"hang.decode", "generation", 6000, ""}},
		"a slow load":                          {rules: "slowload(300ms)", want: trial.Pass, exit: "code:0"},
		"other slots than were asked for":      {matrix: matrix{np: 2, serverArgs: []string{"-np", "3"}}, want: trial.Infra, reason: "3 slots, 2 were asked for"},
		"a smaller context than was asked for": {matrix: matrix{serverArgs: []string{"-c", "4096"}}, want: trial.Infra, reason: "4096 tokens of context, 8192 were planned"},

		"a flood of stderr that harms nobody": {rules: "flood(20000k) when position>=3000; longline(2000k) when position>=5000", want: trial.Pass, exit: "code:0"},
		"a deaf server": {rules: "ignoreterm", want: trial.Warn, reason: "passed, but", exit: "signal:SIGKILL",
			limits: func(l *Limits) { l.Grace = 100 * time.Millisecond },
			fault:  &fault{"hang.shutdown", "shutdown", 6000, ""}},
		"a grandchild that escaped": {rules: "grandchild(60s, escape) when position>=3000", want: trial.Pass, exit: "code:0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lab := simLab(t, c.rules)
			if c.wrapper != "" {
				lab = wrapped(t, lab, c.wrapper)
			}
			s, recorded, heard := c.matrix.screen(t, lab)
			if c.limits != nil {
				c.limits(&s.Limits)
			}
			began := time.Now()
			if err := run(t, context.Background(), s); err != nil {
				t.Fatal(err)
			}
			recorded.lawful(t)
			if len(recorded.attempts) != 1 {
				t.Fatalf("%d attempts", len(recorded.attempts))
			}
			a, start := recorded.attempts[0], recorded.starts[0]
			if a.Outcome != c.want || !strings.Contains(a.Reason, c.reason) || (c.want == trial.Pass) != (a.Reason == "") {
				t.Errorf("outcome %v: %q; want %v with %q in the reason", a.Outcome, a.Reason, c.want, c.reason)
			}
			if c.exit != "" && !slices.Contains(strings.Split(c.exit, " or "), start.Exit) {
				t.Errorf("the start ended with %s, want %s", start.Exit, c.exit)
			}
			if bad := start.Outcome.Bad(); bad != c.want.Bad() {
				t.Errorf("the start's outcome is %v", start.Outcome)
			}
			if got := heard.judgements()[a.CellID].Outcome; got != c.want {
				t.Errorf("judged as %v", got)
			}
			if c.fault == nil != (a.Fault == nil) {
				t.Fatalf("fault %+v, want %+v", a.Fault, c.fault)
			}
			if f := c.fault; f != nil {
				excerpt := strings.Join(a.Fault.Excerpt, "\n")
				first := "server"
				if start.Requested && c.want != trial.Crash || strings.HasPrefix(f.class, "hang.") || strings.Contains(a.Reason, "after it had said") {
					first = "none"
				}
				if a.Fault.Class != f.class || a.Fault.Phase != f.phase || a.Fault.Position != f.position && (f.position != someProgress || a.Fault.Position < 2048) || a.Fault.FirstDeath != first || !strings.Contains(excerpt, f.excerpt) {
					t.Errorf("fault %+v, want %+v", *a.Fault, *f)
				}
			}
			if _, err := os.Stat(filepath.Join(s.LogDir, start.LogFile)); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// TestADeathAfterTheReplyTakesThePassBack: the server answers, is found well, and dies then.
func TestADeathAfterTheReplyTakesThePassBack(t *testing.T) {
	for name, c := range map[string]struct {
		rules, wrapper string
		matrix         matrix
		want           string // outcomes
		class          string // "" whatever the wrapper's words are taken for
	}{
		"with the reply":                {"abort(phase=reply) when tokens=1000", "", matrix{}, "crash pass", "crash.assert"},
		"a moment later":                {"segfault(phase=idle) when tokens=1000", "", matrix{}, "crash pass", "crash.segv"},
		"before another cell's turn":    {"segfault(phase=idle) when tokens=1000", "", matrix{isolation: "config"}, "crash pass", "crash.segv"},
		"before the second attempt":     {"segfault(phase=idle) when tokens=1000", "", matrix{attempts: 2}, "crash pass pass", "crash.segv"},
		"behind a wrapper, which lives": {"segfault(phase=idle) when tokens=1000", `"$@"; sleep 1000`, matrix{isolation: "config"}, "crash pass", ""},
		"after the last cell":           {"abort(phase=idle) when tokens=2000", "", matrix{isolation: "config"}, "pass crash", "crash.assert"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lab := simLab(t, c.rules)
			if c.wrapper != "" {
				lab = wrapped(t, lab, c.wrapper)
			}
			c.matrix.tokens = []int{1000, 2000}
			s, recorded, heard := c.matrix.screen(t, lab)
			s.Limits.Dying = 200 * time.Millisecond
			var told []string
			heard.on = func(e trial.Event) {
				if e, ok := e.(trial.AttemptEnded); ok {
					told = append(told, e.Attempt.Outcome.String())
					if passed(e.Attempt) && strings.Contains(c.rules, fmt.Sprint("tokens=", e.Attempt.PromptTokens())) {
						url := "http://127.0.0.1:" + recorded.port()
						until(t, "nobody listens", func() bool { _, err := http.Get(url); return err != nil })
					}
				}
			}
			if err := run(t, context.Background(), s); err != nil {
				t.Fatal(err)
			}
			recorded.lawful(t)
			if got := outcomes(recorded.attempts); got != c.want {
				t.Fatalf("got %s, want %s; told %v", got, c.want, told)
			}
			for _, a := range recorded.attempts {
				verdict := trial.Holds
				if a.Outcome == trial.Crash {
					verdict = trial.Breaks
					if a.Fault == nil || c.class != "" && a.Fault.Class != c.class || a.Fault.Phase != "idle" || a.Fault.Position != a.Requests[0].Target || !a.Requests[0].Complete {
						t.Errorf("%+v %q", a.Fault, a.Reason)
					}
				}
				if start := recorded.starts[a.StartN-1]; a.Outcome.Bad() && start.Outcome != a.Outcome {
					t.Errorf("%s in a start with %s", a.Outcome, start.Outcome)
				}
				if j := heard.judgements()[a.CellID]; j.Verdict != verdict {
					t.Errorf("judged %v, want %v", j, verdict)
				}
			}
		})
	}
}

func TestWhoEndedTheServer(t *testing.T) {
	goodbye := []process.Line{{Text: "srv operator(): operator(): cleaning up before exit..."}}
	for name, c := range map[string]struct {
		exit process.Exit
		tail []process.Line
		want bool
	}{
		"it did":                            {process.Exit{Signal: "SIGSEGV"}, nil, true},
		"it did, with code 0":               {process.Exit{}, nil, true},
		"it was dying when we asked":        {process.Exit{Signal: "SIGABRT", Requested: true}, nil, true},
		"as its wrapper's code says":        {process.Exit{Code: 139, Requested: true}, nil, true},
		"it ended when asked":               {process.Exit{Requested: true}, goodbye, false},
		"it died of our TERM":               {process.Exit{Signal: "SIGTERM", Requested: true}, nil, false},
		"we killed it":                      {process.Exit{Signal: "SIGKILL", Requested: true, Killed: true}, nil, false},
		"a driver crashed at the exit":      {process.Exit{Signal: "SIGSEGV", Requested: true}, goodbye, false},
		"its guard was killed, and it then": {process.Exit{GuardLost: true}, nil, false},
		"nobody can end it":                 {process.Exit{Stuck: true, Requested: true}, nil, false},
	} {
		if got := ownDoing(c.exit, c.tail); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhatCannotBeEndedEndsTheRun(t *testing.T) {
	if err := unsettled("the server", 7, process.Exit{Code: 1, Leftovers: 3}); err != nil {
		t.Error(err)
	}
	for _, exit := range []process.Exit{{Stuck: true}, {Unkillable: []int{7}}} {
		if err := unsettled("the server", 7, exit); err == nil || !strings.Contains(err.Error(), "7") {
			t.Errorf("%+v: %v", exit, err)
		}
	}
}

// until polls for something that other processes bring about.
func until(t testing.TB, what string, true func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !true(); {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}
