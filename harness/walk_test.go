package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/trial"
)

// walked is what a run came to: for each attempt that counts, its start, cell size, number, outcome.
func walked(recorded *memory) string {
	var words []string
	for _, a := range recorded.counted() {
		words = append(words, fmt.Sprintf("%d:%d/%d=%s", a.StartN, a.Requests[0].Target, a.N, a.Outcome))
	}
	return strings.Join(words, " ")
}

func TestWalk(t *testing.T) {
	for name, c := range map[string]struct {
		rules  string
		matrix matrix
		want   string
		exits  string // of the starts
		note   string
	}{
		"every cell gets a server of its own": {"", matrix{},
			"1:1000/1=pass 2:2000/1=pass", "code:0 code:0", ""},
		"all cells share one": {"", matrix{isolation: "config"},
			"1:1000/1=pass 1:2000/1=pass", "code:0", ""},
		"every cell has its first start before any has its second": {"", matrix{starts: 2},
			"1:1000/1=pass 2:2000/1=pass 3:1000/1=pass 4:2000/1=pass", "code:0 code:0 code:0 code:0", ""},
		"each round shares one": {"", matrix{starts: 2, isolation: "config"},
			"1:1000/1=pass 1:2000/1=pass 2:1000/1=pass 2:2000/1=pass", "code:0 code:0", ""},
		"attempts stay in their start": {"", matrix{attempts: 2},
			"1:1000/1=pass 1:1000/2=pass 2:2000/1=pass 2:2000/2=pass", "code:0 code:0", ""},
		"a warm-up counts for nothing": {"", matrix{warmup: true, isolation: "config"},
			"1:1000/1=pass 1:2000/1=pass", "code:0", ""},
		"after a crash comes a fresh server": {"segfault when tokens=1000", matrix{isolation: "config", attempts: 2},
			"1:1000/1=crash 2:2000/1=pass 2:2000/2=pass", "signal:SIGSEGV code:0", ""},
		"after an error comes a fresh server": {"http(500, oops) when tokens=1000", matrix{isolation: "config"},
			"1:1000/1=fail 2:2000/1=pass", "code:0 code:0", ""},
		"a refusal spoils nothing": {"", matrix{isolation: "config", ps: 1024},
			"1:1000/1=pass 1:2000/1=refused", "code:0", ""},
		"a crash of one start is tried again in the next": {"segfault when tokens=1000 and start=1", matrix{starts: 2},
			"1:1000/1=crash 2:2000/1=pass 3:1000/1=pass 4:2000/1=pass", "signal:SIGSEGV code:0 code:0 code:0", ""},
		"a crash in the second attempt": {"segfault when attempt=2", matrix{attempts: 3},
			"1:1000/1=pass 1:1000/2=crash 2:2000/1=pass 2:2000/2=crash", "signal:SIGSEGV signal:SIGSEGV", ""},
		"two failed loads are enough": {"loadabort", matrix{starts: 3},
			"1:1000/1=loadfail 2:2000/1=loadfail", "signal:SIGABRT signal:SIGABRT", "could not be used 2 times in a row"},
		"a failed load now and then is not": {"loadabort when start%2=1", matrix{starts: 2},
			"1:1000/1=loadfail 2:2000/1=pass 3:1000/1=loadfail 4:2000/1=pass", "signal:SIGABRT code:0 signal:SIGABRT code:0", ""},
		"a server that is not what was planned stays so": {"", matrix{starts: 2, serverArgs: []string{"-c", "4096"}},
			"1:1000/1=infra 2:2000/1=infra", "code:0 code:0", "4096 tokens of context"},
		"a death in the warm-up": {"segfault when tokens=64 and start=1", matrix{warmup: true},
			"1:1000/1=crash 2:2000/1=pass", "signal:SIGSEGV code:0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.matrix.tokens = []int{1000, 2000}
			s, recorded, heard := c.matrix.screen(t, simLab(t, c.rules))
			if err := run(t, context.Background(), s); err != nil {
				t.Fatal(err)
			}
			recorded.lawful(t)
			if got := walked(recorded); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			var exits []string
			for _, start := range recorded.starts {
				exits = append(exits, start.Exit)
			}
			if got := strings.Join(exits, " "); got != c.exits {
				t.Errorf("the starts ended with %s, want %s", got, c.exits)
			}
			if notes := strings.Join(recorded.notes, "\n"); !strings.Contains(notes, c.note) || c.note == "" && notes != "" {
				t.Errorf("noted %q", notes)
			}
			if n := len(heard.judgements()); n != 2 {
				t.Errorf("%d cells judged", n)
			}
		})
	}
}

