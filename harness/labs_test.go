package harness

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/shapes"
)

// TestSeveralTargets: each configuration runs the server of its own target, one target after the other.
func TestSeveralTargets(t *testing.T) {
	well, ill := simLab(t, ""), simLab(t, "abort when shape=opt and position>=2000")
	well.Target.Backend, ill.Target.Backend = "well", "ill"
	s, recorder, ear := matrix{tokens: []int{3000}, shapes: "opt,natural"}.screen(t, well)
	list, err := shapes.ParseList("opt,natural")
	if err != nil {
		t.Fatal(err)
	}
	s.Labs = Labs{well, ill}
	s.Plan, err = plan.Matrix{Targets: s.Labs.Targets(), NP: []int{1, 2}, PerSlot: []int{8192}, Shapes: list, Tokens: []int{3000}, Reply: 4}.Plan()
	if err != nil {
		t.Fatal(err)
	}
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorder.lawful(t)
	for id, j := range ear.judgements() {
		want := trial.Holds
		if strings.Contains(id, "__ill__") && strings.Contains(id, "__opt__") {
			want = trial.Breaks
		}
		if j.Verdict != want {
			t.Errorf("%s %s, want %s", id, j.Verdict, want)
		}
	}
	var order []string
	for _, start := range recorder.starts {
		order = append(order, strings.Split(start.Configuration, "__")[1])
	}
	if want := []string{"well", "ill"}; !slices.Equal(slices.Compact(order), want) {
		t.Errorf("targets were walked in the order %v, want %v", slices.Compact(order), want)
	}
}

// TestATargetThatVanishes: its programs are gone when its turn comes. The others are walked all the same,
// and the trouble is the run's.
func TestATargetThatVanishes(t *testing.T) {
	gone, well := wrapped(t, simLab(t, ""), `exec "$@"`), simLab(t, "")
	gone.Target.Backend, well.Target.Backend = "gone", "well"
	s, recorder, ear := matrix{}.screen(t, well)
	s.Labs = Labs{gone, well}
	list, err := shapes.ParseList("opt")
	if err != nil {
		t.Fatal(err)
	}
	s.Plan, err = plan.Matrix{Targets: s.Labs.Targets(), NP: []int{1, 2}, PerSlot: []int{8192}, Shapes: list, Tokens: []int{3000}, Reply: 4}.Plan()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(gone.command[0]); err != nil {
		t.Fatal(err)
	}
	if err := run(t, context.Background(), s); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
	recorder.lawful(t)
	held := 0
	for id, j := range ear.judgements() {
		if strings.Contains(id, "__well__") && j.Verdict == trial.Holds {
			held++
		}
	}
	if held != 2 || len(recorder.starts) != 3 || !strings.Contains(strings.Join(recorder.notes, "\n"), "gone__single cannot be used") {
		t.Errorf("%d hold, %d starts, notes %q", held, len(recorder.starts), recorder.notes)
	}
}

// TestATargetThatNobodyLookedAt is a mistake of ours that must not start anything.
func TestATargetThatNobodyLookedAt(t *testing.T) {
	s, recorder, _ := matrix{}.screen(t, simLab(t, ""))
	other := *s.Labs[0]
	other.Target.Backend = "other"
	s.Labs = Labs{&other}
	if err := run(t, context.Background(), s); err == nil || !strings.Contains(err.Error(), "was not surveyed") {
		t.Errorf("got %v", err)
	}
	if len(recorder.starts) > 0 {
		t.Errorf("%d starts", len(recorder.starts))
	}
}

// TestSurveyOfSeveralTargets: a typo in the last one is found before anything is started, and what
// targets share is looked at once.
func TestSurveyOfSeveralTargets(t *testing.T) {
	simLab(t, "")
	model := models["gemma3"]
	labs, err := SurveyAll(t.Context(), []plan.Target{{Server: "sim", Model: model, Name: "a"}, {Server: "sim", Model: model, Name: "b"}})
	if err != nil || len(labs) != 2 || labs[0].Target.ID() != "a__sim__single" || labs[1].Target.ID() != "b__sim__single" {
		t.Fatal(labs, err)
	}
	for _, bad := range []plan.Target{{Server: "sim", Model: "none.gguf"}, {Server: "./none", Model: model}} {
		if _, err := SurveyAll(t.Context(), []plan.Target{{Server: "sim", Model: model}, bad}); err == nil || !strings.Contains(err.Error(), "none") {
			t.Errorf("got %v", err)
		}
	}
}
