package search

import (
	"math"
	"math/rand/v2"
)

// A world is one cell whose truth is known: the fault classes, triggers and costs of the field
// model (cost fitted to the published latencies; see the package's tests for how it is judged).
type world struct {
	class   string
	trigger string  // position, decode, start
	x       float64 // where it begins
	width   float64 // logistic scale, hazard mean, width of an island
	p       float64 // chance of a flaky fault
	tau     float64 // seconds between background crashes
	hangs   float64 // share of faults that stall
	slow    float64 // factor on t(n): slots loaded together
	ceiling int
}

var mixture = []struct {
	class  string
	weight float64
}{
	{"none", 30}, {"hard", 20}, {"logistic", 5}, {"hazard", 7}, {"flaky.5", 6}, {"flaky.3", 8}, {"flaky.15", 4},
	{"immediate", 6}, {"background", 3}, {"island", 3}, {"drift", 3}, {"cold-only", 3}, {"artefact", 2},
}

const fieldCeiling = 262144

// seconds is the latency of a cold prompt that the field measured.
func seconds(n float64) float64 { return 3.185e-3*n + 3.178e-8*n*n }

func drawWorld(r *rand.Rand, class string, ceiling int) *world {
	if class == "" {
		u := r.Float64() * 100
		for _, m := range mixture {
			if class, u = m.class, u-m.weight; u < 0 {
				break
			}
		}
	}
	w := &world{class: class, hangs: 0.1, slow: 1, ceiling: ceiling, x: between(r, 12e3, 250e3)}
	switch u := r.Float64(); {
	case u < 0.60:
		w.trigger = "position"
	case u < 0.85:
		w.trigger = "decode"
	default:
		w.trigger = "start"
	}
	switch class {
	case "logistic", "island":
		w.width = between(r, 1e3, 6e3)
	case "hazard":
		w.width = between(r, 4e3, 40e3)
	case "flaky.5":
		w.p = 0.5
	case "flaky.3":
		w.p = 0.3
	case "flaky.15":
		w.p = 0.15
	case "immediate":
		w.x = between(r, 0, 5e3)
	case "background":
		w.tau = 3600 * between(r, 12, 48)
	}
	return w
}

func between(r *rand.Rand, low, high float64) float64 { return low + (high-low)*r.Float64() }

// chance is that of a request of length n to die, on a path and on a server that served tokens.
func (w *world) chance(n float64, path Path, served float64) float64 {
	switch w.class {
	case "none", "background":
		return 0
	case "logistic":
		return 1 / (1 + math.Exp(-(n-w.x)/w.width))
	case "hazard":
		return math.Max(0, 1-math.Exp(-(n-w.x)/w.width))
	case "flaky.5", "flaky.3", "flaky.15":
		return when(n >= w.x, w.p)
	case "island":
		return when(n >= w.x && n <= w.x+w.width, 1)
	case "drift":
		return when(n >= w.x-0.02*served, 1)
	case "cold-only":
		return when(n >= w.x && path == Cold, 1)
	case "artefact":
		return when(n >= w.x && path == Chain, 1)
	}
	return when(n >= w.x, 1) // hard, immediate
}

func when(yes bool, p float64) float64 {
	if yes {
		return p
	}
	return 0
}

// threshold draws where a chain of a position fault dies: the inverse of chance.
func (w *world) threshold(r *rand.Rand, path Path, served float64) float64 {
	never := math.Inf(1)
	u := r.Float64()
	switch w.class {
	case "logistic":
		return w.x + w.width*math.Log(u/(1-u))
	case "hazard":
		return w.x - w.width*math.Log(1-u)
	case "flaky.5", "flaky.3", "flaky.15":
		if u < w.p {
			return w.x
		}
		return never
	case "drift":
		return math.Max(0, w.x-0.02*served)
	case "cold-only":
		if path == Cold {
			return w.x
		}
		return never
	case "artefact":
		if path == Chain {
			return w.x
		}
		return never
	case "hard", "immediate":
		return w.x
	}
	return never
}

// holds is the true length up to which a cold run on a fresh server dies in less than 5 %.
func (w *world) holds() float64 {
	low, high := 0.0, float64(w.ceiling)
	if w.worst(high) <= 0.05 {
		return high
	}
	for range 40 {
		if mid := (low + high) / 2; w.worst(mid) <= 0.05 {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// worst is the highest chance of a cold run of any length up to n on a fresh server.
func (w *world) worst(n float64) float64 {
	switch w.class {
	case "background":
		return 1 - math.Exp(-w.slow*seconds(n)/w.tau)
	case "island":
		return when(n >= w.x, 1)
	}
	return w.chance(n, Cold, 0)
}
