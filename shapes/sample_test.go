package shapes

import (
	"math/rand/v2"
	"testing"
)

func TestSamplesAreValidVariedAndRepeatable(t *testing.T) {
	source, again := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(1, 2))
	seen, families := map[string]bool{}, map[string]int{}
	for range 5000 {
		shape := Sample(source)
		if other := Sample(again); other.String() != shape.String() {
			t.Fatalf("the same source gave %q and %q", shape, other)
		}
		parsed, err := Parse(shape.String())
		if err != nil || parsed.String() != shape.String() {
			t.Fatalf("%q parsed to %q, %v", shape, parsed, err)
		}
		seen[shape.String()] = true
		for _, s := range shape.Spans() {
			families[s.Family]++
		}
	}
	if len(seen) < 2000 {
		t.Errorf("only %d different shapes in 5000", len(seen))
	}
	for _, f := range Families() {
		if families[f.Name] < 400 {
			t.Errorf("%s was drawn %d times", f.Name, families[f.Name])
		}
	}
}
