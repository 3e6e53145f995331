package rates

import "math"

// Count is how often something was tried, and how often it failed.
type Count struct{ Failed, Tried int }

// Strata are counts of two kinds of runs that may fail at rates of their own.
type Strata [2]Count

// Sum takes both kinds for one.
func (s Strata) Sum() Count {
	return Count{s[0].Failed + s[1].Failed, s[0].Tried + s[1].Tried}
}

// manyTables is when Fisher's test takes the place of the unconditional one: there they hardly differ.
const manyTables = 4096

// UnconditionalGreater is an exact one-sided test like [FisherGreater] that does not take the number of
// failures for given (Boschloo, 1970), which with a handful of runs makes it a good deal less cautious: 2 of
// 2 against 0 of 3 is 0.035, where Fisher's says 0.1. It is the highest chance, over all pairs of rates of
// the two kinds, that the first group would do at least as badly against the second if a kind failed at
// the same rate in both. It holds for numbers of runs that do not depend on what is counted.
func UnconditionalGreater(first, second Strata) float64 {
	a, b := first.Sum(), second.Sum()
	if a.Tried == 0 || b.Tried == 0 {
		return 1
	}
	observed := FisherGreater(a.Failed, a.Tried, b.Failed, b.Tried)
	if (a.Tried+1)*(b.Tried+1) > manyTables {
		return observed
	}
	region := make([]int, a.Tried+1) // for each number of failures of the first: most of the second that are as bad
	for x := range region {
		for region[x] = -1; region[x] < b.Tried && FisherGreater(x, a.Tried, region[x]+1, b.Tried) <= observed*(1+1e-9); {
			region[x]++
		}
	}
	highest := 0.0
	for _, p := range grid(first[0].Tried + second[0].Tried) {
		for _, q := range grid(first[1].Tried + second[1].Tried) {
			left, right := sumOfTwo(first, p, q), sumOfTwo(second, p, q)
			chance, below, y := 0.0, 0.0, -1
			for x, most := range region {
				for ; y < most; y++ {
					below += right[y+1]
				}
				chance += left[x] * below
			}
			highest = math.Max(highest, chance)
		}
	}
	return math.Min(1, highest)
}

// grid are the rates that are tried: none where nothing ran at that rate.
func grid(runs int) []float64 {
	if runs == 0 {
		return []float64{0}
	}
	const steps = 64
	rates := make([]float64, steps+1)
	for i := range rates {
		rates[i] = float64(i) / steps
	}
	return rates
}

// sumOfTwo is the distribution of the failures of both kinds together.
func sumOfTwo(s Strata, p, q float64) []float64 {
	one, two := binomial(s[0].Tried, p), binomial(s[1].Tried, q)
	sum := make([]float64, len(one)+len(two)-1)
	for i, a := range one {
		for j, b := range two {
			sum[i+j] += a * b
		}
	}
	return sum
}

// binomial are the chances of 0 to n failures in n runs.
func binomial(n int, p float64) []float64 {
	chances := make([]float64, n+1)
	chances[0] = 1
	for run := 1; run <= n; run++ {
		for k := run; k >= 0; k-- {
			chances[k] *= 1 - p
			if k > 0 {
				chances[k] += chances[k-1] * p
			}
		}
	}
	return chances
}
