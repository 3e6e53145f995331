package harness

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"ctxcliff/harness/internal/awake"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// round is one request for each of some slots.
type round struct {
	cell     *plan.Cell      // that listeners are told of; nil: of none
	requests []trial.Request // completed in place
	ask      func(i int) server.CompletionRequest
	accept   bool // break off at the first sign of work
}

// wave sends the requests of a round all at once and watches them until the last has ended: by its
// answer, the server's death, silence or interruption. It returns what came back, and the silence after
// which it gave up, or 0.
func (l *life) wave(ctx context.Context, r round) ([]answer, time.Duration) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := watch{
		life: l, round: r, cancel: cancel,
		answers: make([]answer, len(r.requests)), news: make(chan news, 4*len(r.requests)), replying: make([]bool, len(r.requests)),
	}
	var sending sync.WaitGroup
	for i := range r.requests {
		sending.Go(func() { w.send(ctx, i, r.ask(i)) })
	}
	silence := w.untilAllEnded()
	sending.Wait()
	return w.answers, silence
}

// watch is one wave being watched. Its loop owns the requests, the answers and the time of the last
// movement; the senders only send it messages, each its own in the order of the stream.
type watch struct {
	round
	life    *life
	cancel  context.CancelFunc
	news    chan news
	answers []answer

	depth   int   // prompt tokens that the furthest request had come to
	written int64 // bytes of the server's log at the latest movement

	replying []bool        // requests that have ended or have begun to reply
	between  time.Duration // longest silence while all of them were replying
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
	left    bool // we went away, as we were to
	elapsed time.Duration
}

func (w *watch) send(ctx context.Context, i int, r server.CompletionRequest) {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	pause(ctx, w.requests[i].Delay)
	began, left, goal := time.Now(), false, w.requests[i].CancelAt
	c, err := w.life.server.Complete(ctx, r, func(p server.Progress) {
		select {
		case w.news <- news{request: i, progress: p}:
		case <-ctx.Done():
		}
		if goal > 0 && p.Processed >= goal {
			left = true
			leave()
		}
	})
	w.news <- news{request: i, answer: &answer{c, err, left && !c.Complete, time.Since(began)}}
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// untilAllEnded returns once every request has ended, with the silence after which it gave up, or 0.
func (w *watch) untilAllEnded() (silence time.Duration) {
	bound, limit, still := &w.life.bound, w.life.bound.limit(0), awake.Begin(time.Now())
	timer := time.NewTimer(awake.Pause(limit))
	defer timer.Stop()
	died := w.life.server.Done()
	fell, stopWatching := w.life.watchPeers()
	defer stopWatching()
	for pending := len(w.requests); pending > 0; {
		select {
		case n := <-w.news:
			if n.answer != nil {
				pending--
			}
			if w.take(n) && silence == 0 {
				now := time.Now()
				w.measure(still.Look(now, awake.Pause(limit)))
				still = awake.Begin(now)
				w.written, limit = w.life.server.Written(), bound.limit(w.depth)
				if w.accept && n.answer == nil {
					w.cancel()
				}
			}
		case <-died:
			// The connections of a dead server break by themselves, unless something else holds them.
			died = nil
			stop := time.AfterFunc(afterDeath, w.cancel)
			defer stop.Stop()
		case <-fell:
			// Without its peer a server ends by itself, or never moves again; of one that was lost from
			// sight, whatever it does says nothing.
			fell = nil
			patience := w.life.Limits.Dying
			if _, lost := outOfSight(w.life.fallen()); lost {
				patience = afterDeath
			}
			stop := time.AfterFunc(patience, w.cancel)
			defer stop.Stop()
		case <-timer.C:
			now := still.Look(time.Now(), awake.Pause(limit))
			if now < limit {
				timer.Reset(min(awake.Pause(limit), limit-now))
				continue
			}
			silence = now
			w.life.hang = w.life.portray(silence, w.written) // before anything is done about it
			w.cancel()
		}
	}
	if silence == 0 {
		bound.observe(w.depth, w.between)
	}
	return silence
}

// measure takes a silence that has ended. One between tokens of replies says something only when the replies
// have ended well: tokens that take longer and longer, as a grammar can make them, must not raise the bound
// that is to find them.
func (w *watch) measure(silence time.Duration) {
	if slices.Contains(w.replying, false) {
		w.life.bound.observe(w.depth, silence)
		return
	}
	w.between = max(w.between, silence)
}

// afterDeath is how long requests may outlive their server before they are given up.
const afterDeath = 500 * time.Millisecond

// take enters the news into its request and reports whether the server moved. A broken request is
// no movement: how long a server takes to die says nothing about how long it takes to work.
func (w *watch) take(n news) (moved bool) {
	r := &w.requests[n.request]
	w.replying[n.request] = n.answer != nil || n.progress.Generated > 0
	if n.answer != nil {
		complete(r, *n.answer)
		w.answers[n.request] = *n.answer
		return n.answer.err == nil
	}
	r.Position = max(r.Position, n.progress.Processed)
	w.depth = max(w.depth, r.Position)
	if w.cell == nil {
		return true
	}
	w.life.tell(trial.Progress{Cell: *w.cell, Slot: r.Slot, Processed: n.progress.Processed, Total: n.progress.Total, At: time.Now()})
	return true
}

// complete enters an answer, whole or broken, into its request.
func complete(r *trial.Request, a answer) {
	r.Elapsed = a.elapsed
	fill(r, a.Completion)
	var refusal *server.HTTPError
	switch {
	case a.left:
		r.Cancelled = true
	case a.err == nil:
	case errors.As(a.err, &refusal):
		r.HTTPStatus, r.ErrorType, r.Error = refusal.Status, refusal.Type, refusal.Message
		if refusal.Status < http.StatusBadRequest { // a redirect, or no content: neither an answer nor an error
			r.Error = refusal.Error()
		}
	default:
		r.Error = a.err.Error()
	}
}
