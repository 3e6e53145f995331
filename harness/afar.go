package harness

import (
	"context"
	"fmt"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// attach begins to observe a server that somebody else runs: see launch.
func (l *life) attach(ctx context.Context, a *trial.Attempt) (ok bool, err error) {
	g, client := l.lab.guest, l.lab.guest.connect()
	l.server = &subject{Client: client, hands: visit{client}}
	switch err := g.await(ctx, client, l.Limits); {
	case ctx.Err() != nil:
		l.invalid(a, trial.Incomplete, "interrupted while the server was waited for")
		return false, nil
	case err != nil:
		g.gone = g.explain(err).Error()
		l.invalid(a, trial.Infra, g.gone)
		return false, nil
	}
	if why, _ := g.feel(ctx, client); why != "" {
		g.lives++
		if err := l.note(ctx, fmt.Sprintf("before start %d: the server at %s %s", l.start.N, g.url, why)); err != nil {
			return false, err
		}
	}
	if g.pulse.Build != g.back.Build || g.pulse.Model != g.back.Model {
		g.gone = fmt.Sprintf("the server at %s is not the one any more that the run began with: build %s with model %s; begin a new run", g.url, g.pulse.Build, g.pulse.Model)
		l.invalid(a, trial.Infra, g.gone)
		return false, nil
	}
	return l.settleIn(ctx, a)
}

// mismatch says how the server differs from the plan; "" when it is as planned. It may have more slots
// than are used.
func (g *guest) mismatch(c plan.Configuration, back trial.ReadBack) string {
	if back.Slots >= c.NP && back.SlotContext == c.SlotContext() {
		return ""
	}
	g.gone = fmt.Sprintf("the server at %s has now %d slots of %d tokens, and %d of %d were planned; begin a new run", g.url, back.Slots, back.SlotContext, c.NP, c.SlotContext())
	return g.gone
}

// lookFromAfar finds out how somebody else's server is: see look. One that is away may be brought back by
// whoever supervises it, and is given some time for that.
func (l *life) lookFromAfar(ctx context.Context, ask bool) (c condition) {
	if !ask {
		return c
	}
	g, client, began := l.lab.guest, l.server.Client, time.Now()
	c.since = began
	err := healthOf(context.WithoutCancel(ctx), client, healthLimit)
	away, _ := server.Absent(err)
	if err != nil {
		err = g.await(ctx, client, Limits{Ready: l.Limits.Ready, Away: l.Limits.Away})
	}
	if still, _ := server.Absent(err); still {
		c.lost = fmt.Sprintf("nobody has answered at %s for %s: %v", g.url, time.Since(began).Round(time.Second/10), err)
		g.gone = fmt.Sprintf("the server at %s is gone, and only its owner can start it again", g.url)
		return c
	}
	if c.unwell = err; err != nil {
		return c
	}
	why, same := g.feel(ctx, client)
	switch {
	case why != "":
		c.lost = "the server that answers now " + why
	case away && !same:
		c.lost = fmt.Sprintf("it answers again after %s", time.Since(began).Round(time.Second/10))
	}
	if c.lost != "" {
		c.lost += ": its owner has it restarted"
		g.lives++
	}
	return c
}

// fromAfar is the end of a sentence about an attempt in which somebody else's server was lost.
func (c condition) fromAfar() string {
	if c.lost == "" {
		return ""
	}
	return "; " + c.lost
}

// depart ends a start of somebody else's server: we leave, and it goes on.
func (l *life) depart(keep context.Context) error {
	l.server.Stop(keep, 0)
	l.server = nil
	if l.start.Outcome == trial.Unknown {
		l.start.Outcome = trial.Pass
	}
	if l.found.lost == "" {
		return nil
	}
	return l.note(keep, fmt.Sprintf("start %d ended: %s", l.start.N, l.found.lost))
}

// useOn finds out whether somebody else's server can be used after an attempt that came to no good end:
// it must have got rid of what it was asked. A start goes on for as long as the server lives.
func (l *life) useOn(ctx context.Context) error {
	g := l.lab.guest
	if l.server == nil || l.found.lost != "" || g.gone != "" || ctx.Err() != nil {
		return l.end(ctx)
	}
	limit := l.bound.limit(0)
	within, done := context.WithTimeout(ctx, limit)
	defer done()
	began := time.Now()
	if err := l.idle(within); err != nil && ctx.Err() == nil {
		g.gone = fmt.Sprintf("the server at %s did not recover within %s (%v), and only its owner can restart it", g.url, limit.Round(time.Second/10), err)
		return l.end(ctx)
	}
	return l.note(ctx, fmt.Sprintf("in start %d: the server was idle again %s after what went wrong, and is used on: nobody of ours can restart it", l.start.N, time.Since(began).Round(time.Second/10)))
}

// idle returns once no slot works on anything; where there is no /slots, once /health is well.
func (l *life) idle(ctx context.Context) error {
	if l.lab.guest.back.Slotless {
		return l.server.Health(ctx)
	}
	return l.server.AwaitIdle(ctx)
}

// lifeCount is how many lives of servers there have been so far: of one of our own each start is one.
func (r *Rig) lifeCount() int {
	if r.guest() != nil {
		return r.guest().lives
	}
	return r.starts
}

// gone says why nothing more can be asked of somebody else's server; "" it can, or the server is ours.
func (r *Rig) gone() string {
	if r.guest() == nil {
		return ""
	}
	return r.guest().gone
}

// serverPortrait is what the kernel tells of the server; "" where it is somebody else's.
func (l *life) serverPortrait() string {
	if l.server.PID() == 0 {
		return ""
	}
	return process.Portrait(l.server.PID())
}
