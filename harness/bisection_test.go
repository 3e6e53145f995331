package harness

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
	"ctxcliff/shapes"
)

// hunt is a bisection that a test makes; zero fields have simple values.
type hunt struct {
	np, ps     []int
	shapes     string
	ceiling    int
	search     search.Settings
	serverArgs []string
}

func (h hunt) bisection(t testing.TB, lab *Lab) (*Bisection, *journal) {
	t.Helper()
	if h.np == nil {
		h.np = []int{1}
	}
	if h.ps == nil {
		h.ps = []int{16384}
	}
	if h.shapes == "" {
		h.shapes = "natural"
	}
	list, err := shapes.ParseList(h.shapes)
	if err != nil {
		t.Fatal(err)
	}
	target := lab.Target
	target.Args = h.serverArgs
	goal := Goal{Ceiling: h.ceiling, Search: h.search.WithDefaults()}
	for _, np := range h.np {
		for _, ps := range h.ps {
			for _, s := range list {
				goal.Lines = append(goal.Lines, plan.Line{Configuration: plan.Configuration{Target: target, NP: np, Ctx: ps * np, Reply: 4}, Shape: s})
			}
		}
	}
	j := &journal{memory: &memory{}, cells: map[string]bool{}}
	return &Bisection{
		Goal: goal, Journal: j,
		Rig: Rig{
			Seed: 7, Labs: Labs{lab}, LogDir: t.TempDir(), Recorder: j, Listener: &ear{}, Canary: true,
			Settings: trial.Settings{Starts: 1, Attempts: 1, Isolation: "config", Reply: 4, Warmup: true},
			Limits:   Limits{Ready: 10 * time.Second, Stall: 5 * time.Second, Grace: 2 * time.Second, Dying: 5 * time.Second, Late: 10 * time.Millisecond},
		},
	}, j
}

// edges runs the bisection to its end and gives the edges that its journal comes to.
func edges(t testing.TB, b *Bisection, j *journal) []search.Edge {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	if err := b.Run(ctx); err != nil {
		t.Fatal(err)
	}
	j.lawful(t)
	return edgesOf(t, b, j.entries)
}

func edgesOf(t testing.TB, b *Bisection, entries []search.Entry) []search.Edge {
	t.Helper()
	c, err := search.Journal{Settings: b.Goal.Search, Cells: b.Goal.Cells(b.Labs), Entries: entries}.Campaign()
	if err != nil {
		t.Fatal(err)
	}
	return c.Edges()
}

