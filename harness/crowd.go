package harness

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/trial"
)

// Somebody else's server has other users, and proxies before it. What they do to an attempt is trouble of
// the lab, and is told from what the server does.

// healthSoon is how long /health takes at most where nothing is waited for.
const healthSoon = 40 * time.Millisecond

// noticeable is how long a wait must be to be worth a sentence.
const noticeable = time.Second

// undisturbed waits until nobody else's requests keep somebody else's server busy. It reports whether
// the attempt makes sense; if not, the attempt says why.
func (l *life) undisturbed(ctx context.Context, a *trial.Attempt) (ok bool, err error) {
	g := l.lab.guest
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
	if l.lab.guest == nil || now.silence == 0 || l.hang == nil || !l.hang.busy {
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
	case l.lab.guest == nil:
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
	if l.lab.guest == nil {
		return
	}
	for _, r := range a.Requests {
		if r.ServedBy >= 0 && r.ServedBy != r.Slot {
			l.start.Unobserved = append(l.start.Unobserved, "requests were served by other slots than asked for: which slot is at fault cannot be told")
			return
		}
	}
}