// TestColdAndCached: the first attempt computes everything, the second finds the prompt in its slot.
func TestColdAndCached(t *testing.T) {
	t.Parallel()
	s, recorded, _ := matrix{np: 2, tokens: []int{3000}, attempts: 2, warmup: true}.screen(t, simLab(t, ""))
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	if len(recorded.attempts) != 3 {
		t.Fatalf("%d attempts", len(recorded.attempts))
	}
	first, warmup, second := recorded.attempts[0], recorded.attempts[1], recorded.attempts[2]
	if !warmup.Warmup || warmup.CellID != "" || warmup.Requests[0].Target != warmupTokens || warmup.Outcome != trial.Pass {
		t.Errorf("the warm-up: %+v", warmup)
	}
	if !first.Cold() || first.CachedTokens() != 0 || first.PromptTokens() != 3000 {
		t.Errorf("attempt 1 is not cold: %+v", first.Requests)
	}
	if second.Cold() || second.CachedTokens() < 2900 || second.PromptTokens() != 3000 {
		t.Errorf("attempt 2 is not cached: %+v", second.Requests)
	}
	for _, a := range recorded.attempts {
		for slot, r := range a.Requests {
			if r.Slot != slot || r.ServedBy != slot || r.Elapsed <= 0 || len(r.Reply) != 4 || r.StopType != "limit" {
				t.Errorf("slot %d: %+v", slot, r)
			}
		}
	}
}

// TestAWarmupThatFails is the finding of the attempt that it was for, and says so.
func TestAWarmupThatFails(t *testing.T) {
	t.Parallel()
	s, recorded, _ := matrix{warmup: true}.screen(t, simLab(t, "abort when tokens=64"))
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	for _, a := range recorded.attempts {
		if a.Outcome != trial.Crash || a.Fault == nil || a.Fault.Phase != "warm-up" || strings.HasPrefix(a.Reason, "during the warm-up: ") == a.Warmup {
			t.Errorf("%v %q %+v", a.Outcome, a.Reason, a.Fault)
		}
	}
}

// TestAWarmupWithAWarning is one that passed: the attempt that it was for is made.
func TestAWarmupWithAWarning(t *testing.T) {
	t.Parallel()
	s, recorded, _ := matrix{warmup: true}.screen(t, simLab(t, `kernel("amdgpu 0000:c3:00.0: amdgpu: ring gfx_0.0.0 timeout, signaled seq=1, emitted seq=2") when tokens=64`))
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	warned := 0
	for _, a := range recorded.attempts {
		if a.Warmup && a.Outcome == trial.Warn {
			warned++
		}
		if !a.Warmup && (!passed(a) || a.PromptTokens() == 0) {
			t.Errorf("%v %q %+v", a.Outcome, a.Reason, a.Requests)
		}
	}
	if warned == 0 {
		t.Error("no warm-up has a warning")
	}
}

