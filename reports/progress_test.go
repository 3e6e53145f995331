package reports

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// stage plays a run to listeners on a clock of its own. Prompts take what the home lab measured.
type stage struct {
	now   time.Time
	tell  func(trial.Event)
	start int
}

func fieldSeconds(tokens, np int) float64 {
	n := float64(tokens)
	return (3.185e-3*n + 3.178e-8*n*n) * float64(np)
}

func (s *stage) wait(seconds float64) { s.now = s.now.Add(inSeconds(seconds)) }

// visit plays one start: a load, a warm-up, a cold attempt with progress, a cached one.
func (s *stage) visit(c plan.Cell, o trial.Outcome) {
	s.start++
	st := trial.Start{N: s.start, Configuration: c.Configuration.ID(), Load: 285 * time.Second, Requested: o != trial.Crash}
	s.tell(trial.StartBegan{Start: st})
	s.tell(trial.AttemptBegan{Cell: c, Attempt: trial.Attempt{N: 1, StartN: s.start}})
	s.wait(285)
	s.tell(trial.Ready{Start: st})
	s.tell(trial.AttemptBegan{Cell: c, Attempt: trial.Attempt{N: 1, StartN: s.start, Warmup: true}})
	s.wait(3)
	s.tell(trial.AttemptEnded{Cell: c, Attempt: trial.Attempt{N: 1, StartN: s.start, Warmup: true, Outcome: trial.Pass}})
	cold := fieldSeconds(c.Tokens, c.Configuration.NP)
	for i := 1; i <= 4; i++ {
		s.wait(cold / 5)
		for slot := range c.Configuration.NP {
			s.tell(trial.Progress{Cell: c, Slot: slot, Processed: c.Tokens * i / 5, Total: c.Tokens, At: s.now})
		}
	}
	s.wait(cold / 5)
	a := trial.Attempt{N: 1, StartN: s.start, Outcome: o, Elapsed: inSeconds(cold)}
	if o != trial.Pass {
		a.Reason, st.Exit = "the server ended by itself with \x1b[31msignal:SIGSEGV\r\n", "signal:SIGSEGV"
	}
	a.Requests = []trial.Request{{PromptTokens: c.Tokens, ProcessedTokens: c.Tokens, PromptTime: inSeconds(cold)}}
	s.tell(trial.AttemptEnded{Cell: c, Attempt: a})
	if o == trial.Pass {
		s.tell(trial.AttemptBegan{Cell: c, Attempt: trial.Attempt{N: 2, StartN: s.start}})
		s.wait(5)
		a.N, a.Elapsed = 2, 5*time.Second
		a.Requests = []trial.Request{{PromptTokens: c.Tokens, ProcessedTokens: 1, CachedTokens: c.Tokens - 1, PromptTime: 50 * time.Millisecond}}
		s.tell(trial.AttemptEnded{Cell: c, Attempt: a})
	}
	s.wait(2)
	s.tell(trial.StartEnded{Start: st})
}

func fieldPlan(t testing.TB) plan.Plan {
	t.Helper()
	p, err := plan.Matrix{
		Targets: []plan.Target{{Name: "qwen397b", Backend: "rocm-7.2.4"}}, NP: []int{1, 2}, PerSlot: []int{160000},
		Shapes: shapeList(t, "opt,natural"), Tokens: []int{75010, 100010, 150010}, Reply: 16,
	}.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var fieldSettings = trial.Settings{Starts: 1, Attempts: 2, Isolation: "cell"}

// play runs the whole plan; each visit's outcome comes from crash.
func play(s *stage, p plan.Plan, crash func(i int) bool) {
	s.tell(trial.RunBegan{Run: trial.Run{Settings: fieldSettings}, Plan: p})
	s.tell(trial.Note{Text: "kernel log not readable\x1b[2J\nhere"})
	i := 0
	for _, w := range p.Configurations {
		for _, c := range w.Cells {
			o := trial.Pass
			if crash(i) {
				o = trial.Crash
			}
			i++
			s.visit(c, o)
		}
	}
	s.tell(trial.RunEnded{})
}

func TestProgressInALog(t *testing.T) {
	var b bytes.Buffer
	s := &stage{now: dawn}
	p := NewProgress(&b, false, 80, func() time.Time { return s.now })
	s.tell = p.Observe
	play(s, fieldPlan(t), func(i int) bool { return i == 3 })
	golden(t, "progress.text", b.Bytes())
	for line := range strings.Lines(b.String()) {
		if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), unprintable) {
			t.Errorf("a control character in %q", line)
		}
	}
}

