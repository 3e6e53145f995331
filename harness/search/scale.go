package search

import "hash/fnv"

// stepOf is the finest step of a search up to top: the first scout's chunk, the unit in which a
// candidate is lowered, and the width at which a bisection stops. 1,024 tokens from 64k to 1M.
func stepOf(top, resolution int) int {
	if resolution > 0 {
		return resolution
	}
	return max(min(1024, max(64, top/64/64*64)), top/1024)
}

// rounded takes a size down to a multiple that is small beside it: 256 from 16k on.
func rounded(size int) int {
	quantum := 256
	for quantum > 1 && quantum*64 > size {
		quantum /= 2
	}
	return max(0, size/quantum*quantum)
}

// chain lists the prompt lengths of a scout up to target. The first scout of a cell is fine: an
// island of bad lengths is seen only by a step that ends in it. Later ones go by 6 %. Lengths are
// jittered, so that the tail of the last batch differs; the jitter derives from the cell and the
// number of its chain, nothing else.
func chain(target, step int, fine bool, key string, number int) []int {
	var steps []int
	state := seed(key, number)
	for total := 0; ; {
		width, play := step, step/8
		if !fine {
			width, play = min(max(total/16, step), 12*step), step/4
		}
		total += width
		state = state*6364136223846793005 + 1442695040888963407
		next := total
		if play > 0 {
			next += int(state>>33)%(2*play+1) - play
		}
		if next+step/2 >= target {
			return append(steps, target)
		}
		steps = append(steps, next)
	}
}

func seed(key string, number int) uint64 {
	h := fnv.New64a()
	h.Write([]byte(key))
	return h.Sum64() + uint64(number)*0x9e3779b97f4a7c15
}
