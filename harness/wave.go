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
// its answer, the server's death, silence or interruption. The attempt's requests are completed in
// place. It returns the silence after which it gave up, or 0.
func (l *life) wave(ctx context.Context, cell plan.Cell, a *trial.Attempt, made []prompts.Prompt) time.Duration {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := watch{
		life: l, cell: cell, requests: a.Requests, cancel: cancel,
		news: make(chan news, 4*len(made)),
	}
	cached := a.N > 1 // attempt 1 computes everything
	var sending sync.WaitGroup
	for i := range made {
		sending.Go(func() { w.send(ctx, i, l.completion(made[i], w.requests[i].Slot, cached)) })
	}
	silence := w.untilAllEnded()
	sending.Wait()
	return silence
}

// watch is one wave being watched. Its loop owns the requests and the time of the last movement;
// the senders only send it messages, each its own in the order of the stream.
type watch struct {
	life     *life
	cell     plan.Cell
	requests []trial.Request
	cancel   context.CancelFunc
	news     chan news

	depth   int   // prompt tokens that the furthest request had come to
	written int64 // bytes of the server's log at the latest movement
}

// news of one request: a sign of progress, or its end. Signs of progress are prompt tokens processed
// and tokens generated. Bytes on the line are none: a hung server goes on sending pings.
type news struct {
	request  int
	progress server.Progress
	answer   *answer // not nil: the last of this request
}

type answer struct {
	server.Completion
	err     error
	elapsed time.Duration
}

func (w *watch) send(ctx context.Context, i int, r server.CompletionRequest) {
	began := time.Now()
	c, err := w.life.server.Complete(ctx, r, func(p server.Progress) {
		select {
		case w.news <- news{request: i, progress: p}:
		case <-ctx.Done():
		}
	})
	w.news <- news{request: i, answer: &answer{c, err, time.Since(began)}}
}

// untilAllEnded returns once every request has ended, with the silence after which it gave up, or 0.
func (w *watch) untilAllEnded() (silence time.Duration) {
	bound, last := &w.life.bound, time.Now()
	timer := time.NewTimer(bound.limit(0))
	defer timer.Stop()
	died := w.life.server.Done()
	for pending := len(w.requests); pending > 0; {
		select {
		case n := <-w.news:
			if n.answer != nil {
				pending--
			}
			if w.take(n) && silence == 0 {
				now := time.Now()
				bound.observe(w.depth, now.Sub(last))
				last, w.written = now, w.life.server.Written()
				timer.Reset(bound.limit(w.depth))
			}
		case <-died:
			// The connections of a dead server break by themselves, unless something else holds them.
			died = nil
			stop := time.AfterFunc(afterDeath, w.cancel)
			defer stop.Stop()
		case <-timer.C:
			silence = time.Since(last)
			w.life.hang = w.life.portray(silence, w.written) // before anything is done about it
			w.cancel()
		}
	}
	return silence
}

// afterDeath is how long requests may outlive their server before they are given up.
const afterDeath = 500 * time.Millisecond

// take enters the news into its request and reports whether the server moved. A broken request is
// no movement: how long a server takes to die says nothing about how long it takes to work.
func (w *watch) take(n news) (moved bool) {
	r := &w.requests[n.request]
	if n.answer != nil {
		complete(r, *n.answer)
		return n.answer.err == nil
	}
	r.Position = max(r.Position, n.progress.Processed)
	w.depth = max(w.depth, r.Position)
	w.life.tell(trial.Progress{Cell: w.cell, Slot: r.Slot, Processed: n.progress.Processed, Total: n.progress.Total, At: time.Now()})
	return true
}

// complete enters an answer, whole or broken, into its request.
func complete(r *trial.Request, a answer) {
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
