package reports

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// The keys that scripts rely on. Unknown keys are fine, missing or renamed ones are not.
type stable struct {
	Run struct {
		ID      *string         `json:"id"`
		Command *string         `json:"command"`
		Target  *map[string]any `json:"target"`
		Seed    *uint64         `json:"seed"`
	} `json:"run"`
	Cells []struct {
		ID           *string `json:"id"`
		Shape        *string `json:"shape"`
		NP           *int    `json:"np"`
		Ctx          *int    `json:"ctx"`
		PS           *int    `json:"ps"`
		TargetTokens *int    `json:"target_tokens"`
		PromptTokens *int    `json:"prompt_tokens"`
		Verdict      *string `json:"verdict"`
		Outcome      *string `json:"outcome"`
		Passed       *int    `json:"passed"`
		Starts       *int    `json:"starts"`
		Attempts     []struct {
			N            *int     `json:"n"`
			Start        *int     `json:"start"`
			Outcome      *string  `json:"outcome"`
			Cold         *bool    `json:"cold"`
			PromptTokens *int     `json:"prompt_tokens"`
			CachedTokens *int     `json:"cached_tokens"`
			PP           *float64 `json:"pp_tps"`
			TG           *float64 `json:"tg_tps"`
			Seconds      *float64 `json:"seconds"`
			Reason       *string  `json:"reason"`
		} `json:"attempts"`
		Fault *struct {
			ID         *string   `json:"id"`
			Class      *string   `json:"class"`
			Category   *string   `json:"category"`
			Title      *string   `json:"title"`
			Signature  *string   `json:"signature"`
			Component  *string   `json:"component"`
			Phase      *string   `json:"phase"`
			Position   *int      `json:"position"`
			FirstDeath *string   `json:"first_death"`
			Excerpt    *[]string `json:"excerpt"`
		} `json:"fault"`
	} `json:"cells"`
	Summary map[string]any `json:"summary"`
}

func TestStableKeys(t *testing.T) {
	var d stable
	text := render(t, "json", Summarize(troubled(t)), TextOptions{})
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	if d.Run.ID == nil || d.Run.Command == nil || d.Run.Target == nil || d.Run.Seed == nil || *d.Run.Seed != 42 || len(d.Summary) == 0 {
		t.Fatalf("run or summary lacks keys: %+v", d.Run)
	}
	faults := 0
	for _, c := range d.Cells {
		for name, missing := range map[string]bool{
			"id": c.ID == nil, "shape": c.Shape == nil, "np": c.NP == nil, "ctx": c.Ctx == nil, "ps": c.PS == nil,
			"target_tokens": c.TargetTokens == nil, "prompt_tokens": c.PromptTokens == nil, "verdict": c.Verdict == nil,
			"outcome": c.Outcome == nil, "passed": c.Passed == nil, "starts": c.Starts == nil, "attempts": c.Attempts == nil,
		} {
			if missing {
				t.Fatalf("a cell lacks %s", name)
			}
		}
		for _, a := range c.Attempts {
			if a.N == nil || a.Start == nil || a.Outcome == nil || a.Cold == nil || a.PromptTokens == nil || a.CachedTokens == nil ||
				a.PP == nil || a.TG == nil || a.Seconds == nil || a.Reason == nil {
				t.Fatalf("%s: an attempt lacks keys: %+v", *c.ID, a)
			}
		}
		if f := c.Fault; f != nil {
			faults++
			if f.ID == nil || f.Class == nil || f.Category == nil || f.Title == nil || f.Signature == nil || f.Component == nil ||
				f.Phase == nil || f.Position == nil || f.FirstDeath == nil || f.Excerpt == nil {
				t.Fatalf("%s: the fault lacks keys: %+v", *c.ID, f)
			}
		}
	}
	if faults != 3 {
		t.Errorf("%d cells have a fault, want 3", faults)
	}
	if !strings.Contains(text, `"fault": null`) {
		t.Error("a cell without a fault does not say null")
	}
}

func find(t *testing.T, s Summary, shape string, np, ps, tokens int) Cell {
	t.Helper()
	for _, c := range s.Cells {
		if c.Shape == shape && c.NP == np && c.PS == ps && c.TargetTokens == tokens {
			return c
		}
	}
	t.Fatalf("no cell %s np%d ps%d %d", shape, np, ps, tokens)
	return Cell{}
}

