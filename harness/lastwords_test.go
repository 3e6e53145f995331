package harness

import (
	"context"
	"testing"
	"time"

	"ctxcliff/harness/trial"
)

// TestLastWords: a server that has answered everything and says what only dying ones say is waited for, and its
// death counts against what it answered; one that lives on after such words has only been noisy.
func TestLastWords(t *testing.T) {
	const words = `say("/src/ggml.c:123: GGML_ASSERT(words) failed", phase=prefill)`
	for name, c := range map[string]struct {
		rules string
		want  trial.Outcome
		exit  string
	}{
		"dies":     {words + "; kill(phase=idle)", trial.Crash, "signal:SIGKILL"},
		"lives on": {words, trial.Warn, "code:0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, recorded, _ := matrix{tokens: []int{1000}}.screen(t, simLab(t, c.rules))
			s.Limits.Dying = time.Second
			if err := run(t, context.Background(), s); err != nil {
				t.Fatal(err)
			}
			recorded.lawful(t)
			a, start := recorded.counted()[0], recorded.starts[0]
			if a.Outcome != c.want || a.Fault == nil || a.Fault.Class != "crash.assert" || start.Exit != c.exit {
				t.Fatalf("%s: %q, %+v, the start ended with %s", a.Outcome, a.Reason, a.Fault, start.Exit)
			}
			if c.want == trial.Crash && (a.Fault.FirstDeath != "server" || len(recorded.counted()) != 1 || !a.Requests[0].Complete) {
				t.Errorf("%+v, %d attempts", a, len(recorded.counted()))
			}
		})
	}
}