// TestAHangDoesNotMakeTheNextOneLonger: silences that ended in giving up are no measure of speed.
func TestAHangDoesNotMakeTheNextOneLonger(t *testing.T) {
	t.Parallel()
	s, recorded, _ := matrix{tokens: []int{3000, 4000, 5000}}.screen(t, simLab(t, "hang"))
	s.Limits.Stall, s.Limits.Grace = 100*time.Millisecond, 10*time.Millisecond
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	if got := outcomes(recorded.attempts); got != "hang hang hang" {
		t.Fatal(got)
	}
	if longest := s.bound.longest; slices.Max(longest[:]) >= s.Limits.Stall {
		t.Errorf("silences of %v became the measure", longest)
	}
}

// TestTokensThatTakeLongerAndLonger raise no bound while they come; batches of a prompt do.
func TestTokensThatTakeLongerAndLonger(t *testing.T) {
	l := &life{Rig: &Rig{}}
	w := watch{life: l, round: round{requests: make([]trial.Request, 2)}, answers: make([]answer, 2), replying: make([]bool, 2)}
	w.take(news{request: 1, answer: &answer{}})
	w.take(news{progress: server.Progress{Processed: 4096, Total: 4096}})
	w.measure(2 * time.Second)
	batch := l.bound.limit(4096)
	for silence := time.Second; silence < time.Hour; silence *= 2 {
		w.take(news{progress: server.Progress{Generated: 1}})
		w.measure(silence)
	}
	if after := l.bound.limit(4096); batch < 10*time.Second || after != batch {
		t.Errorf("%v after a batch, %v after tokens", batch, after)
	}
}

// TestOnlyWorkIsMovement: what a dying server took to break its connections does not count as its speed.
func TestOnlyWorkIsMovement(t *testing.T) {
	w := watch{life: &life{Rig: &Rig{}}, round: round{requests: make([]trial.Request, 2)}, answers: make([]answer, 2), replying: make([]bool, 2)}
	for name, c := range map[string]struct {
		news news
		want bool
	}{
		"prompt tokens":    {news{progress: server.Progress{Processed: 2048, Total: 6000}}, true},
		"a whole answer":   {news{answer: &answer{}}, true},
		"a broken answer":  {news{request: 1, answer: &answer{err: io.ErrUnexpectedEOF}}, false},
		"an HTTP response": {news{request: 1, answer: &answer{err: &server.HTTPError{Status: 500, Message: "no"}}}, false},
	} {
		if got := w.take(c.news); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if w.requests[0].Position != 2048 || w.requests[1].Error == "" {
		t.Errorf("%+v", w.requests)
	}
}

// TestCancel interrupts at every kind of event. Everything begun is ended, and the error says that it
// was an interruption.
func TestCancel(t *testing.T) {
	for name, c := range map[string]struct {
		rules string
		event string // the event's name; "" once the launched server writes its log
		n     int    // which of them
		want  string
	}{
		"before the launch":         {"", "StartBegan", 1, "1:3000/1=incomplete"},
		"while it loads":            {"loadhang", "", 0, "1:3000/1=incomplete"},
		"before the first request":  {"", "Ready", 1, "1:3000/1=incomplete"},
		"in the middle of a prompt": {"delay(50ms)", "Progress", 2, "1:3000/1=incomplete"},
		"in a hang":                 {"hang when position>=3000", "Progress", 1, "1:3000/1=incomplete"},
		"between two attempts":      {"", "AttemptEnded", 1, "1:3000/1=pass"},
		"between two starts":        {"", "StartEnded", 1, "1:3000/1=pass 1:3000/2=pass"},
		"between two cells":         {"", "CellJudged", 1, "1:3000/1=pass 1:3000/2=pass"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, isolation := range []string{"cell", "config"} {
				if isolation == "config" && name == "between two starts" {
					continue
				}
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				s, recorded, heard := matrix{tokens: []int{3000, 4000}, attempts: 2, isolation: isolation}.screen(t, simLab(t, c.rules))
				s.Limits.Grace = 200 * time.Millisecond
				seen := 0
				heard.on = func(e trial.Event) {
					if fmt.Sprintf("%T", e) == "trial."+c.event {
						if seen++; seen == c.n {
							cancel()
						}
					}
				}
				if c.event == "" {
					var writing sync.WaitGroup
					defer writing.Wait()
					writing.Go(func() {
						defer cancel()
						for ctx.Err() == nil && len(logs(s)) == 0 {
							time.Sleep(time.Millisecond)
						}
					})
				}
				if err := run(t, ctx, s); !errors.Is(err, context.Canceled) {
					t.Errorf("%s: %v", isolation, err)
				}
				recorded.lawful(t)
				if got := walked(recorded); got != c.want {
					t.Errorf("%s: got %s, want %s", isolation, got, c.want)
				}
			}
		})
	}
}

