package harness

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ctxcliff/harness/search"
	"ctxcliff/harness/tinymodel"
)

// tampered makes the lab start its real server behind a hidden rule.
func tampered(t testing.TB, lab *Lab, rule string) *Lab {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	lab.command = append([]string{self, tamperCommand, rule, filepath.Join(t.TempDir(), "starts")}, lab.command...)
	return lab
}

// want is what a hidden rule makes of the edge of one shape and np.
type want struct {
	holds int // the largest size that never breaks
	limit search.Limiter
}

const slotOfReal = 16384

// TestEdgesOfARealServer: a real llama-server is killed at thresholds that differ by shape and np. Every
// edge is found within a batch of the truth, guard aside; where nothing breaks, it is the refusal's, exactly.
func TestEdgesOfARealServer(t *testing.T) {
	refused := want{slotOfReal - 1, search.ByRefusal}
	for name, c := range map[string]struct {
		rule   string
		hunt   hunt
		want   map[string]want // by np and shape; others are refused at the context's end
		flag   search.Flag     // that each broken edge has
		unlike bool            // the claim may lie anywhere below: a flaky fault is met where it is met
	}{
		"one position": {rule: "position=9000", hunt: hunt{shapes: "opt,natural", np: []int{1, 2}}, want: map[string]want{
			"1 opt": {8999, search.ByFault}, "1 natural": {8999, search.ByFault}, "2 opt": {8999, search.ByFault}, "2 natural": {8999, search.ByFault}}},
		"one shape": {rule: "position=11000,shape=few", hunt: hunt{shapes: "opt,natural,mixed", np: []int{2}}, want: map[string]want{
			"2 opt": {10999, search.ByFault}}},
		"several slots": {rule: "position=9000,busy=2", hunt: hunt{np: []int{1, 2}}, want: map[string]want{"2 natural": {8999, search.ByFault}}},
		"three starts in ten": {rule: "position=7000,tenths=3", hunt: hunt{search: search.Settings{Exposures: 9}}, unlike: true, flag: search.Flaky,
			want: map[string]want{"1 natural": {6999, search.ByFault}}},
		"only cold":   {rule: "position=9000,cold", flag: search.ColdOnly, want: map[string]want{"1 natural": {8999, search.ByFault}}},
		"only cached": {rule: "position=9000,cached", flag: search.CachedOnly, want: map[string]want{"1 natural": {8999, search.ByFault}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !slices.Contains([]string{"three starts in ten", "only cold", "only cached"}, name) && !*long {
				t.Skip("only with -long")
			}
			lab := *realLab(t, tinymodel.Gemma3)
			b, j := c.hunt.bisection(t, tampered(t, &lab, c.rule))
			for _, e := range edges(t, b, j) {
				id := fmt.Sprint(e.NP, " ", e.Shape)
				w, breaks := c.want[id]
				low := (w.holds-batch)*9/10 - 256 // the guard is doubled where longer runs passed
				switch {
				case !breaks:
					w, low = refused, refused.holds
				case c.unlike:
					low = 1024
				}
				if e.Safe > w.holds || e.Safe < low || e.Limit != w.limit || e.Status != search.Confirmed {
					t.Errorf("%s holds up to %d by %s, %s; want %d..%d by %s\n%s\n%s", id, e.Safe, e.Limit, e.Status, low, w.holds, w.limit, e.Why, story(j.entries))
				}
				if breaks && c.flag != "" && !slices.Contains(e.Flags, c.flag) {
					t.Errorf("%s: flags %v, want %s", id, e.Flags, c.flag)
				}
				if breaks && c.flag == search.Flaky && e.FailedRuns == "" {
					t.Errorf("%s: nothing says how often it broke", id)
				}
				t.Logf("%s: %s", id, e.Why)
			}
		})
	}
}

// TestMemoryEdgeOfARealServer: the process may have only so much memory; the largest context that loads is
// found in few loads, and is no crash.
func TestMemoryEdgeOfARealServer(t *testing.T) {
	lab := wrapped(t, realLab(t, tinymodel.Llama), "export MALLOC_ARENA_MAX=1; ulimit -s 256; ulimit -v 1500000; exec \"$@\"")
	h := hunt{np: []int{4}, ps: []int{1_000_000}, search: search.Settings{Axis: search.AxisCtx, Fill: 0.001, Floor: 4096, Exposures: 2}}
	b, j := h.bisection(t, lab)
	e := edges(t, b, j)[0]
	loads := 0
	for _, entry := range j.entries {
		if entry.Probe.Kind == search.Limit {
			loads++
		}
	}
	t.Logf("%s; %d loads, context %d holds, %d does not", e.Why, loads, e.SafeCtx, *e.UnsafeCtx)
	if e.Limit != search.ByMemory || e.Status != search.Confirmed || e.SafeCtx < 100_000 || e.UnsafeCtx == nil || e.Failures != 0 {
		t.Errorf("%s\n%s\n%+v", e.Why, story(j.entries), e.Bugs)
	}
	if e.UnsafeCtx != nil && float64(*e.UnsafeCtx-e.SafeCtx) > 0.03*float64(e.SafeCtx) {
		t.Errorf("between %d and %d nothing is known", e.SafeCtx, *e.UnsafeCtx)
	}
	if loads > 12 {
		t.Errorf("%d loads", loads)
	}
}
