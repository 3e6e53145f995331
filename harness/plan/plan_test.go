package plan

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ctxcliff/shapes"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int{
		"1": 1, "5010": 5010, "32k": 32000, "32K": 32000, "32Ki": 32768, "1M": 1000000, "1Mi": 1 << 20,
		"1.5k": 1500, "0.5Ki": 512, " 8k ": 8000, "131_072": 131072,
	} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"banana": "not a size", "": "not a size", "0": "at least 1", "-5": "at least 1", "1.2345k": "whole number",
		"5000M": "larger than", "k": "not a size", "NaN": "not a size", "1e400": "not a size", "32kk": "not a size",
	} {
		if _, err := ParseSize(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseSize(%q): %v; want an error with %q", text, err, want)
		}
	}
}

func TestLabelParsesBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 1<<31-1).Draw(rt, "tokens")
		if rapid.Bool().Draw(rt, "round") {
			n = n%2000*rapid.SampledFrom([]int{1000, 1024}).Draw(rt, "unit") + 1000
		}
		if got, err := ParseSize(Label(n)); err != nil || got != n {
			rt.Fatalf("%d is labelled %q, which parses to %d, %v", n, Label(n), got, err)
		}
	})
}

// The twenty combinations that the server's own arithmetic was checked on include these four.
func TestSlotContextIsPaddedUpwards(t *testing.T) {
	for _, c := range []struct{ ctx, np, want int }{{1000, 3, 512}, {100000, 4, 25088}, {100001, 1, 100096}, {256, 1, 256}} {
		if got := (Configuration{Ctx: c.ctx, NP: c.np}).SlotContext(); got != c.want {
			t.Errorf("-c %d -np %d: slot of %d, want %d", c.ctx, c.np, got, c.want)
		}
	}
}

func mustShapes(t testing.TB, list string) []shapes.Shape {
	t.Helper()
	s, err := shapes.ParseList(list)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCellIDSpeaksTheDialect(t *testing.T) {
	c := Cell{
		Configuration: Configuration{
			Target: Target{Model: "/models/Qwen397B-UD-Q4_K_XL-00001-of-00005.gguf", Backend: "rocm-7.2.4", Topology: Topology{Peers: []string{"a:1", "b:2"}}},
			NP:     2, Ctx: 200000,
		},
		Shape: mustShapes(t, "mixed")[0], Tokens: 70000,
	}
	if want := "qwen397b-ud-q4kxl__rocm-7.2.4__rpc2__np2_ps100k__mixed__70k"; c.ID() != want {
		t.Errorf("got  %s\nwant %s", c.ID(), want)
	}
	c.Shape = mustShapes(t, "repeat:a__b")[0]
	if n := strings.Count(c.ID(), "__"); n != 5 {
		t.Errorf("%s: a word with underscores broke the fields of the id", c.ID())
	}
}

func TestPlanOrder(t *testing.T) {
	m := Matrix{
		Targets: []Target{{Name: "m", Backend: "cpu"}}, NP: []int{2, 1}, PerSlot: []int{8000, 4000},
		Shapes: mustShapes(t, "opt,natural"), Tokens: []int{3000, 1000}, Reply: 16,
	}
	p, err := m.Plan()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range p.Configurations {
		for _, c := range w.Cells {
			got = append(got, strings.TrimPrefix(c.ID(), "m__cpu__single__"))
		}
	}
	want := `np1_ps4k__opt__1k np1_ps4k__natural__1k np1_ps4k__opt__3k np1_ps4k__natural__3k
np1_ps8k__opt__1k np1_ps8k__natural__1k np1_ps8k__opt__3k np1_ps8k__natural__3k
np2_ps4k__opt__1k np2_ps4k__natural__1k np2_ps4k__opt__3k np2_ps4k__natural__3k
np2_ps8k__opt__1k np2_ps8k__natural__1k np2_ps8k__opt__3k np2_ps8k__natural__3k`
	if strings.Join(got, " ") != strings.ReplaceAll(want, "\n", " ") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, " "), want)
	}
}

func TestPlanNeverYieldsACellTwice(t *testing.T) {
	list := mustShapes(t, "opt,repeat,natural,mixed")
	rapid.Check(t, func(rt *rapid.T) {
		m := Matrix{
			Targets: []Target{{Name: "m", Backend: "cpu"}},
			NP:      rapid.SliceOfN(rapid.IntRange(1, 8), 1, 4).Draw(rt, "np"),
			PerSlot: rapid.SliceOfN(rapid.IntRange(300, 5000), 1, 3).Draw(rt, "ps"),
			Fills:   rapid.SliceOfN(rapid.Map(rapid.IntRange(1, 100), func(n int) Fill { return Fill(n) / 100 }), 1, 4).Draw(rt, "fill"),
			Shapes:  list, Reply: 16,
		}
		p, err := m.Plan()
		if err != nil {
			rt.Fatal(err)
		}
		seen := map[string]bool{}
		for _, w := range p.Configurations {
			for _, c := range w.Cells {
				if seen[c.ID()] {
					rt.Fatalf("%s twice", c.ID())
				}
				seen[c.ID()] = true
				if c.Expected(w.Configuration.SlotContext()) != ExpectAnswer {
					rt.Fatalf("%s: a share of a slot does not fit into it", c.ID())
				}
			}
		}
		if len(seen) != p.Cells() {
			rt.Fatalf("Cells says %d, there are %d", p.Cells(), len(seen))
		}
	})
}

func TestMatrixThatMakesNoSense(t *testing.T) {
	good := Matrix{Targets: []Target{{}}, NP: []int{1}, PerSlot: []int{4000}, Shapes: mustShapes(t, "opt"), Tokens: []int{100}, Reply: 16}
	for name, c := range map[string]struct {
		change func(*Matrix)
		want   string
	}{
		"no target":            {func(m *Matrix) { m.Targets = nil }, "no target"},
		"no shape":             {func(m *Matrix) { m.Shapes = nil }, "no shape"},
		"no slot":              {func(m *Matrix) { m.NP = []int{0} }, "np 0"},
		"more slots than 256":  {func(m *Matrix) { m.NP = []int{257} }, "1 to 256"},
		"two kinds of context": {func(m *Matrix) { m.Ctx = []int{1000} }, "one of the two"},
		"two kinds of size":    {func(m *Matrix) { m.Fills = []Fill{1} }, "one of the two"},
		"fewer tokens than np": {func(m *Matrix) { m.PerSlot, m.Ctx, m.NP = nil, []int{3}, []int{4} }, "cannot be split"},
		"no reply":             {func(m *Matrix) { m.Reply = 0 }, "at least 1"},
	} {
		t.Run(name, func(t *testing.T) {
			m := good
			c.change(&m)
			if _, err := m.Plan(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}