func story(entries []search.Entry) string {
	var lines []string
	for _, e := range entries {
		line := string(e.Probe.Kind) + "/" + string(e.Probe.Path)
		if e.Answer != nil {
			line += " " + string(e.Answer.Outcome)
			if e.Answer.Outcome != search.Passed {
				line += "@" + string(e.Answer.Phase)
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, ", ")
}

// batch is the server's n_batch: how far above its position a crash may lie.
const batch = 2048

// TestEdgesOfASimulatedServer: hidden rules, found within a batch, guard aside.
func TestEdgesOfASimulatedServer(t *testing.T) {
	for name, c := range map[string]struct {
		rules string
		hunt  hunt
		holds int // the largest size that never breaks; the claim may lie below by guard and batch
		limit search.Limiter
		flags []search.Flag // among them
		fault string        // class prefix of the title's bug
	}{
		"nothing breaks":              {holds: 16383, limit: search.ByRefusal},
		"nothing breaks below":        {hunt: hunt{ceiling: 9000}, holds: 9000, limit: search.ByCeiling},
		"it asserts at a position":    {rules: "abort when position>=12345", holds: 12344, limit: search.ByFault},
		"only one shape":              {rules: "abort when shape=repeat and position>=9000", hunt: hunt{shapes: "repeat:contexttoken"}, holds: 8999, limit: search.ByFault},
		"another shape":               {rules: "abort when shape=repeat and position>=9000", holds: 16383, limit: search.ByRefusal},
		"only with two slots at work": {rules: "delay(5ms); abort when busy>=2 and position>=9000", hunt: hunt{np: []int{2}}, holds: 8999, limit: search.ByFault},
		"only cold prompts":           {rules: "abort when cold and tokens>=11000 and position>=11000", holds: 10999, limit: search.ByFault, flags: []search.Flag{search.ColdOnly}},
		"only cached prompts":         {rules: "abort when cached and tokens>=11000", holds: 10999, limit: search.ByFault, flags: []search.Flag{search.CachedOnly}},
		"it hangs":                    {rules: "hang when position>=12345", holds: 12344, limit: search.ByFault, flags: []search.Flag{search.Hangs}},
		"it answers nonsense":         {rules: "nan when tokens>=10000", holds: 9999, limit: search.ByFault},
		"it dies after its answer":    {rules: "segfault(phase=reply) when tokens>=10000", holds: 9999, limit: search.ByFault},
		"no memory in a request":      {rules: `http(500, "std::bad_alloc", phase=prefill) when position>=10000`, holds: 9999, limit: search.ByMemory, flags: []search.Flag{search.OutOfMemory}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, j := c.hunt.bisection(t, simLab(t, c.rules))
			if strings.Contains(c.rules, "hang") {
				b.Limits.Stall, b.Limits.Grace = 400*time.Millisecond, 100*time.Millisecond
			}
			e := edges(t, b, j)[0]
			t.Logf("%s\n%s", e.Why, story(j.entries))
			low := c.holds
			if c.holds < 16383 && c.limit != search.ByCeiling {
				low = int(float64(c.holds-batch)*0.9) - 256
			}
			if e.Safe > c.holds || e.Safe < low || e.Limit != c.limit || e.Status != search.Confirmed {
				t.Errorf("holds up to %d by %s, %s; want %d..%d by %s\n%s\n%s", e.Safe, e.Limit, e.Status, low, c.holds, c.limit, e.Why, story(j.entries))
			}
			for _, f := range c.flags {
				if !slices.Contains(e.Flags, f) {
					t.Errorf("flags %v, want %s\n%s", e.Flags, f, story(j.entries))
				}
			}
			if c.limit == search.ByRefusal && (e.Unsafe == nil || *e.Unsafe != 16384) {
				t.Errorf("refused at %v", e.Unsafe)
			}
			for _, bug := range e.Bugs {
				if bug.Signature == "" || bug.Title == "" || bug.Ref == "" {
					t.Errorf("a bug without a name: %+v", bug)
				}
			}
		})
	}
}

// TestABisectionIsTakenUpAgain: interrupted at any probe, and once more, it asks nothing twice and finds
// the same.
func TestABisectionIsTakenUpAgain(t *testing.T) {
	h := hunt{np: []int{1, 2}, ps: []int{8192}, shapes: "opt,natural"}
	lab := func() *Lab { return simLab(t, "abort when shape=natural and position>=5000") }
	b, j := h.bisection(t, lab())
	want := edges(t, b, j)

	again, k := h.bisection(t, lab())
	for session := 1; ; session++ {
		ctx, cancel := context.WithCancel(context.Background())
		stopAt := len(k.entries) + 1 + session%3
		again.Listener = &ear{on: func(e trial.Event) {
			if began, ok := e.(trial.AttemptBegan); ok && began.Attempt.Probe >= stopAt {
				cancel() // in the middle of it
			}
		}}
		err := again.Run(ctx)
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if session > 60 {
			t.Fatalf("still not at its end: %s", story(k.entries))
		}
		again.Done, again.Starts = slices.Clone(k.entries), len(k.starts)
	}
	k.lawful(t)
	got := edgesOf(t, again, k.entries)
	for i := range want {
		if got[i].Safe != want[i].Safe || got[i].Limit != want[i].Limit || got[i].Exposures != want[i].Exposures || got[i].Status != want[i].Status {
			t.Errorf("%s: %d %s %d, want %d %s %d", want[i].Cell, got[i].Safe, got[i].Limit, got[i].Exposures, want[i].Safe, want[i].Limit, want[i].Exposures)
		}
	}
	seen := map[string]bool{}
	for _, e := range k.entries {
		q := e.Probe
		what := string(q.Kind) + string(q.Path) + q.Cell
		if e.Answer.Outcome != search.Interrupted && q.Kind != search.Confirm && q.Kind != search.Smoke && seen[what] {
			t.Errorf("%s was asked again although it had been answered", what)
		}
		seen[what] = seen[what] || e.Answer.Outcome != search.Interrupted
	}
}
