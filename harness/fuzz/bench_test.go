package fuzz

import (
	"slices"
	"testing"
)

// contest are settings held against one another on the same worlds.
var contest = []struct {
	name string
	set  Settings
}{
	{"random", Settings{Random: true, Share: -1}},
	{"steered", Settings{Share: -1}},
	{"random, shrinking", Settings{Random: true, Share: 0.5}},
	{"steered, shrinking", Settings{Share: 0.5}},
}

// finds are the starts at which the first, the tenth, the 18th and the last of twenty faults were found, and how
// many steps of requests were seen on the way. What was not found within the limit counts as the limit.
func finds(t testing.TB, set Settings, seed uint64, limit int) (first, tenth, late, last, steps int) {
	set.Seed, set.Space.Flags = seed, Flags(nil)
	w := newWorld(seed, twenty)
	steps = w.campaign(t, set, limit).Result().Coverage.Steps
	var at []int
	for _, n := range w.first {
		at = append(at, n)
	}
	for len(at) < len(twenty) {
		at = append(at, limit)
	}
	slices.Sort(at)
	return at[0], at[9], at[17], at[19], steps
}

// BenchmarkTwentyFaults tells how many starts it takes to find planted faults, steered and at random.
//
//	go test -run '^$' -bench Twenty ./harness/fuzz
func BenchmarkTwentyFaults(b *testing.B) {
	const limit = 300
	for _, c := range contest {
		b.Run(c.name, func(b *testing.B) {
			measured := map[string][]int{}
			for i := range max(b.N, 9) {
				first, tenth, late, last, steps := finds(b, c.set, uint64(i+1), limit)
				for name, n := range map[string]int{"starts-to-1st": first, "starts-to-10th": tenth, "starts-to-18th": late, "starts-to-last": last, "steps": steps} {
					measured[name] = append(measured[name], n)
				}
			}
			for name, list := range measured {
				slices.Sort(list)
				b.ReportMetric(float64(list[len(list)/2]), name) // the median
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}
