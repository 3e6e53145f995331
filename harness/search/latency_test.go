package search

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

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
		last := 0.0
		for n := 1; n < 1<<21; n *= 3 {
			at := l.At(n)
			if at < last {
				t.Fatalf("%d tokens take %v s, fewer %v", n, at, last)
			}
			last = at
			if !(at >= 0) || math.IsInf(at, 0) || l.Known() && at == 0 {
				t.Fatalf("t(%d) = %v", n, at)
			}
		}
	})
}
