package rates

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestRatesAreThoseOfTheTables(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"no failure in 1", Upper(0, 1, 0.95), 0.95},
		{"no failure in 2", Upper(0, 2, 0.95), 0.7764},
		{"no failure in 3", Upper(0, 3, 0.95), 0.6316},
		{"no failure in 9", Upper(0, 9, 0.95), 0.2831},
		{"no failure in 10", Upper(0, 10, 0.95), 0.2589},
		{"no failure in 59", Upper(0, 59, 0.95), 0.0495},
		{"nothing run", Upper(0, 0, 0.95), 1},
		{"1 failure in 10, one-sided", Upper(1, 10, 0.95), 0.3942},
		{"3 of 3, low end of both sides", Exact(3, 3, 0.95).Low, 0.2924},
		{"3 of 5, low", Exact(3, 5, 0.95).Low, 0.1466},
		{"3 of 5, high", Exact(3, 5, 0.95).High, 0.9473},
		{"3 of 8, low", Exact(3, 8, 0.95).Low, 0.0852},
		{"3 of 10, high", Exact(3, 10, 0.95).High, 0.6525},
		{"0 of 10, high of both sides", Exact(0, 10, 0.95).High, 0.3085},
		{"rule of three", RuleOfThree(10), 0.3},
		{"stopped at the third failure", Stopped(3, 9, 3), 0.25},
		{"ran to the end", Stopped(2, 10, 3), 0.2},
		{"3/3 against 0/3", FisherGreater(3, 3, 0, 3), 0.05},
		{"4/4 against 0/4", FisherGreater(4, 4, 0, 4), 1.0 / 70},
		{"runs to exclude 5 %", float64(RunsToExclude(0.05, 0.95)), 59},
		{"runs to exclude 1 %", float64(RunsToExclude(0.01, 0.95)), 299},
		{"runs to exclude 30 %", float64(RunsToExclude(0.3, 0.95)), 9},
		{"runs to exclude what always fails", float64(RunsToExclude(1, 0.95)), 1},
	} {
		if math.Abs(c.got-c.want) > 1e-4 {
			t.Errorf("%s: got %.4f, want %.4f", c.name, c.got, c.want)
		}
	}
}

func TestTheUpperBoundIsExactlyTheRateThatIsStillPossible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 200).Draw(t, "n")
		k := rapid.IntRange(0, n-1).Draw(t, "k")
		confidence := rapid.Float64Range(0.5, 0.999).Draw(t, "confidence")
		p := Upper(k, n, confidence)
		if got := AtMost(k, n, p); math.Abs(got-(1-confidence)) > 1e-6 {
			t.Fatalf("at the bound %v, at most %d of %d has chance %v, want %v", p, k, n, got, 1-confidence)
		}
		if low := Lower(k, n, confidence); low > float64(k)/float64(n) || p < float64(k)/float64(n) {
			t.Fatalf("%d of %d is not between %v and %v", k, n, low, p)
		}
	})
}

func TestTheStoppedRateIsNotBiasedByStopping(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sum, trials := 0.0, 200_000
	for range trials { // no cap on the runs: then the estimator is unbiased exactly
		k, n := 0, 0
		for k < 3 {
			n++
			if r.Float64() < 0.3 {
				k++
			}
		}
		sum += Stopped(k, n, 3)
	}
	if got := sum / float64(trials); math.Abs(got-0.3) > 0.002 {
		t.Errorf("mean estimate %.4f, want 0.3", got)
	}
}
