package fuzz

import (
	"fmt"
	"slices"
	"testing"
)

func TestDbg(t *testing.T) {
	for _, c := range append(contest, struct {
		name string
		set  Settings
	}{"random, shrinking", Settings{Random: true}}) {
		var tenth, found, f15 []int
		miss := map[string]int{}
		for seed := uint64(1); seed <= 8; seed++ {
			set := c.set
			set.Seed, set.Space.Flags = seed, Flags(nil)
			w := newWorld(seed, twenty)
			w.campaign(t, set, 400)
			var at []int
			for _, n := range w.first {
				at = append(at, n)
			}
			for _, f := range twenty {
				if w.first[f.name] == 0 {
					miss[f.name]++
				}
			}
			found = append(found, len(at))
			for len(at) < 20 {
				at = append(at, 400)
			}
			slices.Sort(at)
			tenth = append(tenth, at[9])
			f15 = append(f15, at[14])
		}
		slices.Sort(tenth)
		slices.Sort(found)
		slices.Sort(f15)
		fmt.Println(c.name, "tenth", tenth, "15th", f15, "found", found)
		fmt.Println(miss)
	}
}
