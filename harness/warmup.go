package harness

import (
	"context"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// warmupTokens is the size of the warm-up prompt: small beside any cell, enough for one micro-batch
// of a fresh build to compile its kernels (the field saw first runs after a build take far longer).
const warmupTokens = 64

// warmup sends one short request to each slot of a fresh server and records it apart, labelled, so
// that it counts for nothing. If the server does not survive even that, the attempt it was meant for
// is the finding. It reports whether the attempt can go on.
func (l *life) warmup(ctx context.Context, cell plan.Cell, a *trial.Attempt) (ok bool, err error) {
	if !l.Settings.Warmup {
		return true, nil
	}
	keep := context.WithoutCancel(ctx)
	w := trial.Attempt{
		StartID: l.start.ID, StartN: l.start.N, N: 1, Warmup: true, Began: time.Now(),
		Requests: l.requests(cell, min(warmupTokens, l.start.ReadBack.SlotContext-1), uint64(l.start.N)),
	}
	s := l.shot(cell, 1)
	s.mark(w.Requests)
	if err := l.beginAttempt(keep, cell, &w); err != nil {
		return false, err
	}
	l.play(ctx, s, &w)
	if err := l.endAttempt(keep, cell, &w); err != nil {
		return false, err
	}
	if passed(w) {
		return true, nil
	}
	a.Outcome, a.Fault, a.Reason = w.Outcome, w.Fault, "during the warm-up: "+w.Reason
	return false, nil
}
