package harness

import (
	"context"
	"errors"
	"sync"
	"time"

	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/prompts"
)

// wave sends one request to each slot, all at once, and watches them until the last has ended: by
// its answer, the server's death, silence or interruption. Requests are completed in place.
func (l *life) wave(ctx context.Context, cell plan.Cell, requests []trial.Request, made []prompts.Prompt, cached bool) trial.Wave {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := watch{
		life: l, cell: cell, requests: requests, cancel: cancel,
		moves: make(chan move, 4*len(requests)), answers: make(chan answer, len(requests)),
	}
	var sending sync.WaitGroup
	for i := range requests {
		sending.Go(func() { w.send(ctx, i, made[i], cached) })
	}
	silence := w.untilAllEnded(ctx)
	sending.Wait()
	return l.afterwards(ctx, trial.Wave{Requests: requests, Silence: silence})
}

// watch is one wave being watched. Its loop owns the requests and the time of the last movement;
// the senders only send it messages.
type watch struct {
	life     *life
	cell     plan.Cell
	requests []trial.Request
	cancel   context.CancelFunc
	moves    chan move
	answers  chan answer
}

// move is a sign of progress: prompt tokens processed, or a token generated. Bytes on the line are
// none: a hung server goes on sending pings.
type move struct {
	request int
	server.Progress
}

type answer struct {
	request int
	server.Completion
	err     error
	elapsed time.Duration
}

func (w *watch) send(ctx context.Context, i int, p prompts.Prompt, cached bool) {
	began := time.Now()
	c, err := w.life.server.Complete(ctx, w.life.completion(p, w.requests[i].Slot, cached), func(p server.Progress) {
		select {
		case w.moves <- move{i, p}:
		case <-ctx.Done():
		}
	})
	w.answers <- answer{i, c, err, time.Since(began)}
}

// untilAllEnded returns once every request has ended, with the silence after which it gave up, or 0.
func (w *watch) untilAllEnded(ctx context.Context) (silence time.Duration) {
	bound, last := &w.life.screen.bound, time.Now()
	timer := time.NewTimer(bound.limit())
	defer timer.Stop()
	moved := func() {
		now := time.Now()
		bound.observe(now.Sub(last))
		last = now
		timer.Reset(bound.limit())
	}
	died := w.life.server.Done()
	for pending := len(w.requests); pending > 0; {
		select {
		case m := <-w.moves:
			moved()
			w.progress(m)
		case a := <-w.answers:
			pending--
			moved()
			w.take(a)
		case <-died:
			// The connections of a dead server break by themselves, unless something else holds them.
			died = nil
			stop := time.AfterFunc(afterDeath, w.cancel)
			defer stop.Stop()
		case <-timer.C:
			silence = time.Since(last)
			w.cancel()
		}
	}
	return silence
}

// afterDeath is how long requests may outlive their server before they are given up.
const afterDeath = 500 * time.Millisecond

func (w *watch) progress(m move) {
	r := &w.requests[m.request]
	r.Position = max(r.Position, m.Processed)
	w.life.screen.tell(trial.Progress{Cell: w.cell, Slot: r.Slot, Processed: m.Processed, Total: m.Total, At: time.Now()})
}

// take completes the request with its answer, whole or broken.
func (w *watch) take(a answer) {
	r := &w.requests[a.request]
	r.Elapsed = a.elapsed
	fill(r, a.Completion)
	var refusal *server.HTTPError
	switch {
	case a.err == nil:
	case errors.As(a.err, &refusal):
		r.HTTPStatus, r.ErrorType, r.Error = refusal.Status, refusal.Type, refusal.Message
	default:
		r.Error = a.err.Error()
	}
}
