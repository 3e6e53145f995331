package search

// The ways in which people look for an edge. Each returns its claim; all run cold prompts on a
// rig and pay the same prices.

// passes runs k prompts of n tokens; a crash costs the reload.
func (g *rig) passes(w *world, n, k int) bool {
	for range k {
		g.boot("", false)
		if g.cold(w, n) != nil {
			return false
		}
	}
	return true
}

// staircase climbs by step from low, a start per rung, k prompts each (the origin counts a cached
// repeat as its second: that is k = 1 and a few seconds).
func (g *rig) staircase(w *world, low, top, step, k int) int {
	held := low
	for n := low + step; ; n += step {
		n = min(n, top)
		g.boot("", true)
		if !g.passes(w, n, k) {
			return held
		}
		g.clock += 0.5 + 64*(0.042+5.6e-7*float64(n)) // the cached second attempt
		if held = n; n >= top {
			return held
		}
	}
}

func linear25k(g *rig, w *world) int { return g.staircase(w, 0, w.ceiling, 25_000, 1) }

// twoLevel is the origin's staircase, refined: 25k rungs, then 1k rungs from the last that held.
func twoLevel(k int) func(*rig, *world) int {
	return func(g *rig, w *world) int {
		held := g.staircase(w, 0, w.ceiling, 25_000, k)
		if held >= w.ceiling {
			return held
		}
		return g.staircase(w, held, min(w.ceiling, held+24_000), 1_000, k)
	}
}

// bisectFrom is a bisection to 1k whose next probe is at share of the interval, and that confirms
// with k clean runs in all; a crash there becomes the new upper end.
func bisectFrom(low, high int, split float64, k int, g *rig, w *world) int {
	for {
		for high-low > 1000 {
			mid := low + max(500, int(float64(high-low)*split))
			if g.passes(w, mid, 1) {
				low = mid
			} else {
				high = mid
			}
		}
		if low < 1000 || g.passes(w, low, k-1) {
			return max(0, low)
		}
		high, low = low, max(0, low-low/10-1000)
		for low > 0 && !g.passes(w, low, 1) {
			high, low = low, max(0, low-low/5-1000)
		}
	}
}

// plainBisect asks the ceiling first, then halves.
func plainBisect(k int) func(*rig, *world) int {
	return func(g *rig, w *world) int {
		if g.passes(w, w.ceiling, k) {
			return w.ceiling
		}
		return bisectFrom(0, w.ceiling, 0.5, k, g, w)
	}
}

// gallop doubles from 8k, then bisects.
func gallop(k int) func(*rig, *world) int {
	return func(g *rig, w *world) int {
		low, n := 0, 8_000
		for {
			if !g.passes(w, min(n, w.ceiling), 1) {
				return bisectFrom(low, min(n, w.ceiling), 0.5, k, g, w)
			}
			low = min(n, w.ceiling)
			if low == w.ceiling {
				if g.passes(w, low, k-1) {
					return low
				}
				return bisectFrom(0, low, 0.5, k, g, w)
			}
			n *= 2
		}
	}
}

// optimal is the cost-optimal bisection on a grid of 1,024 tokens: dynamic programming over the
// expected cost with the true prices, for a fault that is equally likely anywhere and absent with
// a chance of 30 %. next[i][j] is the rung to ask when i passed and j broke (or is out of reach).
type optimal struct {
	rungs int
	next  [][]int16
}

func newOptimal(rungs int, reload float64) *optimal {
	o := &optimal{rungs: rungs, next: make([][]int16, rungs+2)}
	cost := make([][]float64, rungs+2)
	for i := range cost {
		cost[i], o.next[i] = make([]float64, rungs+2), make([]int16, rungs+2)
	}
	mass := func(i, j int) float64 { // chance that the fault lies in (i, j]; j = rungs+1: or nowhere
		if j > rungs {
			return 0.7*float64(rungs-i)/float64(rungs) + 0.3
		}
		return 0.7 * float64(j-i) / float64(rungs)
	}
	for gap := 2; gap <= rungs+1; gap++ {
		for i := 0; i+gap <= rungs+1; i++ {
			j := i + gap
			best := -1.0
			for m := i + 1; m < j; m++ {
				c := mass(i, j)*seconds(float64(m)*1024) + mass(i, m)*reload + cost[i][m] + cost[m][j]
				if best < 0 || c < best {
					best, o.next[i][j] = c, int16(m)
				}
			}
			cost[i][j] = best
		}
	}
	return o
}

// claim bisects by the table, and confirms what stays a guard below the lowest rung that broke with k runs
// in all: passes of longer prompts that did not break count. A crash there is the new upper end.
func (o *optimal) claim(k int, guard float64) func(*rig, *world) int {
	return func(g *rig, w *world) int {
		passed := map[int]int{}
		for high := o.rungs + 1; ; {
			low := o.narrow(g, w, passed, high)
			if high = low.high; low.rung < o.rungs {
				low.rung = int(float64(low.rung) * (1 - guard))
			}
			if low.rung == 0 {
				return 0
			}
			have := 0
			for m, n := range passed {
				if m >= low.rung && m < high {
					have += n
				}
			}
			for have < k && g.passes(w, low.rung*1024, 1) {
				have, passed[low.rung] = have+1, passed[low.rung]+1
			}
			if have >= k {
				return low.rung * 1024
			}
			high = low.rung
		}
	}
}

// bracket is what a bisection leaves: a rung that passed, 0 for none, and the next one, which broke.
type bracket struct{ rung, high int }

func (o *optimal) narrow(g *rig, w *world, passed map[int]int, high int) bracket {
	low := 0
	for m := range passed {
		if m < high {
			low = max(low, m)
		}
	}
	for high-low > 1 {
		m := int(o.next[low][high])
		if g.passes(w, m*1024, 1) {
			low, passed[m] = m, passed[m]+1
		} else {
			high = m
		}
	}
	return bracket{low, high}
}