// screenAfter shows what a terminal would show: the lines, the last one being where the cursor is.
func screenAfter(t *testing.T, output string, columns int) []string {
	t.Helper()
	lines := []string{""}
	for output != "" {
		last := len(lines) - 1
		switch rest, ok := strings.CutPrefix(output, "\r\x1b[K"); {
		case ok:
			lines[last], output = "", rest
		case output[0] == '\n':
			lines, output = append(lines, ""), output[1:]
		case output[0] < ' ':
			t.Fatalf("the terminal is steered by %q", output[:min(20, len(output))])
		default:
			n := strings.IndexAny(output, "\r\n\x1b")
			if n < 0 {
				n = len(output)
			}
			lines[last] += output[:n]
			output = output[n:]
		}
	}
	return lines
}

func TestProgressOnATerminal(t *testing.T) {
	const columns = 60
	var b bytes.Buffer
	s := &stage{now: dawn}
	p := NewProgress(&b, true, columns, func() time.Time { return s.now })
	loading, percent, etas := 0, 0, 0
	s.tell = func(e trial.Event) {
		p.Observe(e)
		lines := screenAfter(t, b.String(), columns)
		status := lines[len(lines)-1]
		if width(status) >= columns {
			t.Errorf("%d columns: %q", width(status), status)
		}
		loading += strings.Count(status, "natural 75010: loading")
		percent += strings.Count(status, "attempt 1  40 %")
		etas += strings.Count(status, "ETA")
	}
	play(s, fieldPlan(t), func(i int) bool { return i == 3 })
	lines := screenAfter(t, b.String(), columns)
	if loading == 0 || percent == 0 || etas == 0 {
		t.Errorf("loading was seen %d times, 40 %% %d times, an ETA %d times", loading, percent, etas)
	}
	if last := lines[len(lines)-1]; last != "" {
		t.Errorf("the status line still says %q", last)
	}
	want := []string{"note: kernel log not readable here", "[4/12] np1_ps160k natural 100010: attempt 1 (cold) crash", "start 4 ended by itself: signal:SIGSEGV"}
	if len(lines) != len(want)+1 {
		t.Fatalf("lines that stay: %q", lines)
	}
	for i, w := range want {
		if !strings.HasPrefix(lines[i], w) {
			t.Errorf("got %q, want %q", lines[i], w)
		}
	}
}

func TestALogShowsSignsOfLife(t *testing.T) {
	var b bytes.Buffer
	s := &stage{now: dawn}
	p := NewProgress(&b, false, 80, func() time.Time { return s.now })
	w := fieldPlan(t).Configurations[0]
	p.Observe(trial.RunBegan{Run: trial.Run{Settings: fieldSettings}, Plan: plan.Plan{Configurations: []plan.Work{w}}})
	p.Observe(trial.StartBegan{Start: trial.Start{N: 1}})
	for range 100 {
		s.wait(1)
		p.Redraw()
	}
	if n := strings.Count(b.String(), "\n"); n != 1 || !strings.Contains(b.String(), "start 1: loading") || strings.Contains(b.String(), "ETA") {
		t.Errorf("%d lines in 100 s: %s", n, b.String())
	}
}

// Half way through a run, the ETA is within a tenth of what the rest really takes, loads included.
func TestETAComesTrue(t *testing.T) {
	s := &stage{now: dawn}
	p := NewProgress(&bytes.Buffer{}, false, 80, func() time.Time { return s.now })
	visits := 0
	var promised time.Duration
	var at time.Time
	s.tell = func(e trial.Event) {
		p.Observe(e)
		if _, ok := e.(trial.StartEnded); ok {
			if visits++; visits == 6 {
				promised, _ = p.walk.left(s.now)
				at = s.now
			}
		}
	}
	play(s, fieldPlan(t), func(int) bool { return false })
	took := s.now.Sub(at)
	if off := math.Abs(promised.Seconds()/took.Seconds() - 1); off > 0.1 {
		t.Errorf("promised %v, took %v", promised, took)
	}
}

func TestForecastFitsTheFieldsLatencies(t *testing.T) {
	var f Forecast
	if _, ok := f.Plan(fieldPlan(t), fieldSettings); ok {
		t.Error("a forecast without any measurement")
	}
	cell := func(np, tokens int) plan.Cell {
		return plan.Cell{Configuration: plan.Configuration{NP: np, Ctx: 300000 * np}, Tokens: tokens}
	}
	for tokens, seconds := range map[int]float64{75010: 417.9, 100010: 636.2, 125004: 894.2, 150010: 1193.4} {
		f.Learn(cell(1, tokens), trial.Attempt{N: 1, Outcome: trial.Pass, Elapsed: inSeconds(seconds)})
	}
	for tokens, want := range map[int]float64{69970: 380.7, 89970: 545.5} { // measured, not fitted
		if got := f.attempt(cell(1, tokens), 1); math.Abs(got/want-1) > 0.01 {
			t.Errorf("%d tokens: %.1f s, measured %.1f s", tokens, got, want)
		}
	}
	if a, b := f.attempt(cell(1, 100000), 1), f.attempt(cell(4, 100000), 1); math.Abs(b/a-4) > 1e-9 {
		t.Errorf("np 4 takes %.1f s, np 1 %.1f s", b, a)
	}
	if got := f.attempt(cell(1, 400000), 1); got != 0 {
		t.Errorf("a prompt that will be refused takes %.1f s", got)
	}
}

