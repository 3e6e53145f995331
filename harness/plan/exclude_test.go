package plan

import (
	"path"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestExclude(t *testing.T) {
	m := Matrix{
		Targets: []Target{{Name: "m", Backend: "rocm"}, {Name: "m", Backend: "vulkan"}}, NP: []int{1, 2}, PerSlot: []int{4000},
		Shapes: mustShapes(t, "opt,mixed"), Tokens: []int{100, 200}, Reply: 16,
		Exclude: []Exclusion{{Pattern: "*__vulkan__*__np2_*", Reason: "known"}, {Pattern: "*__mixed__200"}},
	}
	p, err := m.Plan()
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Configurations) != 3 || p.Cells() != 9 || len(p.Skips) != 7 {
		t.Fatalf("%d configurations, %d cells, %d skips", len(p.Configurations), p.Cells(), len(p.Skips))
	}
	for _, s := range p.Skips {
		if want := map[bool]string{true: "known", false: `excluded by "*__mixed__200"`}[strings.Contains(s.Cell.ID(), "vulkan__single__np2")]; s.Reason != want {
			t.Errorf("%s: %q, want %q", s.Cell.ID(), s.Reason, want)
		}
	}
	line := Line{p.Configurations[0].Configuration, m.Shapes[1]}
	for pattern, want := range map[string]bool{"*__mixed": true, "*__mixed__*": true, "*__mixed__200": false, "*__opt__*": false, "*": true, "": false} {
		if got := (Exclusion{Pattern: pattern}).whole(line); got != want {
			t.Errorf("%q of the line: %v", pattern, got)
		}
	}
}

// TestLike: as path.Match, where there are no other special letters.
func TestLike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.SampledFrom([]rune("ab_*?")), 0, 12, -1).Draw(t, "pattern")
		text := rapid.StringOfN(rapid.SampledFrom([]rune("ab_")), 0, 12, -1).Draw(t, "text")
		want, err := path.Match(pattern, text)
		if got := Like(pattern, text); err != nil || got != want {
			t.Fatalf("%q of %q: %v, want %v", pattern, text, got, want)
		}
	})
}

func TestTargetsThatCannotBeToldApart(t *testing.T) {
	m := Matrix{Targets: []Target{{Name: "m", Backend: "cpu"}, {Name: "m", Backend: "cpu", Args: []string{"-ub", "1"}}},
		NP: []int{1}, PerSlot: []int{4000}, Shapes: mustShapes(t, "opt"), Tokens: []int{100}, Reply: 16}
	if _, err := m.Plan(); err == nil || !strings.Contains(err.Error(), "m__cpu__single") {
		t.Errorf("got %v", err)
	}
	m.Targets[1].Topology.Name = "other"
	if _, err := m.Plan(); err != nil {
		t.Error(err)
	}
}
