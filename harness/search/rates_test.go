package search

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
		{"no failure in 1", UpperRate(0, 1, 0.95), 0.95},
		{"no failure in 2", UpperRate(0, 2, 0.95), 0.7764},
		{"no failure in 3", UpperRate(0, 3, 0.95), 0.6316},
		{"no failure in 9", UpperRate(0, 9, 0.95), 0.2831},
		{"no failure in 10", UpperRate(0, 10, 0.95), 0.2589},
		{"no failure in 59", UpperRate(0, 59, 0.95), 0.0495},
		{"nothing run", UpperRate(0, 0, 0.95), 1},
		{"1 failure in 10, one-sided", UpperRate(1, 10, 0.95), 0.3942},
		{"3 of 3, low end of both sides", ExactInterval(3, 3, 0.95).Low, 0.2924},
		{"3 of 5, low", ExactInterval(3, 5, 0.95).Low, 0.1466},
		{"3 of 5, high", ExactInterval(3, 5, 0.95).High, 0.9473},
		{"3 of 8, low", ExactInterval(3, 8, 0.95).Low, 0.0852},
		{"3 of 10, high", ExactInterval(3, 10, 0.95).High, 0.6525},
		{"0 of 10, high of both sides", ExactInterval(0, 10, 0.95).High, 0.3085},
		{"rule of three", RuleOfThree(10), 0.3},
		{"stopped at the third failure", StoppedRate(3, 9, 3), 0.25},
		{"ran to the end", StoppedRate(2, 10, 3), 0.2},
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
		p := UpperRate(k, n, confidence)
		if got := AtMost(k, n, p); math.Abs(got-(1-confidence)) > 1e-6 {
			t.Fatalf("at the bound %v, at most %d of %d has chance %v, want %v", p, k, n, got, 1-confidence)
		}
		if low := LowerRate(k, n, confidence); low > float64(k)/float64(n) || p < float64(k)/float64(n) {
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
		sum += StoppedRate(k, n, 3)
	}
	if got := sum / float64(trials); math.Abs(got-0.3) > 0.002 {
		t.Errorf("mean estimate %.4f, want 0.3", got)
	}
}

func TestTheLatencyIsFittedToTheFieldsNumbers(t *testing.T) {
	var l Latency
	for n, s := range map[int]float64{75_010: 417.9, 100_010: 636.2, 125_004: 894.2, 150_010: 1193.4} {
		l.See(n, s)
	}
	for n, want := range map[int]float64{32_000: 134.5, 69_970: 378.4, 89_970: 543.8, 131_072: 963} {
		if got := l.At(n); math.Abs(got-want) > want/50 {
			t.Errorf("t(%d) = %.1f s, want %.1f", n, got, want)
		}
	}
	if n := l.Inverse(l.At(100_000)); n < 99_998 || n > 100_002 {
		t.Errorf("the inverse of t(100000) is %d", n)
	}
}

func TestALatencyNeverPredictsNonsense(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l Latency
		for range rapid.IntRange(0, 6).Draw(t, "points") {
			l.See(rapid.IntRange(-5, 1<<20).Draw(t, "tokens"), rapid.Float64Range(-1, 1e5).Draw(t, "seconds"))
		}
		for n := 1; n < 1<<21; n *= 3 {
			if at := l.At(n); !(at >= 0) || math.IsInf(at, 0) || l.Known() && at == 0 {
				t.Fatalf("t(%d) = %v", n, at)
			}
		}
	})
}
