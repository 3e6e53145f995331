package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"ctxcliff/harness/internal/awake"
	"ctxcliff/harness/internal/process"
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

// untilReady polls: connection refused, then 503 while loading, then 200. Limits that are 0 are none.
func (s *Server) untilReady(ctx context.Context, began time.Time, limit, stall time.Duration) error {
	within := ctx
	if limit > 0 {
		var done context.CancelFunc
		within, done = context.WithDeadline(ctx, began.Add(limit))
		defer done()
	}
	wait := time.NewTimer(0)
	defer wait.Stop()
	listening := false
	moved := movement{server: s, still: awake.Begin(began)}
	for {
		select {
		case <-s.process.Exited():
			return &LoadError{Reason: "it ended while loading"}
		case <-within.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return s.hung(limit, neverReady(listening, limit))
		case <-wait.C:
		}
		if still := moved.since(time.Now()); stall > 0 && still > stall {
			return s.hung(still, fmt.Sprintf("%s, and for %s it read, wrote and logged nothing", neverReady(listening, time.Since(began).Round(time.Second)), still.Round(time.Second)))
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

// hung is the error of a server that is given up while it loads.
func (s *Server) hung(after time.Duration, reason string) error {
	return &LoadError{Reason: reason, Hung: after, Portrait: process.Portrait(s.PID())}
}

// movement watches whether a loading server gets anywhere. A load reads the model's file, copies it
// to devices or peers, or writes lines; when it does none of these it hangs, whatever /health says.
type movement struct {
	server  *Server
	still   awake.Watch // since it moved
	looked  time.Time
	vitals  process.Vitals
	written int64
}

// lookEvery bounds what watching costs: /proc is read, of every process below the server's.
const lookEvery = time.Second

// since is how long nothing has moved.
func (m *movement) since(now time.Time) time.Duration {
	took := m.still.Look(now, healthLimit+maxPause)
	if now.Sub(m.looked) < lookEvery {
		return took
	}
	m.looked = now
	v, err := process.VitalsOf(m.server.PID())
	written := m.server.process.Written()
	if err != nil || v.Moved(m.vitals) || written != m.written { // the first look finds everything moved
		m.still, m.vitals, m.written = awake.Begin(now), v, written
		return 0
	}
	return took
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
