package trial

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func attempts(byStart ...[]Outcome) Trial {
	var t Trial
	for start, outcomes := range byStart {
		for n, o := range outcomes {
			t.Attempts = append(t.Attempts, Attempt{StartID: int64(start + 1), N: n + 1, Outcome: o})
		}
	}
	return t
}

func TestJudge(t *testing.T) {
	for name, c := range map[string]struct {
		trial Trial
		want  Judgement
	}{
		"nothing was tried":                         {attempts(), Judgement{Unproven, Missing, 0, 0, 0, 1}},
		"three clean starts hold":                   {attempts([]Outcome{Pass, Pass}, []Outcome{Pass}, []Outcome{Pass}), Judgement{Holds, Pass, 3, 3, 0, 0.6316}},
		"a second pass of one start is no trial":    {attempts([]Outcome{Pass, Pass, Pass}), Judgement{Holds, Pass, 1, 1, 0, 0.95}},
		"every start broke":                         {attempts([]Outcome{Crash}, []Outcome{Pass, GPUFault}), Judgement{Breaks, GPUFault, 2, 0, 2, 1}},
		"passes never outvote a crash":              {attempts([]Outcome{Crash}, []Outcome{Pass}, []Outcome{Pass}), Judgement{Flaky, Crash, 3, 2, 1, 0.8646}},
		"a refusal is a limit":                      {attempts([]Outcome{Refused, Refused}), Judgement{Limit, Refused, 1, 1, 0, 0.95}},
		"passes and refusals disagree":              {attempts([]Outcome{Refused}, []Outcome{Pass}), Judgement{Flaky, Refused, 2, 2, 0, 0.7764}},
		"a warning is a pass that shows":            {attempts([]Outcome{Warn}), Judgement{Holds, Warn, 1, 1, 0, 0.95}},
		"trouble of the lab proves nothing":         {attempts([]Outcome{Infra}, []Outcome{Infra}), Judgement{Unproven, Infra, 0, 0, 0, 1}},
		"trouble beside a pass leaves the pass":     {attempts([]Outcome{Sizing}, []Outcome{Pass}), Judgement{Holds, Pass, 1, 1, 0, 0.95}},
		"an interruption counts for nothing":        {attempts([]Outcome{Pass, Incomplete}), Judgement{Holds, Pass, 1, 1, 0, 0.95}},
		"interrupted before anything was concluded": {attempts([]Outcome{Incomplete}), Judgement{Unproven, Incomplete, 0, 0, 0, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			got := Judge(c.trial)
			if math.Abs(got.UpperBound-c.want.UpperBound) > 5e-5 {
				t.Errorf("upper bound %.4f, want %.4f", got.UpperBound, c.want.UpperBound)
			}
			if got.UpperBound = c.want.UpperBound; got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestWarmupsDoNotCount(t *testing.T) {
	tr := attempts([]Outcome{Crash})
	tr.Attempts[0].Warmup = true
	if got := Judge(tr); got.Verdict != Unproven || got.Starts != 0 {
		t.Errorf("got %+v, want unproven over 0 starts", got)
	}
}

func TestJudgeLaws(t *testing.T) {
	outcome := rapid.SampledFrom(Outcomes())
	rapid.Check(t, func(rt *rapid.T) {
		byStart := rapid.SliceOfN(rapid.SliceOfN(outcome, 0, 4), 0, 5).Draw(rt, "outcomes")
		tr := attempts(byStart...)
		j := Judge(tr)
		if j.Passed+j.Failed != j.Starts {
			rt.Fatalf("passed %d + failed %d is not starts %d", j.Passed, j.Failed, j.Starts)
		}
		if (j.Verdict == Holds || j.Verdict == Limit) && j.Failed > 0 {
			rt.Fatalf("a failure was outvoted: %+v", j)
		}
		if (j.Verdict == Unproven) != (j.Starts == 0) {
			rt.Fatalf("unproven and counted starts disagree: %+v", j)
		}
		shuffled := Trial{Attempts: append([]Attempt(nil), tr.Attempts...)}
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		rng.Shuffle(len(shuffled.Attempts), func(i, k int) {
			shuffled.Attempts[i], shuffled.Attempts[k] = shuffled.Attempts[k], shuffled.Attempts[i]
		})
		if again := Judge(shuffled); again != j {
			rt.Fatalf("the order of attempts changed the verdict: %+v, %+v", j, again)
		}
	})
}

func TestUpperBound(t *testing.T) {
	// Published values: 0 of n from 1-0.05^(1/n); 3 of 10 is Clopper-Pearson's one-sided 0.6066.
	for _, c := range []struct {
		failures, trials int
		want             float64
	}{{0, 0, 1}, {0, 3, 0.6316}, {0, 10, 0.2589}, {0, 59, 0.0495}, {3, 10, 0.6066}, {1, 20, 0.2161}, {5, 5, 1}} {
		if got := UpperBound(c.failures, c.trials); math.Abs(got-c.want) > 5e-5 {
			t.Errorf("UpperBound(%d, %d) = %.4f, want %.4f", c.failures, c.trials, got, c.want)
		}
	}
}
