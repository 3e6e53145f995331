package harness

import (
	"context"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/trial"
)

// TestSuspendedMachines: what breaks while the machine is suspended is trouble of the lab, what passes has passed,
// and both are told.
func TestSuspendedMachines(t *testing.T) {
	for rules, c := range map[string]struct {
		slept time.Duration
		want  trial.Outcome
	}{
		"delay(1ms)":                  {time.Hour, trial.Pass},
		"abort when position>=100":    {time.Hour, trial.Infra},
		"hang when position>=100":     {time.Hour, trial.Infra},
		"segfault when position>=100": {time.Second / 2, trial.Crash},
		"http(500) when tokens>=100":  {0, trial.Fail},
	} {
		t.Run(rules, func(t *testing.T) {
			t.Parallel()
			s, recorded, heard := matrix{tokens: []int{3000}, shapes: "opt"}.screen(t, simLab(t, rules))
			asleep := 5 * time.Hour // before
			s.Settings.Attempts, s.Settings.Warmup, s.Limits.Stall = 1, false, 300*time.Millisecond
			s.asleep = func() time.Duration { return asleep }
			heard.on = func(e trial.Event) {
				if _, ok := e.(trial.AttemptBegan); ok {
					asleep += c.slept
				}
			}
			if err := s.Run(context.Background()); err != nil {
				t.Fatal(err)
			}
			recorded.lawful(t)
			a := recorded.attempts[0]
			told := len(recorded.notes) == 1 && strings.Contains(recorded.notes[0], "this machine was suspended for 1h0m0s during attempt 1 of start 1")
			if a.Outcome != c.want || a.Outcome == trial.Infra != (strings.Contains(a.Reason, "suspended for 1h0m0s")) || told != (c.slept > time.Second) {
				t.Errorf("%v: %s; notes %q", a.Outcome, a.Reason, recorded.notes)
			}
		})
	}
}
