package harness

import (
	"slices"
	"testing"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// TestHistoryWithoutAClock: a scenario is what was sent in the order in which it was sent, whatever the clock was set to
// meanwhile. The warm-up is stored after the attempt that it is for, and comes before it.
func TestHistoryWithoutAClock(t *testing.T) {
	c := plan.Configuration{NP: 1, Ctx: 8000, Reply: 4}
	r := trial.Record{Cells: []plan.Cell{{Configuration: c}}, Starts: []trial.Start{{ID: 7, Configuration: c.ID()}}}
	for i, tokens := range []int{100, 10, 300, 200, 400} {
		r.Attempts = append(r.Attempts, trial.Attempt{
			ID: int64(i + 1), StartID: 7, Warmup: i == 1, Began: time.Unix(1e9, 0).Add(-time.Duration(i) * time.Hour),
			Requests: []trial.Request{{Shape: "opt", Target: tokens, Asked: 1}},
		})
	}
	slices.Reverse(r.Attempts)
	s, err := History(r, 4)
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, step := range s.Steps {
		got = append(got, step.Requests[0].Recipe.Tokens)
	}
	if !slices.Equal(got, []int{10, 100, 300, 200}) {
		t.Errorf("the prompts have %v tokens", got)
	}
}