func TestSummaryOfARunWithOneOfEverything(t *testing.T) {
	s := Summarize(troubled(t))
	for name, c := range map[string]struct {
		cell                            Cell
		verdict                         trial.Verdict
		outcome                         trial.Outcome
		passed, refused, failed, starts int
	}{
		"passes in two starts":          {find(t, s, "opt", 1, 16000, 1000), trial.Holds, trial.Pass, 2, 0, 0, 2},
		"a refusal is no pass":          {find(t, s, "opt", 2, 16000, 20000), trial.Limit, trial.Refused, 0, 2, 0, 2},
		"a failure is never outvoted":   {find(t, s, "natural", 1, 16000, 8000), trial.Flaky, trial.GPUFault, 1, 0, 1, 2},
		"the finest outcome is shown":   {find(t, s, "natural", 2, 32000, 20000), trial.Breaks, trial.GPUFault, 0, 0, 2, 2},
		"a hang":                        {find(t, s, "opt", 2, 32000, 20000), trial.Breaks, trial.Hang, 0, 0, 1, 1},
		"our own bug proves nothing":    {find(t, s, "opt", 1, 16000, 8000), trial.Unproven, trial.Sizing, 0, 0, 0, 0},
		"nor does trouble of the lab":   {find(t, s, "opt", 1, 32000, 8000), trial.Unproven, trial.Infra, 0, 0, 0, 0},
		"an open attempt was in flight": {find(t, s, "natural", 2, 32000, 8000), trial.Unproven, trial.Incomplete, 0, 0, 0, 0},
		"skipped with a reason":         {find(t, s, "natural", 2, 16000, 20000), trial.Unproven, trial.Skip, 0, 0, 0, 0},
		"planned and never run":         {find(t, s, "natural", 1, 32000, 20000), trial.Unproven, trial.Missing, 0, 0, 0, 0},
	} {
		got := c.cell
		if got.Verdict != c.verdict || got.Outcome != c.outcome || got.Passed != c.passed || got.Refused != c.refused || got.Failed != c.failed || got.Starts != c.starts {
			t.Errorf("%s: got %v %v, %d passed %d refused %d failed of %d", name, got.Verdict, got.Outcome, got.Passed, got.Refused, got.Failed, got.Starts)
		}
	}
	if got := s.Exit(); got != Failures {
		t.Errorf("exit %v", got)
	}
	if c := find(t, s, "natural", 2, 32000, 20000); c.Fault == nil || c.Fault.FirstDeath != "rpc1" || c.Bug != c.Fault.ID() || c.PromptTokens != 20000 {
		t.Errorf("fault %+v, bug %s, prompt of %d", c.Fault, c.Bug, c.PromptTokens)
	}
	if c := find(t, s, "opt", 1, 16000, 1000); c.Cold.Seconds.N != 2 || c.Cached.Seconds.N != 2 || c.Cold.PP.Mean < c.Cached.PP.Mean*0.9 {
		t.Errorf("cold %+v, cached %+v", c.Cold, c.Cached)
	}
	if s.Totals.Warmups != 1 {
		t.Errorf("%d warm-ups", s.Totals.Warmups)
	}
}

func oneCell(t *testing.T, tokens int, attempts ...func(*book, plan.Cell)) Summary {
	t.Helper()
	b := newBook(t, plan.Matrix{NP: []int{1}, PerSlot: []int{4096}, Shapes: shapeList(t, "opt"), Tokens: []int{tokens}},
		trial.Settings{Starts: 1, Attempts: 1, Isolation: "cell"})
	for _, a := range attempts {
		a(b, b.Cells[0])
	}
	return Summarize(b.Record)
}

func TestExit(t *testing.T) {
	passes := (*book).pass
	refuses := (*book).refuse
	ends := func(o trial.Outcome) func(*book, plan.Cell) {
		return func(b *book, c plan.Cell) { b.start(c); b.attempt(c, o, "because", time.Second, nil) }
	}
	for name, c := range map[string]struct {
		tokens   int
		attempts []func(*book, plan.Cell)
		want     ExitKind
		note     string
	}{
		"nothing was tested":                {1000, nil, Inconclusive, ""},
		"all pass":                          {1000, []func(*book, plan.Cell){passes}, Clean, ""},
		"refused where it had to be":        {4096, []func(*book, plan.Cell){refuses}, Clean, ""},
		"refused where it fits":             {4095, []func(*book, plan.Cell){refuses}, Trouble, "refused although"},
		"answered where it does not fit":    {4096, []func(*book, plan.Cell){passes}, Clean, "only 4096"},
		"one crash among passes":            {1000, []func(*book, plan.Cell){passes, ends(trial.Crash), passes}, Failures, ""},
		"passes and refusals disagree":      {1000, []func(*book, plan.Cell){passes, refuses}, Failures, ""},
		"only trouble of the lab":           {1000, []func(*book, plan.Cell){ends(trial.Infra)}, Trouble, "answers for none"},
		"our own bug":                       {1000, []func(*book, plan.Cell){ends(trial.Sizing)}, Trouble, "answers for none"},
		"trouble in one start, a pass next": {1000, []func(*book, plan.Cell){ends(trial.Infra), passes}, Clean, "answers for none"},
		"interrupted before anything":       {1000, []func(*book, plan.Cell){ends(trial.Incomplete)}, Inconclusive, ""},
		"a warning is a pass":               {1000, []func(*book, plan.Cell){ends(trial.Warn)}, Clean, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := oneCell(t, c.tokens, c.attempts...)
			if got := s.Exit(); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if notes := strings.Join(s.Notes, "\n"); !strings.Contains(notes, c.note) {
				t.Errorf("notes %q lack %q", notes, c.note)
			}
		})
	}
}

