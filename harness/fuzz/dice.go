package fuzz

import "math/rand/v2"

// dice draw the same from the same numbers.
type dice struct{ *rand.Rand }

func newDice(seed uint64, n int) dice { return dice{rand.New(rand.NewPCG(seed, uint64(n)))} }

func (d dice) chance(p float64) bool { return d.Float64() < p }

// between draws from low to high, both of them included.
func (d dice) between(low, high int) int {
	if high <= low {
		return low
	}
	return low + d.IntN(high-low+1)
}

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

// weighted draws an index by weight.
func (d dice) weighted(weights []float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	at := d.Float64() * sum
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}