func logs(s *Screen) []string {
	list, _ := filepath.Glob(filepath.Join(s.LogDir, "start-*.log*"))
	return list
}

// TestACrashIsACrashEvenWhenInterrupted: what the user saw before Ctrl-C is kept.
func TestACrashIsACrashEvenWhenInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s, recorded, heard := matrix{}.screen(t, simLab(t, "segfault when position>=5000"))
	heard.on = func(e trial.Event) {
		if p, ok := e.(trial.Progress); ok && p.Processed == 4096 {
			start := recorded.starts[0]
			until(t, "the server is dead", func() bool { return !process.Alive(start.PID, start.PIDStart) })
			cancel()
		}
	}
	err := run(t, ctx, s)
	recorded.lawful(t)
	if got := outcomes(recorded.attempts); got != "crash" && got != "incomplete" || !errors.Is(err, context.Canceled) {
		t.Errorf("%s, %v", got, err)
	}
}

// TestFullDisk fails each call of the recorder in turn. The run ends with that error, once, and
// nothing is left running.
func TestFullDisk(t *testing.T) {
	good := matrix{tokens: []int{1000, 2000}, attempts: 2, warmup: true}
	for call, times := range map[string]int{"BeginStart": 2, "StartReady": 2, "EndStart": 2, "BeginAttempt": 5, "EndAttempt": 5, "Note": 1} {
		for n := 1; n <= times; n++ {
			t.Run(fmt.Sprint(call, n), func(t *testing.T) {
				t.Parallel()
				m, rules := good, ""
				if call == "Note" {
					m.starts, rules = 2, "loadabort"
				}
				if n%2 == 0 {
					m.isolation = "config"
				}
				if call != "BeginAttempt" && call != "EndAttempt" && n > 1 {
					m.isolation = "cell"
				}
				s, recorded, _ := m.screen(t, simLab(t, rules))
				full, calls := errors.New("the disk is full"), 0
				recorded.fail = func(name string, i int) error {
					if calls > 0 || name == call && i == n {
						calls++
						return full
					}
					return nil
				}
				err := run(t, context.Background(), s)
				if !errors.Is(err, full) || err.Error() != full.Error() {
					t.Errorf("the run ended with %v", err)
				}
				if calls > 4 {
					t.Errorf("%d calls after the disk was full", calls)
				}
				for _, start := range recorded.starts {
					if start.PID != 0 && process.Alive(start.PID, start.PIDStart) {
						t.Error("a server is left running")
					}
				}
				if call == "BeginStart" && len(logs(s)) != n-1 {
					t.Errorf("launched without a durable intent: %v", logs(s))
				}
				if call == "BeginAttempt" && n == 1 && len(logs(s)) != 0 {
					t.Errorf("launched without a durable intent: %v", logs(s))
				}
				if call == "BeginAttempt" && n > 1 {
					if sent := strings.Count(unpacked(t, logs(s)[len(logs(s))-1]), "launch_slot_"); sent >= n {
						t.Errorf("%d requests were sent for %d intents", sent, n-1)
					}
				}
			})
		}
	}
}

