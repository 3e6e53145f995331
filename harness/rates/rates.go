// Package rates is the statistics of few and costly trials: exact bounds of a failure rate, how many
// clean runs exclude one, and whether two groups differ. It is pure.
package rates

import "math"

// Interval is a range of failure rates.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Upper is the exact one-sided upper bound of a failure rate after k failures in n runs: the
// rate at which so few would be seen with a chance of only 1-confidence (Clopper and Pearson,
// 1934). 0 in n gives 1-(1-confidence)^(1/n): 3 runs 63 %, 10 runs 26 %, 59 runs 5 % at 95 %.
// Nothing run, nothing known: 1.
func Upper(k, n int, confidence float64) float64 {
	switch {
	case n <= 0 || k >= n:
		return 1
	case k <= 0:
		return 1 - math.Pow(1-confidence, 1/float64(n))
	}
	return solve(func(p float64) float64 { return AtMost(k, n, p) }, 1-confidence)
}

// Lower is the exact one-sided lower bound: 0 when nothing failed.
func Lower(k, n int, confidence float64) float64 {
	if n <= 0 || k <= 0 {
		return 0
	}
	return 1 - Upper(n-min(k, n), n, confidence)
}

// Exact is the two-sided Clopper-Pearson interval; 3 in 3 at 95 % is 0.29 to 1.
func Exact(k, n int, confidence float64) Interval {
	each := 1 - (1-confidence)/2
	return Interval{Low: Lower(k, n, each), High: Upper(k, n, each)}
}

// RunsToExclude is the number of clean runs after which a failure rate of at least p is excluded
// with the given confidence: 59 for 5 % at 95 %. 0 when no number would do.
func RunsToExclude(p, confidence float64) int {
	if !(p > 0) || !(confidence > 0 && confidence < 1) {
		return 0
	}
	if p >= 1 {
		return 1
	}
	// The small amount keeps 5 runs for 45.07 % from becoming 6 by rounding.
	return int(math.Ceil(math.Log(1-confidence)/math.Log(1-p) - 1e-9))
}

// RuleOfThree is the upper bound 3/n that people compute by heart; 1 below three runs.
func RuleOfThree(n int) float64 {
	if n < 3 {
		return 1
	}
	return 3 / float64(n)
}

// Stopped estimates a failure rate from runs that were stopped at the stop-th failure or
// when a number of runs was reached. The plain ratio would be too high in the first case (.35 for
// .30 with three failures); (k-1)/(n-1) is unbiased there (Haldane, 1945). 0 when nothing ran.
func Stopped(k, n, stop int) float64 {
	switch {
	case n <= 0:
		return 0
	case k >= stop && stop > 1 && n > 1:
		return float64(k-1) / float64(n-1)
	}
	return float64(k) / float64(n)
}

// FisherGreater is Fisher's one-sided exact test: the chance that the first group (a failures in
// n) would do at least as badly against the second (b in m) if both had the same rate. 3/3 against
// 0/3 gives 0.05.
func FisherGreater(a, n, b, m int) float64 {
	if n <= 0 || m <= 0 {
		return 1
	}
	failures, p := a+b, 0.0
	for x := a; x <= min(n, failures); x++ {
		if failures-x > m {
			continue
		}
		p += math.Exp(logChoose(n, x) + logChoose(m, failures-x) - logChoose(n+m, failures))
	}
	return math.Min(1, p)
}

// AtMost is the chance of at most k failures in n runs that each fail with chance p.
func AtMost(k, n int, p float64) float64 {
	switch {
	case k < 0:
		return 0
	case k >= n || p <= 0:
		return 1
	case p >= 1:
		return 0
	}
	sum, term := 0.0, float64(n)*math.Log1p(-p) // the logarithm of the chance of exactly x
	odds := math.Log(p) - math.Log1p(-p)
	for x := 0; x <= k; x++ {
		sum += math.Exp(term)
		term += odds + math.Log(float64(n-x)/float64(x+1))
	}
	return math.Min(1, sum)
}

func logChoose(n, k int) float64 {
	lg := func(x int) float64 { v, _ := math.Lgamma(float64(x) + 1); return v }
	return lg(n) - lg(k) - lg(n-k)
}

// solve finds where a falling function of a chance takes a value.
func solve(falling func(float64) float64, value float64) float64 {
	low, high := 0.0, 1.0
	for range 60 {
		mid := (low + high) / 2
		if falling(mid) > value {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}
