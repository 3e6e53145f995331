package harness

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/trial"
)

// TestLateKernelLines: a driver says seconds after a death what happened; the verdict that was there at
// once is made better, not delayed.
func TestLateKernelLines(t *testing.T) {
	const line = "amdgpu 0000:c3:00.0: amdgpu: ring gfx_0.0.0 timeout, signaled seq=1, emitted seq=2\n"
	for name, c := range map[string]struct {
		rules       string
		first, last trial.Outcome
	}{
		"after a crash": {"segfault when position>=3000", trial.Crash, trial.GPUFault},
		"after a pass":  {"", trial.Pass, trial.Warn},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, recorded, heard := matrix{}.screen(t, simLab(t, c.rules))
			s.Limits.Late = 10 * time.Second // until the line has come
			var seen []trial.Outcome
			heard.on = func(e trial.Event) {
				if e, ok := e.(trial.AttemptEnded); ok {
					seen = append(seen, e.Attempt.Outcome)
					if len(seen) == 1 {
						speak(t, filepath.Join(s.LogDir, simKernelLog), line)
						s.Limits.Late = 10 * time.Millisecond
					}
				}
			}
			if err := run(t, context.Background(), s); err != nil {
				t.Fatal(err)
			}
			recorded.lawful(t)
			a := recorded.attempts[0]
			if len(seen) != 2 || seen[0] != c.first || seen[1] != c.last || a.Outcome != c.last {
				t.Fatalf("seen %v, recorded %v: %q", seen, a.Outcome, a.Reason)
			}
			if a.Fault == nil || a.Fault.Class != "gpu-fault.hang-reset" || !strings.Contains(a.Reason, "ring") {
				t.Errorf("%q, fault %+v", a.Reason, a.Fault)
			}
			if got := heard.judgements()[a.CellID].Outcome; got != c.last {
				t.Errorf("judged as %v", got)
			}
			if start := recorded.starts[0]; start.Outcome.Bad() != c.last.Bad() {
				t.Errorf("the start's outcome is %v", start.Outcome)
			}
		})
	}
}

// speak appends to a kernel log.
func speak(t testing.TB, path, line string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	if _, err := f.WriteString(line); err != nil {
		t.Error(err)
	}
}

// TestAnUnreadableKernelLogIsSaid: not being able to look is not the same as seeing nothing.
func TestAnUnreadableKernelLogIsSaid(t *testing.T) {
	s, recorded, _ := matrix{}.screen(t, simLab(t, ""))
	s.LogDir = t.TempDir()
	if err := os.Mkdir(filepath.Join(s.LogDir, simKernelLog), 0o755); err != nil { // a directory in its place
		t.Fatal(err)
	}
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	start := recorded.starts[0]
	if recorded.attempts[0].Outcome != trial.Pass || len(start.Unobserved) == 0 || !strings.Contains(start.Unobserved[0], simKernelLog) {
		t.Errorf("%v, unobserved %q", recorded.attempts[0].Outcome, start.Unobserved)
	}
}
