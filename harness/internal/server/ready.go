package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// The pause between two looks at a loading server is a share of the time it has taken so far, so that
// readiness is noticed within a percent or two of the load. A look costs both sides about 0.1 ms.
const (
	minPause     = time.Millisecond
	maxPause     = 250 * time.Millisecond
	pauseDivisor = 64
)

// healthLimit bounds one look: a server that accepts and says nothing is no readier than one that
// does not accept.
const healthLimit = 5 * time.Second

// untilReady polls: connection refused, then 503 while loading, then 200. No limit when it is 0.
func (s *Server) untilReady(ctx context.Context, began time.Time, limit time.Duration) error {
	within := ctx
	if limit > 0 {
		var done context.CancelFunc
		within, done = context.WithDeadline(ctx, began.Add(limit))
		defer done()
	}
	wait := time.NewTimer(0)
	defer wait.Stop()
	listening := false
	for {
		select {
		case <-s.process.Exited():
			return &LoadError{Reason: "it ended while loading"}
		case <-within.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return &LoadError{Reason: neverReady(listening, limit)}
		case <-wait.C:
		}
		err := s.healthWithin(within, healthLimit)
		if err == nil {
			return nil
		}
		var loading *HTTPError
		listening = listening || errors.As(err, &loading) && loading.Status == http.StatusServiceUnavailable
		wait.Reset(min(max(time.Since(began)/pauseDivisor, minPause), maxPause))
	}
}

func neverReady(listening bool, after time.Duration) string {
	if listening {
		return fmt.Sprintf("it answered 503 (loading) for %s and never became ready", after)
	}
	return fmt.Sprintf("it never opened its port within %s", after)
}

func (s *Server) healthWithin(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return s.Health(ctx)
}
