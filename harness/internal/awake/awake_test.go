package awake

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// TestWatch: what is looked at in time counts in full, and what nobody was there to see does not.
func TestWatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pause := time.Duration(rapid.IntRange(1, 1000).Draw(t, "pause")) * time.Millisecond
		now, want := time.Unix(1e9, 0), time.Duration(0)
		watch := Begin(now)
		for range rapid.IntRange(0, 50).Draw(t, "looks") {
			gap := time.Duration(rapid.Float64Range(0, 2*absent).Draw(t, "gap") * float64(pause))
			now = now.Add(gap)
			if want += gap; gap > absent*pause {
				want += pause - gap
			}
			if got := watch.Look(now, pause); got != want {
				t.Fatalf("%v, want %v", got, want)
			}
		}
	})
}

// TestWithin: it ends in time, or with its parent, or when it is told to, and says which; so do its children.
func TestWithin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ctx, done := Within(t.Context(), 90*time.Second)
		child, doneToo := context.WithCancel(ctx)
		defer doneToo()
		if ctx.Err() != nil {
			t.Error("it begins with its end")
		}
		<-child.Done()
		if took := time.Since(began); took != 90*time.Second || !errors.Is(ctx.Err(), context.DeadlineExceeded) || !errors.Is(child.Err(), context.DeadlineExceeded) {
			t.Errorf("%v after %v", child.Err(), took)
		}
		done()

		parent, leave := context.WithCancel(t.Context())
		ctx, done = Within(parent, time.Hour)
		leave()
		if <-ctx.Done(); !errors.Is(ctx.Err(), context.Canceled) {
			t.Error(ctx.Err())
		}
		done()
		ctx, done = Within(t.Context(), time.Hour)
		done()
		if <-ctx.Done(); !errors.Is(ctx.Err(), context.Canceled) {
			t.Error(ctx.Err())
		}
	})
}
