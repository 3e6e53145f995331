package rates

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func sampleOf(values ...float64) Sample {
	s := Sample{N: len(values)}
	for _, v := range values {
		s.Mean += v / float64(len(values))
	}
	for _, v := range values {
		s.SD += (v - s.Mean) * (v - s.Mean)
	}
	s.SD = math.Sqrt(s.SD / float64(len(values)-1))
	return s
}

func TestApart(t *testing.T) {
	for name, c := range map[string]struct {
		a, b Sample
		want bool
	}{
		"one each":              {Sample{N: 1, Mean: 1}, Sample{N: 1, Mean: 100}, false},
		"one against many":      {Sample{N: 1, Mean: 1}, sampleOf(100, 101, 102), false},
		"two each, far":         {sampleOf(100, 101), sampleOf(200, 201), true},
		"two each, not so far":  {sampleOf(100, 110), sampleOf(120, 130), false},
		"three each":            {sampleOf(100, 101, 102), sampleOf(110, 111, 112), true},
		"overlapping":           {sampleOf(100, 105, 110), sampleOf(103, 108, 113), false},
		"without noise":         {sampleOf(5, 5), sampleOf(6, 6), true},
		"the same":              {sampleOf(5, 5), sampleOf(5, 5), false},
		"Welch's own kind":      {sampleOf(27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4), sampleOf(27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.0, 23.9), true},
		"one noisy, one steady": {sampleOf(100, 100.1, 99.9), sampleOf(60, 140, 160), false},
	} {
		if got := Apart(c.a, c.b); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestApartIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := rapid.Custom(func(t *rapid.T) Sample {
			return Sample{N: rapid.IntRange(0, 40).Draw(t, "n"), Mean: rapid.Float64Range(0, 1e6).Draw(t, "mean"), SD: rapid.Float64Range(0, 1e4).Draw(t, "sd")}
		})
		a, b := one.Draw(t, "a"), one.Draw(t, "b")
		if Apart(a, b) != Apart(b, a) || Apart(a, a) {
			t.Fatal(a, b)
		}
	})
}

// TestApartIsSeldomWrong: two samples of one distribution are told apart in at most one case of twenty.
func TestApartIsSeldomWrong(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{2, 3, 5, 10} {
		wrong, tries := 0, 20000
		for range tries {
			a, b := make([]float64, n), make([]float64, n)
			for i := range n {
				a[i], b[i] = r.NormFloat64(), r.NormFloat64()
			}
			if Apart(sampleOf(a...), sampleOf(b...)) {
				wrong++
			}
		}
		if share := float64(wrong) / float64(tries); share > 0.055 {
			t.Errorf("%d each: wrong in %.3f", n, share)
		}
	}
}
