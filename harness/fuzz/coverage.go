package fuzz

import (
	"cmp"
	"slices"
)

// Coverage is what was visited: how many steps had a feature at a size. A step counts once it was answered, or
// broke.
type Coverage struct {
	Steps  int   `json:"steps"`
	Starts int   `json:"starts"` // of the hunt, shrinking aside
	Rows   []Row `json:"rows"`   // by axis, then by value
	Pairs  int   `json:"pairs"`  // of two features, or a feature and a size, that were seen together
}

// Row is a feature, and in how many steps it was seen at each of [Sizes].
type Row struct {
	Feature
	At []int `json:"at"`
}

// pair is two features that were seen in one step.
type pair [2]Feature

// visits counts.
type visits struct {
	steps  int
	rows   map[Feature][]int
	pairs  map[pair]int
	starts map[string]int // of configurations, by name
}

func newVisits() *visits {
	return &visits{rows: map[Feature][]int{}, pairs: map[pair]int{}, starts: map[string]int{}}
}

// see takes in a step, and says how many pairs were new.
func (v *visits) see(features set) (fresh int) {
	v.steps++
	column := slices.Index(Sizes, features.size())
	for _, f := range features {
		if f.Axis == AxisSize {
			continue
		}
		if v.rows[f] == nil {
			v.rows[f] = make([]int, len(Sizes))
		}
		v.rows[f][max(0, column)]++
	}
	for p := range features.pairs {
		if v.pairs[p]++; v.pairs[p] == 1 {
			fresh++
		}
	}
	return fresh
}

// pairs are all of two features each, in order.
func (s set) pairs(yield func(pair) bool) {
	for i, a := range s {
		for _, b := range s[:i] {
			p := pair{a, b}
			if cmp.Or(cmp.Compare(a.Axis, b.Axis), cmp.Compare(a.Value, b.Value)) > 0 {
				p = pair{b, a}
			}
			if !yield(p) {
				return
			}
		}
	}
}

// novelty is what a step with these features would show that was seldom seen: the share of pairs that are new,
// those that are not so new counted for less. A share, because what is plain has fewer of them.
func (v *visits) novelty(features set) float64 {
	sum, all := 0.0, 0
	for p := range features.pairs {
		sum, all = sum+1/float64(1+v.pairs[p]), all+1
	}
	return sum / float64(max(1, all))
}

// coverage is the table.
func (v *visits) coverage(starts int) Coverage {
	c := Coverage{Steps: v.steps, Starts: starts, Pairs: len(v.pairs)}
	axes := Axes()
	for f, at := range v.rows {
		c.Rows = append(c.Rows, Row{f, slices.Clone(at)})
	}
	slices.SortFunc(c.Rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(slices.Index(axes, a.Axis), slices.Index(axes, b.Axis)), cmp.Compare(a.Value, b.Value))
	})
	return c
}