// TestAFullDiskInPassing: one call fails, later ones do not. Everything begun is ended.
func TestAFullDiskInPassing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := matrix{
			tokens: []int{1000, 2000}, starts: rapid.IntRange(1, 2).Draw(rt, "starts"), attempts: rapid.IntRange(1, 2).Draw(rt, "attempts"),
			isolation: rapid.SampledFrom([]string{"cell", "config"}).Draw(rt, "isolation"), warmup: rapid.Bool().Draw(rt, "warmup"),
		}
		rules := rapid.SampledFrom([]string{"", "segfault when tokens=2000", "loadabort when start=2", "http(500, oops)", "segfault(phase=reply)"}).Draw(rt, "rules")
		call := rapid.SampledFrom([]string{"", "BeginStart", "StartReady", "EndStart", "BeginAttempt", "EndAttempt"}).Draw(rt, "call")
		n := rapid.IntRange(1, 5).Draw(rt, "n")
		s, recorded, _ := m.screen(t, simLab(t, rules))
		full, failed := errors.New("the disk is full"), false
		recorded.fail = func(name string, i int) error {
			if name == call && i == n {
				failed = true
				return full
			}
			return nil
		}
		err := run(t, context.Background(), s)
		if failed && !errors.Is(err, full) || !failed && err != nil {
			rt.Fatalf("the run ended with %v", err)
		}
		// What the recorder refused is not ended; everything else is, and in order.
		unended := failed && (call == "EndStart" || call == "EndAttempt")
		if !unended && (recorded.running() || len(recorded.open) > 0) || len(recorded.broken) > 0 {
			rt.Fatalf("open: start %v, attempts %v; broken: %v; calls %v", recorded.running(), recorded.open, recorded.broken, recorded.calls)
		}
	})
}

// TestIntentComesFirst: when the start's intent is recorded nothing of it runs yet, and its log does
// not exist.
func TestIntentComesFirst(t *testing.T) {
	s, recorded, _ := matrix{tokens: []int{1000, 2000}}.screen(t, simLab(t, ""))
	recorded.watch = func(call string) {
		if call == "BeginStart" && (len(logs(s)) != len(recorded.starts) || len(process.Descendants(os.Getpid())) > 0) {
			t.Errorf("before start %d: logs %v, processes %v", len(recorded.starts)+1, logs(s), process.Descendants(os.Getpid()))
		}
	}
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	want := "BeginStart BeginAttempt StartReady EndAttempt EndStart"
	if got := strings.Join(recorded.calls, " "); got != want+" "+want {
		t.Errorf("calls: %s", got)
	}
}

// TestAnAllowanceEndsAScreen: what was seen is kept and judged, what remains is left out, and a note says
// why.
func TestAnAllowanceEndsAScreen(t *testing.T) {
	for name, c := range map[string]struct {
		allowance Allowance
		rules     string
		tokens    []int
		most      int // attempts
		note      string
	}{
		"of starts":         {Allowance{Starts: 2}, "", []int{1000, 2000, 6000}, 2, "2 server starts are used up"},
		"of time":           {Allowance{Time: 1500 * time.Millisecond}, "delay(300ms)", []int{3000, 6000, 8000}, 2, "the budget of 1.5s does not do"},
		"that does for all": {Allowance{Starts: 9, Time: time.Minute}, "", []int{1000, 2000, 6000}, 3, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, recorded, _ := matrix{tokens: c.tokens}.screen(t, simLab(t, c.rules))
			s.Allowance = c.allowance
			if err := run(t, context.Background(), s); err != nil {
				t.Fatal(err)
			}
			recorded.lawful(t)
			if c.note == "" != (s.Spent == "") || !strings.Contains(strings.Join(recorded.notes, " "), c.note) {
				t.Errorf("spent %q, notes %q", s.Spent, recorded.notes)
			}
			if n := len(recorded.counted()); n > c.most || c.note == "" && n != c.most || n == 0 {
				t.Errorf("%d attempts, want at most %d", n, c.most)
			}
		})
	}
}
