package rates

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// The highest chance of the most extreme table is that of p^a (1-p)^b at p = a/(a+b).
func TestUnconditionalAgreesWithTablesWorkedOutByHand(t *testing.T) {
	extreme := func(a, b float64) float64 { p := a / (a + b); return math.Pow(p, a) * math.Pow(1-p, b) }
	for _, c := range []struct {
		first, second Strata
		want          float64
	}{
		{Strata{{2, 2}}, Strata{{0, 3}}, extreme(2, 3)},
		{Strata{{3, 3}}, Strata{{0, 3}}, extreme(3, 3)},
		{Strata{{1, 1}}, Strata{{0, 7}}, extreme(1, 7)},
		{Strata{{1, 1}, {1, 1}}, Strata{{0, 1}, {0, 2}}, extreme(1, 1) * extreme(1, 2)},
		{Strata{{1, 1}}, Strata{{}, {0, 9}}, 1}, // another kind of run says nothing about this one
		{Strata{{0, 2}}, Strata{{0, 3}}, 1},
		{Strata{}, Strata{{0, 3}}, 1},
	} {
		if got := UnconditionalGreater(c.first, c.second); got > c.want+1e-9 || got < 0.985*c.want { // on a grid
			t.Errorf("%v against %v: %.4f, want %.4f", c.first, c.second, got, c.want)
		}
	}
}

// With one kind of runs it is never more cautious than Fisher's test, and whatever the rates of two kinds are,
// it is wrong no more often than it says.
func TestUnconditionalKeepsItsWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(1, 12).Draw(t, "n"), rapid.IntRange(1, 12).Draw(t, "m")
		a, b := rapid.IntRange(0, n).Draw(t, "a"), rapid.IntRange(0, m).Draw(t, "b")
		if got, fisher := UnconditionalGreater(Strata{{a, n}}, Strata{{b, m}}), FisherGreater(a, n, b, m); got > fisher+1e-9 {
			t.Fatalf("%d/%d against %d/%d: %v, Fisher's %v", a, n, b, m, got, fisher)
		}
	})
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[[2]Strata]bool{}
	draw := func(tried [2]int, rate [2]float64) (s Strata) {
		for kind, n := range tried {
			s[kind].Tried = n
			for range n {
				if r.Float64() < rate[kind] {
					s[kind].Failed++
				}
			}
		}
		return s
	}
	for _, rate := range [][2]float64{{0.5, 0.5}, {0.3, 0.6}, {0.4, 0.1}, {0.33, 0.5}} {
		wrong, tries := 0, 4000
		for range tries {
			key := [2]Strata{draw([2]int{1, 1}, rate), draw([2]int{2, 2}, rate)}
			sure, known := seen[key]
			if !known {
				sure = UnconditionalGreater(key[0], key[1]) <= 0.05
				seen[key] = sure
			}
			if sure {
				wrong++
			}
		}
		if share := float64(wrong) / float64(tries); share > 0.06 {
			t.Errorf("rates %v: %.3f called sure", rate, share)
		}
	}
}
