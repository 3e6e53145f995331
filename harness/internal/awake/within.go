package awake

import (
	"context"
	"sync/atomic"
	"time"
)

// limited is a context that ends when its time is up, of which only what we saw counts.
type limited struct {
	context.Context
	done chan struct{}
	over atomic.Bool
}

func (l *limited) Done() <-chan struct{} { return l.done }

func (l *limited) Err() error {
	select {
	case <-l.done:
	default:
		return nil
	}
	if l.over.Load() {
		return context.DeadlineExceeded
	}
	return l.Context.Err()
}

// Within is [context.WithTimeout] for time that we see pass. It has no deadline that could be asked for. Whoever calls
// it calls the function in the end.
func Within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	parent, cancel := context.WithCancel(ctx)
	l := &limited{Context: parent, done: make(chan struct{})}
	go l.count(limit)
	return l, cancel
}

func (l *limited) count(limit time.Duration) {
	defer close(l.done)
	pause, watch := Pause(limit), Begin(time.Now())
	timer := time.NewTimer(min(pause, limit))
	defer timer.Stop()
	for {
		select {
		case <-l.Context.Done():
			return
		case now := <-timer.C:
			took := watch.Look(now, pause)
			if took >= limit {
				l.over.Store(true)
				return
			}
			timer.Reset(min(pause, limit-took))
		}
	}
}
