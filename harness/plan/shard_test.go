package plan

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"ctxcliff/shapes"
)

// TestShards: every cell and every skip is in exactly one shard, in the order of the plan, and no
// configuration is in two.
func TestShards(t *testing.T) {
	all, err := shapes.ParseList("opt,natural,mixed")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		m := Matrix{Targets: []Target{{Name: "m", Backend: "a"}, {Name: "m", Backend: "b"}}, Shapes: all, Reply: 16,
			NP:      rapid.SliceOfN(rapid.IntRange(1, 8), 1, 5).Draw(t, "np"),
			PerSlot: rapid.SliceOfN(rapid.IntRange(1000, 9000), 1, 4).Draw(t, "ps"),
			Tokens:  rapid.SliceOfN(rapid.IntRange(1, 9000), 1, 5).Draw(t, "tokens")}
		if rapid.Bool().Draw(t, "exclude") {
			m.Exclude = []Exclusion{{Pattern: fmt.Sprintf("*__np%d_*", m.NP[0]), Reason: "x"}, {Pattern: "*__opt__*", Reason: "y"}}
		}
		p, err := m.Plan()
		if err != nil {
			t.Skip(err)
		}
		of := rapid.IntRange(1, 12).Draw(t, "shards")
		seen, configurations := map[string]int{}, map[string]int{}
		for n := 1; n <= of; n++ {
			part := p.Shard(Shard{n, of})
			if !inOrder(p, part) {
				t.Fatalf("shard %d is not in the order of the plan", n)
			}
			for _, w := range part.Configurations {
				configurations[w.Configuration.ID()]++
				for _, c := range w.Cells {
					seen[c.ID()]++
				}
			}
			for _, s := range part.Skips {
				seen["skip "+s.Cell.ID()]++
			}
		}
		for what, n := range configurations {
			if n != 1 {
				t.Errorf("%s is in %d shards", what, n)
			}
		}
		for what, n := range seen {
			if n != 1 {
				t.Errorf("%s is in %d shards", what, n)
			}
		}
		if len(seen) != p.Cells()+len(p.Skips) {
			t.Errorf("%d of %d cells and skips are in a shard", len(seen), p.Cells()+len(p.Skips))
		}
	})
}

func inOrder(whole, part Plan) bool {
	at := -1
	for _, w := range part.Configurations {
		next := slices.IndexFunc(whole.Configurations, func(v Work) bool { return v.Configuration.ID() == w.Configuration.ID() })
		if next <= at {
			return false
		}
		at = next
	}
	return true
}

func TestParseShard(t *testing.T) {
	if s, err := ParseShard("2/8"); err != nil || s != (Shard{2, 8}) || s.String() != "2/8" {
		t.Error(s, err)
	}
	for _, text := range []string{"", "2", "0/4", "5/4", "-1/4", "1/0", "a/b", "1/4/2", "1.5/4"} {
		if s, err := ParseShard(text); err == nil {
			t.Errorf("%q is %v", text, s)
		}
	}
}
