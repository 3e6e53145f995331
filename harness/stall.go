package harness

import "time"

// stallBound is how long a wave may go without a token before it counts as hung: a floor, plus five
// times the longest silence between two signs of progress seen so far in this run. Progress comes
// once per batch, and a batch at depth n takes longer than one at depth 0 (7.6 s at 8k tokens, 41 s
// at 256k on the field's 397B model), so the bound grows with what this server really does.
type stallBound struct {
	floor   time.Duration
	longest time.Duration
}

func (b *stallBound) observe(silence time.Duration) { b.longest = max(b.longest, silence) }

func (b *stallBound) limit() time.Duration { return b.floor + 5*b.longest }
