package plan

import (
	"testing"

	"pgregory.net/rapid"

	"ctxcliff/shapes"
)

// TestCases: a matrix of cases has the cells of each of them and no others, none twice, each under the one
// configuration that it belongs to, from the smallest prompt to the largest.
func TestCases(t *testing.T) {
	list, err := shapes.ParseList("opt,natural,mixed")
	if err != nil {
		t.Fatal(err)
	}
	sizes := func(name string) *rapid.Generator[[]int] {
		return rapid.Custom(func(t *rapid.T) []int {
			return rapid.SliceOfN(rapid.SampledFrom([]int{1, 2, 4}), 0, 2).Draw(t, name)
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		m := Matrix{Targets: []Target{{Name: "m", Backend: "x"}}, NP: []int{1, 2}, PerSlot: []int{4096}, Shapes: list[:2], Fills: []Fill{0.5}, Reply: 1}
		want := map[string]bool{}
		for range rapid.IntRange(1, 4).Draw(t, "cases") {
			c := Case{NP: sizes("np").Draw(t, "np"), Tokens: sizes("tokens").Draw(t, "tokens"), Shapes: list[rapid.IntRange(0, 3).Draw(t, "shape"):]}
			for _, n := range sizes("ctx").Draw(t, "ctx") {
				c.Ctx = append(c.Ctx, n*4096)
			}
			m.Cases = append(m.Cases, c)
			alone, err := m.In(c).Plan()
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range alone.Configurations {
				for _, cell := range w.Cells {
					want[cell.ID()] = true
				}
			}
		}
		p, err := m.Plan()
		if err != nil {
			t.Fatal(err)
		}
		got, configurations := map[string]bool{}, map[string]bool{}
		for _, w := range p.Configurations {
			if configurations[w.Configuration.ID()] {
				t.Fatalf("%s stands twice", w.Configuration.ID())
			}
			configurations[w.Configuration.ID()] = true
			for i, cell := range w.Cells {
				if got[cell.ID()] || !want[cell.ID()] || cell.Configuration.ID() != w.Configuration.ID() || i > 0 && cell.Tokens < w.Cells[i-1].Tokens {
					t.Fatalf("%s", cell.ID())
				}
				got[cell.ID()] = true
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d cells, want %d", len(got), len(want))
		}
	})
}
