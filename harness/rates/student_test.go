package rates

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// The quantiles of the table of Student's t come back, and so does p of the data that
// [TestApart] has, for which the density was integrated step by step.
func TestDifferKnowsTheTable(t *testing.T) {
	for freedom, quantile := range map[float64]float64{1: 12.7062, 2: 4.30265, 5: 2.57058, 10: 2.22814, 30: 2.04227, 120: 1.97993, 10000: 1.96020} {
		if p := incompleteBeta(freedom/2, 0.5, freedom/(freedom+quantile*quantile)); math.Abs(p-0.05) > 1e-5 {
			t.Errorf("%v degrees of freedom, t = %v: p = %v, want 0.05", freedom, quantile, p)
		}
	}
	a := sampleOf(27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4)
	b := sampleOf(27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.0, 23.9)
	if p := Differ(a, b); math.Abs(p-0.0084527) > 1e-6 {
		t.Errorf("p = %v", p)
	}
	for name, c := range map[string]struct {
		a, b Sample
		want float64
	}{
		"one each": {Sample{N: 1, Mean: 1}, Sample{N: 1, Mean: 9}, 1}, "the same": {sampleOf(1, 2), sampleOf(1, 2), 1}, "without noise": {sampleOf(1, 1), sampleOf(2, 2), 0},
	} {
		if p := Differ(c.a, c.b); p != c.want {
			t.Errorf("%s: %v", name, p)
		}
	}
}

func TestDifferIsAChanceAndSymmetric(t *testing.T) {
	one := rapid.Custom(func(t *rapid.T) Sample {
		return Sample{N: rapid.IntRange(0, 40).Draw(t, "n"), Mean: rapid.Float64Range(0, 1e6).Draw(t, "mean"), SD: rapid.Float64Range(0, 1e4).Draw(t, "sd")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := one.Draw(t, "a"), one.Draw(t, "b")
		if p := Differ(a, b); !(p >= 0 && p <= 1) || math.Abs(p-Differ(b, a)) > 1e-9 {
			t.Fatal(a, b, p, Differ(b, a))
		}
		if Apart(a, b) && Differ(a, b) > 0.0501 {
			t.Fatal("apart, and yet", Differ(a, b))
		}
	})
}

// Of two samples of one distribution p is below any level as often as the level says, at the most.
func TestDifferIsSeldomWrong(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, level := range []float64{0.05, 0.005} {
		wrong, tries := 0, 20000
		for range tries {
			a, b := make([]float64, 4), make([]float64, 4)
			for i := range a {
				a[i], b[i] = r.NormFloat64(), r.NormFloat64()
			}
			if Differ(sampleOf(a...), sampleOf(b...)) <= level {
				wrong++
			}
		}
		if share := float64(wrong) / float64(tries); share > level*1.2 {
			t.Errorf("level %v: wrong in %v", level, share)
		}
	}
}
