package harness

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// attach begins to observe a server that somebody else runs: see launch.
func (l *life) attach(ctx context.Context, a *trial.Attempt) (ok bool, err error) {
	g, client := l.Lab.guest, l.Lab.guest.connect()
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
	g, client, began := l.Lab.guest, l.server.Client, time.Now()
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
	g := l.Lab.guest
	if l.server == nil || l.found.lost != "" || g.gone != "" || ctx.Err() != nil {
		return l.end(ctx)
	}
	limit := l.bound.limit(0)
	within, done := context.WithTimeout(ctx, limit)
	defer done()
	began := time.Now()
	if err := l.idle(within); err != nil && ctx.Err() == nil {
		g.gone = fmt.Sprintf("the server at %s did not recover within %s (%v), and only its owner can restart it", g.url, limit, err)
		return l.end(ctx)
	}
	return l.note(ctx, fmt.Sprintf("in start %d: the server was idle again %s after what went wrong, and is used on: nobody of ours can restart it", l.start.N, time.Since(began).Round(time.Second/10)))
}

// idle returns once no slot works on anything; where there is no /slots, once /health is well.
func (l *life) idle(ctx context.Context) error {
	if l.Lab.guest.back.Slotless {
		return l.server.Health(ctx)
	}
	return l.server.AwaitIdle(ctx)
}

// healthSoon is how long /health takes at most where nothing is waited for.
const healthSoon = 40 * time.Millisecond

// noticeable is how long a wait must be to be worth a sentence.
const noticeable = time.Second

// undisturbed waits until nobody else's requests keep somebody else's server busy. It reports whether
// the attempt makes sense; if not, the attempt says why.
func (l *life) undisturbed(ctx context.Context, a *trial.Attempt) (ok bool, err error) {
	g := l.Lab.guest
	if g == nil {
		return true, nil
	}
	began := time.Now()
	if err := g.await(ctx, l.server.Client, l.Limits); err != nil && ctx.Err() == nil {
		a.Outcome, a.Reason = trial.Infra, g.explain(err).Error()
		if away, _ := server.Absent(err); away {
			g.gone = a.Reason
		}
		return false, nil
	}
	if time.Since(began) > healthSoon { // it loads again, or somebody has brought it back
		if why, _ := g.feel(ctx, l.server.Client); why != "" {
			g.lives++
			l.found.lost = "before the prompts were sent: the server that answers now " + why
			a.Outcome, a.Reason = trial.Infra, l.found.lost
			return false, nil
		}
	}
	if g.back.Slotless {
		return true, nil
	}
	within, done := context.WithTimeout(ctx, l.Limits.Busy)
	defer done()
	switch err := l.server.AwaitIdle(within); {
	case ctx.Err() != nil:
		a.Outcome, a.Reason = trial.Incomplete, "interrupted while the server was busy with requests of others"
		return false, nil
	case errors.Is(within.Err(), context.DeadlineExceeded) && err != nil:
		l.useless++
		a.Outcome = trial.Infra
		a.Reason = fmt.Sprintf("the server has been busy with requests of others for %s; test it while nobody else uses it", l.Limits.Busy)
		if l.useless >= maxUseless {
			g.gone = "others keep the server at " + g.url + " busy; test it while nobody else uses it"
		}
		return false, nil
	}
	l.useless = 0
	if took := time.Since(began); took >= noticeable {
		return true, l.note(ctx, fmt.Sprintf("before attempt %d of %s: the server was busy with requests of others for %s", a.N, a.CellID, took.Round(time.Second/10)))
	}
	return true, nil
}

// crowdedOut recognises an attempt whose prompts no slot took because others came first: that is no hang.
func (l *life) crowdedOut(a *trial.Attempt, now seen) bool {
	if l.Lab.guest == nil || now.silence == 0 || l.hang == nil || !l.hang.busy {
		return false
	}
	for _, r := range a.Requests {
		if r.Position >= 0 {
			return false
		}
	}
	a.Outcome = trial.Infra
	a.Reason = fmt.Sprintf("no slot took the prompts for %s, and the slots were at work: others use the server; test it while nobody else does", now.silence.Round(time.Second/10))
	l.hang = nil
	return true
}

// gatewayOf is the status with which a proxy said that it could not carry one of the requests; 0 none did.
func gatewayOf(got []answer) int {
	for _, g := range got {
		if status := server.Gateway(g.err); status > 0 {
			return status
		}
	}
	return 0
}

// lostOnTheWay recognises an attempt that failed between us and somebody else's server, which lives on.
func (l *life) lostOnTheWay(a *trial.Attempt, c condition, gateway int) bool {
	switch {
	case l.Lab.guest == nil:
		return false
	case unavailable(a.Requests):
		a.Outcome, a.Reason = trial.Infra, "the server was loading when the prompts came: somebody has it restarted, or another model in its place"
		return true
	case gateway == 0 || c.lost != "" || c.unwell != nil:
		return false
	}
	a.Outcome = trial.Infra
	a.Reason = fmt.Sprintf("the proxy before the server answered HTTP %d by itself, and the server lives on; go round the proxy with --url, or raise its time limits", gateway)
	return true
}

// unavailable reports whether all requests were turned away by a server that loads.
func unavailable(requests []trial.Request) bool {
	return !slices.ContainsFunc(requests, func(r trial.Request) bool { return r.HTTPStatus != http.StatusServiceUnavailable })
}

// notePins says once of a start that requests were not served by the slots that they were meant for, as
// happens behind proxies that choose for themselves.
func (l *life) notePins(a *trial.Attempt) {
	if l.Lab.guest == nil {
		return
	}
	for _, r := range a.Requests {
		if r.ServedBy >= 0 && r.ServedBy != r.Slot {
			l.start.Unobserved = append(l.start.Unobserved, "requests were served by other slots than asked for: which slot is at fault cannot be told")
			return
		}
	}
}

// lifeCount is how many lives of servers there have been so far: of one of our own each start is one.
func (r *Rig) lifeCount() int {
	if r.Lab.guest != nil {
		return r.Lab.guest.lives
	}
	return r.starts
}

// gone says why nothing more can be asked of somebody else's server; "" it can, or the server is ours.
func (r *Rig) gone() string {
	if r.Lab.guest == nil {
		return ""
	}
	return r.Lab.guest.gone
}

// serverPortrait is what the kernel tells of the server; "" where it is somebody else's.
func (l *life) serverPortrait() string {
	if l.server.PID() == 0 {
		return ""
	}
	return process.Portrait(l.server.PID())
}
