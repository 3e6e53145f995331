package reports

import (
	"testing"

	"pgregory.net/rapid"
)

// TestTurns: cells take turns, and what is left of them is counted without walking it.
func TestTurns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(t, "cells")
		all := n * rapid.IntRange(1, 5).Draw(t, "starts")
		from := rapid.IntRange(0, all).Draw(t, "from")
		walked := make([]int, n)
		for v := from; v < all; v++ {
			walked[v%n]++
		}
		for c, want := range walked {
			if got := turns(from, all, c, n); got != want {
				t.Fatalf("cell %d: %d turns, want %d", c, got, want)
			}
		}
	})
}
