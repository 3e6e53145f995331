package harness

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestStallBound: the bound is never below the floor, never below a multiple of what was seen at that
// depth, and a server that slows down evenly with depth, as attention does, never exceeds it.
func TestStallBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		floor := time.Duration(rapid.IntRange(1, 60).Draw(t, "floor")) * time.Second
		constant := time.Duration(rapid.IntRange(1, 10000).Draw(t, "constant")) * time.Millisecond
		perToken := time.Duration(rapid.IntRange(0, 200000).Draw(t, "per token")) * time.Nanosecond
		b := stallBound{floor: floor}
		if b.limit(0) != floor {
			t.Fatalf("before anything was seen the bound is %v", b.limit(0))
		}
		for depth := nextBatch; depth < 300000; depth += nextBatch {
			took := constant + time.Duration(depth)*perToken
			if limit := b.limit(depth - nextBatch); depth > nextBatch && took > limit-floor {
				t.Fatalf("the batch to %d took %v, the bound is %v", depth, took, limit)
			}
			b.observe(depth, took)
			if limit := b.limit(depth); limit < floor+stallFactor*took {
				t.Fatalf("at %d the bound is %v after a batch of %v", depth, limit, took)
			}
		}
	})
}

// TestAHangIsFoundSoonerAtALowDepth: slow batches deep in one prompt say nothing about shallow ones.
func TestAHangIsFoundSoonerAtALowDepth(t *testing.T) {
	b := stallBound{floor: time.Minute}
	b.observe(8000, 8*time.Second)
	b.observe(250000, 41*time.Second)
	if low, high := b.limit(6000), b.limit(250000); low != time.Minute+40*time.Second || high < time.Minute+205*time.Second {
		t.Errorf("%v, %v", low, high)
	}
}
