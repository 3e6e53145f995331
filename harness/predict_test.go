package harness

import (
	"strings"
	"testing"

	"ctxcliff/harness/gguf"
	"ctxcliff/harness/plan"
	"ctxcliff/shapes"
)

// TestForesee: what is far too large is left out with its reason, and only then; peers that somebody else
// runs may hold anything.
func TestForesee(t *testing.T) {
	list, err := shapes.ParseList("opt,natural")
	if err != nil {
		t.Fatal(err)
	}
	free := freeMemory(t.Context())
	if free == 0 {
		t.Skip("free memory cannot be read here")
	}
	lab := *simLab(t, "")
	for name, c := range map[string]struct {
		weights int64
		margin  float64
		peers   []string
		skipped int
	}{
		"fits":                    {1 << 20, 1.5, nil, 0},
		"a little too large":      {free + free/4, 1.5, nil, 0},
		"a little, and asked for": {free + free/4, 1, nil, 4},
		"far too large":           {3 * free, 1.5, nil, 4},
		"never skipped":           {3 * free, 0, nil, 0},
		"somebody else's memory":  {3 * free, 1, []string{"host:1"}, 0},
		"our own peers":           {3 * free, 1, []string{plan.LocalPeer}, 4},
	} {
		lab.info = gguf.Info{SizeBytes: c.weights}
		lab.Target.Topology.Peers = c.peers
		p, err := plan.Matrix{Targets: []plan.Target{lab.Target}, NP: []int{1, 2}, PerSlot: []int{4096}, Shapes: list, Tokens: []int{100}, Reply: 4}.Plan()
		if err != nil {
			t.Fatal(err)
		}
		p = Labs{&lab}.Foresee(t.Context(), p, c.margin)
		if len(p.Skips) != c.skipped || p.Cells() != 4-c.skipped {
			t.Errorf("%s: %d skips, %d cells", name, len(p.Skips), p.Cells())
		}
		for _, s := range p.Skips {
			if !strings.HasPrefix(s.Reason, "predicted not to fit: about ") || !strings.HasSuffix(s.Reason, "are free") {
				t.Errorf("%s: %q", name, s.Reason)
			}
		}
		for _, w := range p.Configurations {
			if w.Need.Bytes < c.weights || w.Need.By == "" {
				t.Errorf("%s: %+v", name, w.Need)
			}
		}
	}
}
