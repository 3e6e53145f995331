package fuzz

import (
	"fmt"
	"slices"
	"testing"
)

// contest are settings held against one another on the same worlds.
var contest = []struct {
	name string
	set  Settings
}{
	{"random", Settings{Random: true, Share: -1}},
	{"steered, nothing shrunk", Settings{Share: -1}},
	{"steered, shrinking at most half", Settings{Share: 0.5}},
}

// finds are the starts at which the first, the tenth and the last of twenty faults were found; those that were
// not within the limit count as the limit.
func finds(t testing.TB, set Settings, seed uint64, limit int) (first, tenth, last, all int) {
	set.Seed, set.Space.Flags = seed, Flags(nil)
	w := newWorld(seed, twenty)
	w.campaign(t, set, limit)
	var at []int
	for _, n := range w.first {
		at = append(at, n)
	}
	all = len(at)
	for len(at) < len(twenty) {
		at = append(at, limit)
	}
	slices.Sort(at)
	return at[0], at[9], at[19], all
}

// BenchmarkTwentyFaults tells how many starts it takes to find planted faults, steered and at random.
//
//	go test -run '^$' -bench Twenty ./harness/fuzz
func BenchmarkTwentyFaults(b *testing.B) {
	const limit = 4000
	for _, c := range contest {
		b.Run(c.name, func(b *testing.B) {
			var first, tenth, last, found []int
			for i := range max(b.N, 11) {
				f, t, l, n := finds(b, c.set, uint64(i+1), limit)
				first, tenth, last, found = append(first, f), append(tenth, t), append(last, l), append(found, n)
			}
			for name, list := range map[string][]int{"first": first, "tenth": tenth, "last": last, "found": found} {
				slices.Sort(list)
				b.ReportMetric(float64(list[len(list)/2]), fmt.Sprintf("%s/starts", name))
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}
