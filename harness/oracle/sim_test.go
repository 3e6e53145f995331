package oracle_test

import (
	"strings"
	"testing"

	"ctxcliff/harness/oracle"
	"ctxcliff/shapes"
)

// Each way in which a simulated server is corrupt is found by the oracle for it, and by no other.
func TestEveryCorruptionIsFoundByItsOracle(t *testing.T) {
	for name, c := range map[string]struct {
		rules string
		shape string
		want  []string // oracle, slot and class of each finding in the wave
		after string   // class of the canary's finding afterwards; "" clean
	}{
		"sound":               {"good", "natural", nil, ""},
		"one letter":          {"garbage when tokens>=1000 and slot=1", "natural", []string{"degenerate 1 wrong-output.repeat-char"}, ""},
		"one letter, asked":   {"garbage when tokens>=1000 and slot=1", "opt", nil, ""},
		"one word":            {"garbage(Hello ) when tokens>=1000", "code", []string{"degenerate 0 wrong-output.repeat-token", "degenerate 1 wrong-output.repeat-token"}, ""},
		"NaN":                 {"nan when tokens>=1000 and slot=0", "repeat", []string{"nan 0 wrong-output.nan-logits"}, ""},
		"another's nonce":     {"leak when slot=1 and tokens>=1000", "natural", []string{"leak 1 wrong-output.leak"}, ""},
		"another model since": {"drift when tokens>=1000", "natural", nil, "wrong-output.incoherent"},
		"garbage since":       {"garbage when attempt>=7", "unicode", nil, "wrong-output.repeat-char"},
	} {
		t.Run(name, func(t *testing.T) {
			l := simulate(t, 2, 8192, c.rules)
			canary := l.canary(t, 0)
			warm := l.wave(t, c.shape, 1, 64, 32, false)
			var got []string
			for _, r := range oracle.Judge(l.wave(t, c.shape, 1, 1200, 32, false), oracle.Reference{Answers: append(canary.Answers(), warm...)}) {
				if r.Finding != nil {
					got = append(got, strings.Join([]string{r.Oracle, string(rune('0' + r.Slot)), r.Finding.Class}, " "))
				}
			}
			if strings.Join(got, ", ") != strings.Join(c.want, ", ") {
				t.Errorf("the wave: %q, want %q", got, c.want)
			}
			class := ""
			r := canary.Compare(l.canary(t, 0), "when fresh", "after attempt 1")
			if r.Finding != nil {
				class = r.Finding.Class
			}
			if class != c.after || class == "" && r.Says != oracle.Clean {
				t.Errorf("the canary: %s %q: %s", r.Says, class, r.Reason)
			}
		})
	}
}

func TestNoFalseAlarmOnASoundSimulatedServer(t *testing.T) {
	l := simulate(t, 4, 16384, "good")
	canary := l.canary(t, 3)
	for i, f := range shapes.Families() {
		for _, cached := range []bool{false, true} {
			for _, r := range oracle.Judge(l.wave(t, f.Name, uint64(i), 1500, 16, cached), oracle.Reference{Answers: canary.Answers()}) {
				if r.Says == oracle.Corrupt {
					t.Errorf("%s: %s: %s", f.Name, r.Oracle, r.Reason)
				}
			}
		}
		if r := canary.Compare(l.canary(t, 3), "when fresh", "after "+f.Name); r.Says != oracle.Clean {
			t.Errorf("%s: %s: %s", f.Name, r.Says, r.Reason)
		}
	}
}
