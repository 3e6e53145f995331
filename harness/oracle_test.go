package harness

import (
	"context"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/oracle"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
)

// TestSpoiltAnswers: servers that answer with status 200 and nonsense.
func TestSpoiltAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		rules   string
		matrix  matrix
		want    trial.Outcome
		class   string
		reason  string // part of it
		excerpt string
	}{
		"a good server":                 {matrix: matrix{np: 2, shapes: "natural,opt,random,repeat:contexttoken", isolation: "config", attempts: 2}, want: trial.Pass},
		"NaN logits":                    {rules: "nan when tokens>=5000", want: trial.Garbage, class: oracle.NaNLogits, reason: "NaN"},
		"one character again and again": {rules: "garbage(G) when tokens>=5000", matrix: matrix{shapes: "natural"}, want: trial.Garbage, class: oracle.RepeatChar, reason: `repeats "G"`},
		"another slot's prompt":         {rules: "delay(20ms); leak when busy>=2 and tokens>=5000", matrix: matrix{np: 2}, want: trial.Leak, class: oracle.Leak, reason: "nonce"},
		"a server that is never the same again": {rules: "drift when tokens>=5000", want: trial.Garbage, class: oracle.Incoherent, reason: "the canary's answer changed",
			excerpt: "well in start 1, fresh, has token"},
		"a server that is never the same again after the first of two": {rules: "drift when tokens>=5000", matrix: matrix{attempts: 2}, want: trial.Garbage, class: oracle.Incoherent, excerpt: "after attempt 2 of"},
		"a canary that kills":             {rules: "segfault when tokens=16", want: trial.Crash, class: "crash.segv", reason: "before the first prompt: "},
		"a canary that hangs":             {rules: "hang when tokens=16", want: trial.Hang, class: "hang.decode", reason: "before the first prompt: "},
		"a long canary that kills, later": {rules: "segfault when tokens=640 and attempt>=4", want: trial.Crash, class: "crash.segv", reason: "ended by itself"},
		"a long canary that hangs, later": {rules: "hang when tokens=640 and attempt>=4", want: trial.Hang, class: "hang.decode", reason: "no prompt progress"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, recorded, _ := c.matrix.screen(t, simLab(t, c.rules))
			s.Canary = true
			if c.want == trial.Hang {
				s.Limits.Stall, s.Limits.Grace = 500*time.Millisecond, 100*time.Millisecond
			}
			for i := range s.Plan.Configurations {
				s.Plan.Configurations[i].Configuration.Reply = 16
			}
			if err := run(t, context.Background(), s); err != nil {
				t.Fatal(err)
			}
			recorded.lawful(t)
			all := recorded.counted()
			a := all[len(all)-1]
			if a.Outcome != c.want || !strings.Contains(a.Reason, c.reason) {
				t.Fatalf("%v: %q", a.Outcome, a.Reason)
			}
			for _, a := range all[:len(all)-1] {
				if a.Outcome != trial.Pass {
					t.Errorf("an earlier attempt is %v: %q", a.Outcome, a.Reason)
				}
			}
			if c.class == "" {
				for _, a := range all {
					for _, o := range a.Opinions {
						if o.Says == trial.Corrupt || o.Oracle == oracle.CanaryOracle {
							t.Errorf("%s: %+v", a.CellID, o)
						}
					}
				}
				return
			}
			if a.Fault == nil || a.Fault.Class != c.class {
				t.Fatalf("fault %+v", a.Fault)
			}
			if c.excerpt != "" && !strings.Contains(strings.Join(a.Fault.Excerpt, "\n"), c.excerpt) {
				t.Errorf("excerpt %q", a.Fault.Excerpt)
			}
		})
	}
}

// TestRealServerWithNaN: a model with one NaN tensor answers with status 200 and some tokens.
func TestRealServerWithNaN(t *testing.T) {
	path := t.TempDir() + "/nan.gguf"
	if err := tinymodel.WriteFile(path, tinymodel.Options{Family: tinymodel.Llama, Seed: 1, NaN: "output_norm.weight"}); err != nil {
		t.Fatal(err)
	}
	lab := realLab(t, tinymodel.Llama)
	target := lab.Target
	target.Model = path
	s, recorded, _ := matrix{np: 2, tokens: []int{1000}, shapes: "natural", warmup: true, serverArgs: oneThread}.screen(t, survey(t, target))
	s.Canary = true
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	a := recorded.counted()[0]
	if a.Outcome != trial.Garbage || a.Fault == nil || a.Fault.Class != oracle.NaNLogits || a.Fault.FirstDeath != "none" {
		t.Errorf("%v: %q, fault %+v", a.Outcome, a.Reason, a.Fault)
	}
}

// TestRealServersAreNoGarbage: the oracles raise no alarm over sound servers, whatever the shape.
func TestRealServersAreNoGarbage(t *testing.T) {
	for _, family := range []tinymodel.Family{tinymodel.Gemma3, tinymodel.Mamba, tinymodel.Llama} {
		t.Run(string(family), func(t *testing.T) {
			if family != tinymodel.Gemma3 && !*long {
				t.Skip("only with -long")
			}
			s, recorded, _ := matrix{np: 2, tokens: []int{300, 3000}, shapes: "opt,natural,mixed,code,tools,random,unicode,lines,repeat:contexttoken", starts: 2, attempts: 2,
				isolation: "config", warmup: true, serverArgs: oneThread}.screen(t, realLab(t, family))
			s.Canary = true
			for i := range s.Plan.Configurations {
				s.Plan.Configurations[i].Configuration.Reply = 16
			}
			if err := run(t, context.Background(), s); err != nil {
				t.Fatal(err)
			}
			recorded.lawful(t)
			canaries := 0
			for _, a := range recorded.counted() {
				if a.Outcome != trial.Pass {
					t.Errorf("%s attempt %d: %v, %q", a.CellID, a.N, a.Outcome, a.Reason)
				}
				for _, o := range a.Opinions {
					if o.Oracle == oracle.CanaryOracle {
						canaries++
						t.Logf("%s attempt %d: %s", a.CellID, a.N, o.Reason)
					}
				}
			}
			if canaries > len(recorded.counted())/4 {
				t.Errorf("%d of %d canaries could not be judged", canaries, len(recorded.counted()))
			}
		})
	}
}
