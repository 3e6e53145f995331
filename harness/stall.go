package harness

import (
	"math/bits"
	"time"
)

// stallBound is how long a wave may go without a token before it counts as hung: a floor, plus a
// multiple of the slowest batch that is to be expected at this depth, from what this run has
// measured. Progress comes once per batch, and a batch at depth n takes longer than one at depth 0
// (7.6 s at 8k tokens, 41 s at 256k on the field's 397B model): attention reads the whole context, so
// twice the depth takes at most twice as long.
type stallBound struct {
	floor   time.Duration
	longest [64]time.Duration // silence between two signs of progress, by the bit length of the depth
}

// stallFactor is how much slower than the slowest batch seen so far a batch may be.
const stallFactor = 5

// observe takes a silence that ended with progress to this depth, in prompt tokens.
func (b *stallBound) observe(depth int, silence time.Duration) {
	at := &b.longest[bits.Len(uint(max(depth, 0)))]
	*at = max(*at, silence)
}

// nextBatch is how far the next sign of progress may lie ahead: n_batch of llama-server, unless the
// user changed it.
const nextBatch = 2048

// limit is the silence that is too long for a wave that has come to this depth.
func (b *stallBound) limit(depth int) time.Duration {
	return b.floor + stallFactor*b.slowest(bits.Len(uint(max(depth, 0)+nextBatch)))
}

// slowest is the slowest batch to be expected: the slowest seen up to that depth, or, where nothing as
// deep was seen, the deepest ones scaled.
func (b *stallBound) slowest(depth int) (slowest time.Duration) {
	for d := 0; d <= depth; d++ {
		slowest = max(slowest, b.longest[d])
	}
	for d := depth; d > 0 && b.longest[d] == 0; d-- {
		if b.longest[d-1] > 0 {
			slowest = max(slowest, b.longest[d-1]<<min(depth-d+1, maxDoublings))
		}
	}
	return slowest
}

// maxDoublings keeps a bound finite where nothing but the very beginning was seen.
const maxDoublings = 4