// TestForecastOfSeveralTargets: a slow target does not make a fast one slow; one that has measured nothing is as the
// others are together, and how much the cache saves is learned from them, too.
func TestForecastOfSeveralTargets(t *testing.T) {
	cell := func(backend string, tokens int) plan.Cell {
		return plan.Cell{Configuration: plan.Configuration{Target: plan.Target{Name: "m", Backend: backend}, NP: 1, Ctx: 300000}, Tokens: tokens}
	}
	learn := func(f *Forecast, backend string, n int, perToken float64) {
		for _, tokens := range []int{10000, 50000, 100000} {
			f.Learn(cell(backend, tokens), trial.Attempt{N: n, Outcome: trial.Pass, Elapsed: inSeconds(perToken * float64(tokens))})
		}
	}
	near := func(got, want float64) bool { return math.Abs(got/want-1) < 0.02 }
	var f Forecast
	learn(&f, "cpu", 1, 1e-2)
	learn(&f, "cpu", 2, 1e-4)
	learn(&f, "gpu", 1, 1e-3)
	f.LearnLoad(cell("cpu", 1).Configuration.ID(), 200*time.Second)
	f.LearnLoad(cell("gpu", 1).Configuration.ID(), 20*time.Second)
	if cpu, gpu := f.attempt(cell("cpu", 80000), 1), f.attempt(cell("gpu", 80000), 1); !near(cpu, 800) || !near(gpu, 80) {
		t.Errorf("cpu takes %.1f s, gpu %.1f s", cpu, gpu)
	}
	if later := f.attempt(cell("gpu", 80000), 2); later <= 0 || later > 8 {
		t.Errorf("a later attempt of the one that has seen none takes %.1f s", later)
	}
	if fresh := f.attempt(cell("new", 80000), 1); fresh <= 80 || fresh >= 800 {
		t.Errorf("a target that has measured nothing takes %.1f s", fresh)
	}
	p := plan.Plan{Configurations: []plan.Work{{Configuration: cell("gpu", 1).Configuration, Cells: []plan.Cell{cell("gpu", 80000)}}}}
	if got, ok := f.Plan(p, trial.Settings{Starts: 2, Attempts: 1, Isolation: "cell"}); !ok || !near(got.Seconds(), 2*(80+20)) {
		t.Errorf("two starts of the fast one take %v", got)
	}
	if got, ok := f.Cold(cell("gpu", 1).Configuration.ID(), 1, 80000); !ok || !near(got.Seconds(), 80) {
		t.Errorf("cold it takes %v", got)
	}
}

func TestLearnRecord(t *testing.T) {
	r := allPass(t)
	var f Forecast
	f.LearnRecord(r)
	p := plan.Plan{}
	for _, c := range r.Cells {
		if n := len(p.Configurations); n == 0 || p.Configurations[n-1].Configuration.ID() != c.Configuration.ID() {
			p.Configurations = append(p.Configurations, plan.Work{Configuration: c.Configuration})
		}
		w := &p.Configurations[len(p.Configurations)-1]
		w.Cells = append(w.Cells, c)
	}
	got, ok := f.Plan(p, r.Run.Settings)
	real := 0.0
	for _, a := range r.Attempts {
		real += a.Elapsed.Seconds()
	}
	for _, s := range r.Starts {
		real += s.Load.Seconds()
	}
	if e := EstimateFrom(p, r.Run.Settings, r, trial.Record{}); e.Time != got || e.Basis != "measured in "+r.Run.ID {
		t.Errorf("estimate %+v, forecast %v", e, got)
	}
	if e := EstimateFrom(fieldPlan(t), r.Run.Settings, r); e.Time != 0 {
		t.Errorf("another model is estimated to take %v", e.Time)
	}
	if !ok || math.Abs(got.Seconds()/real-1) > 0.1 {
		t.Errorf("the plan of a run that took %.1f s is said to take %v", real, got)
	}
}

func TestPlan(t *testing.T) {
	p := fieldPlan(t)
	p.Configurations[0].Cells = append(p.Configurations[0].Cells, plan.Cell{Configuration: p.Configurations[0].Configuration, Shape: shapeList(t, "mixed")[0], Tokens: 170000})
	p.Skips = []plan.Skip{{Cell: p.Configurations[1].Cells[0], Reason: "predicted not to fit"}}
	var b bytes.Buffer
	if err := Plan(&b, p, trial.Settings{Starts: 3, Attempts: 2, Isolation: "config"}, Estimate{Time: 3 * time.Hour, Basis: "measured in an earlier run"}); err != nil {
		t.Fatal(err)
	}
	golden(t, "plan.text", b.Bytes())
	if want := fmt.Sprintf("2 configurations, 13 cells, 6 starts, %d requests", 7*3*2*1+6*3*2*2); !strings.HasPrefix(b.String(), want) {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