// No failure is ever more than a bound on the rate, in any format.
func TestNothingIsCalledSafeOrStable(t *testing.T) {
	for _, r := range records {
		s := Summarize(r.make(t))
		for _, format := range []string{"text", "md", "origin"} {
			got := strings.ToLower(render(t, format, s, TextOptions{}))
			for _, word := range []string{"safe", "stable"} {
				if strings.Contains(got, word) {
					t.Errorf("%s as %s says %q", r.name, format, word)
				}
			}
		}
	}
	for _, format := range []string{"text", "md", "origin"} {
		if got := render(t, format, Summarize(allPass(t)), TextOptions{}); !strings.Contains(got, "63 %") {
			t.Errorf("%s does not say that 0 of 3 leaves a rate of 63 %%", format)
		}
	}
}

func TestTotalsAreSumsOfTheCells(t *testing.T) {
	outcomes := append(trial.Outcomes()[:14], trial.Unknown)
	rapid.Check(t, func(rt *rapid.T) {
		b := newBook(t, plan.Matrix{NP: []int{1, 2}, PerSlot: []int{4096}, Shapes: shapeList(t, "opt,natural"), Tokens: []int{1000, 4096}},
			trial.Settings{Starts: 2, Attempts: 2, Isolation: "config"})
		for range rapid.IntRange(0, 6).Draw(rt, "starts") {
			c := rapid.SampledFrom(b.Cells).Draw(rt, "cell")
			b.start(c)
			for range rapid.IntRange(0, 3).Draw(rt, "attempts") {
				b.attempt(c, rapid.SampledFrom(outcomes).Draw(rt, "outcome"), "", time.Second, answer(c.Tokens, rapid.IntRange(0, 1).Draw(rt, "cached"), perToken))
			}
		}
		s := Summarize(b.Record)
		attempts, starts, passed, failed := 0, 0, 0, 0
		for _, c := range s.Cells {
			attempts += len(c.Attempts)
			starts += c.Starts
			passed += c.Passed + c.Refused
			failed += c.Failed
			if c.Passed < 0 || c.Passed+c.Refused+c.Failed != c.Starts {
				rt.Fatalf("%s: %d passed, %d refused, %d failed of %d", c.ID, c.Passed, c.Refused, c.Failed, c.Starts)
			}
			if c.Failed > 0 != c.finding() && c.Verdict != trial.Flaky {
				rt.Fatalf("%s: %d failed, verdict %v", c.ID, c.Failed, c.Verdict)
			}
		}
		if attempts != s.Totals.Attempts || starts != passed+failed || s.Totals.CountedStarts > s.Totals.Starts || s.Totals.FailedStarts > s.Totals.CountedStarts {
			rt.Fatalf("%d attempts, %d starts: %+v", attempts, starts, s.Totals)
		}
		if bad := failed > 0 || hasFlaky(s); bad != (s.Exit() == Failures) {
			rt.Fatalf("exit %v with %d failed starts", s.Exit(), failed)
		}
		for _, format := range Formats() {
			if len(render(t, format, s, TextOptions{})) == 0 {
				rt.Fatalf("%s is empty", format)
			}
		}
	})
}

func hasFlaky(s Summary) bool {
	for _, c := range s.Cells {
		if c.Verdict == trial.Flaky {
			return true
		}
	}
	return false
}

func TestADamagedRecordIsReported(t *testing.T) {
	r := allPass(t)
	r.Cells = append(r.Cells, plan.Cell{})
	r.Skips = append(r.Skips, plan.Skip{})
	s := Summarize(r)
	if !strings.Contains(strings.Join(s.Notes, "\n"), "2 cells without slots") {
		t.Errorf("notes: %q", s.Notes)
	}
}

func TestOriginName(t *testing.T) {
	for _, c := range []struct {
		s    Summary
		want string
	}{
		{oneCell(t, 1000), "2026-11-24_tiny-llama-ud-q4kxl-screen-np1_ps4Ki.md"},
		{Summarize(allPass(t)), "2026-11-24_tiny-llama-ud-q4kxl-screen.md"},
		{Summary{}, "undated_attached-run.md"},
	} {
		if got := OriginName(c.s); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
	names := map[string]bool{}
	for _, format := range Formats() {
		if name := FileName(oneCell(t, 1000), format); names[name] || !strings.HasPrefix(name, "2026-11-24_tiny-llama-ud-q4kxl-screen-np1_ps4Ki.") {
			t.Errorf("%s is called %s", format, name)
		} else {
			names[name] = true
		}
	}
	if got := OriginName(Summarize(hostile(t))); strings.ContainsAny(got, "/\\\x1b \n<>|*") {
		t.Errorf("%q is not a file name", got)
	}
}
