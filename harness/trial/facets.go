package trial

import (
	"cmp"
	"math/bits"
	"slices"
)

// Tally is how often a value occurred.
type Tally[T cmp.Ordered] struct {
	Value T
	Count int
}

// facets counts in what circumstances the bug was seen.
func (b *Bug) facets(list []Sighting) {
	text := func(of func(Sighting) string) []Tally[string] {
		return byCount(tally(list, func(s Sighting) (string, bool) { v := of(s); return v, v != "" }))
	}
	b.Runs = text(func(s Sighting) string { return s.RunID })
	b.Builds = text(func(s Sighting) string { return s.Build })
	b.Phases = text(func(s Sighting) string { return s.Fault.Phase })
	b.Outcomes = text(func(s Sighting) string { return s.Outcome.String() })
	b.Fates = text(func(s Sighting) string { return string(s.Fault.Outcome) })
	b.Deaths = text(func(s Sighting) string { return s.Fault.FirstDeath })
	b.Shapes = text(func(s Sighting) string { return s.Shape })
	b.Caches = text(func(s Sighting) string { return string(s.Cache) })
	b.NP = tally(list, func(s Sighting) (int, bool) { return s.NP, s.NP > 0 })
	b.Positions = tally(list, func(s Sighting) (int, bool) { return PositionBucket(s.Fault.Position), s.Fault.Position >= 0 })
	b.Offsets = tally(list, func(s Sighting) (int, bool) {
		if s.Fault.Position < 0 || s.MicroBatch <= 0 {
			return 0, false
		}
		return s.Fault.Position % s.MicroBatch, true
	})
	at := map[string]int{}
	for _, s := range list {
		if s.CellID == "" {
			b.Warmups++
			continue
		}
		i, known := at[s.CellID]
		if !known {
			i = len(b.Cells)
			at[s.CellID] = i
			b.Cells = append(b.Cells, CellCount{ID: s.CellID})
		}
		b.Cells[i].Count++
		b.Cells[i].Cell = s.Cell // the latest
	}
	slices.SortStableFunc(b.Cells, func(a, b CellCount) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.ID, b.ID)) })
}

// PositionBucket is the power of two below a position: 4096 for 4096 to 8191; 0 for 0 and unknown ones.
func PositionBucket(position int) int {
	if position <= 0 {
		return 0
	}
	return 1 << (bits.Len(uint(position)) - 1)
}

// tally counts values, in their own order. of is false for a sighting that has none.
func tally[T cmp.Ordered](list []Sighting, of func(Sighting) (T, bool)) []Tally[T] {
	counts := map[T]int{}
	for _, s := range list {
		if v, known := of(s); known {
			counts[v]++
		}
	}
	var all []Tally[T]
	for v, n := range counts {
		all = append(all, Tally[T]{v, n})
	}
	slices.SortFunc(all, func(a, b Tally[T]) int { return cmp.Compare(a.Value, b.Value) })
	return all
}

// byCount puts what occurred most often first.
func byCount[T cmp.Ordered](list []Tally[T]) []Tally[T] {
	slices.SortStableFunc(list, func(a, b Tally[T]) int { return cmp.Compare(b.Count, a.Count) })
	return list
}
