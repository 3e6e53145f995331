package gpu

import (
	"context"
	"time"
)

// ReadLimit bounds one reading. nvidia-smi alone takes a second or two where the
// driver has to wake up first.
const ReadLimit = 5 * time.Second

// gate lets one reading at a time through, in a goroutine of its own, and does
// not wait for one that the kernel blocks. Its methods are called by one
// goroutine at a time.
type gate[T any] struct {
	pending chan T // of a reading under way; nil none
	since   time.Time
}

// read runs f unless an earlier one is still blocked. ok is false when there is
// no result; since is then when the blocked reading began.
func (g *gate[T]) read(ctx context.Context, f func(context.Context) T) (result T, since time.Time, ok bool) {
	if g.pending != nil {
		select {
		case <-g.pending: // it has ended meanwhile; what it read is old
		default:
			return result, g.since, false
		}
	}
	pending := make(chan T, 1)
	g.pending, g.since = pending, time.Now()
	ctx, cancel := context.WithTimeout(ctx, ReadLimit)
	defer cancel()
	go func() { pending <- f(ctx) }()
	select {
	case result = <-pending:
		g.pending = nil
		return result, g.since, true
	case <-ctx.Done():
	}
	// Whoever heeds the context, as a child process that is killed, ends now.
	select {
	case result = <-pending:
		g.pending = nil
		return result, g.since, true
	case <-time.After(time.Second / 2):
		return result, g.since, false
	}
}
