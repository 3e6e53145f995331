package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/internal/awake"
	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/oracle"
	"ctxcliff/harness/trial"
	"ctxcliff/prompts"
)

// healthLimit is how long /health may take: it is answered between two batches.
const healthLimit = 5 * time.Second

// condition is how the server was found when its requests had ended.
type condition struct {
	ended  bool
	exit   process.Exit // if it ended
	unwell error        // what /health did instead of answering; nil: it answered, or was not asked
	peers  []death      // of peers of ours
	refuse []string     // names of peers of others that accept no connection any more
	since  time.Time    // if it is lost
	lost   string       // how it shows that somebody else's server is not the one any more that it was; "" it is
}

// gone reports whether nobody listens any more although the process that we started lives on: the
// server was the child of a wrapper, which keeps its exit status to itself.
func (c condition) gone() bool { return !c.ended && errors.Is(c.unwell, syscall.ECONNREFUSED) }

// look finds out how the server is; whether it is asked, or only watched, is up to the caller. One
// that does not answer may be on its way out, and is given some time for that.
func (l *life) look(ctx context.Context, ask bool) (c condition) {
	if l.lab.guest != nil {
		return l.lookFromAfar(ctx, ask)
	}
	if ask && !l.server.Exited() {
		if c.unwell = l.health(ctx); c.unwell != nil {
			await(l.server.Done(), l.Limits.Dying)
			if !l.server.Exited() {
				c.unwell = l.health(ctx) // a connection that broke says less than one that is refused
			}
		}
	}
	if l.server.Exited() {
		await(l.server.Done(), l.Limits.Dying) // its last words may still be on their way
		c.exit, c.ended = l.server.Exit()
		c.refuse = l.callStrangers(ctx)
	}
	c.peers = l.lookAfterPeers(c.ended)
	return c
}

func (l *life) health(ctx context.Context) error {
	ctx, done := awake.Within(context.WithoutCancel(ctx), healthLimit)
	defer done()
	return l.server.Health(ctx)
}

// await waits for what is to happen, but not for ever.
func await(what <-chan struct{}, atMost time.Duration) {
	limit := time.NewTimer(atMost)
	defer limit.Stop()
	select {
	case <-what:
	case <-limit.C:
	}
}

// afterwards asks the oracles about an attempt whose requests have ended, and judges it.
func (l *life) afterwards(ctx context.Context, a *trial.Attempt, shot shot, made []prompts.Prompt, got []answer, silence time.Duration) {
	s := seen{phase: phaseOf(*a), silence: silence, gateway: gatewayOf(got), accepted: shot.accept && underWay(a.Requests)}
	if s.accepted {
		l.settle(ctx, a, s)
		return
	}
	results, mute := l.listen(ctx, a, shot.last, made, got, silence)
	if mute > 0 { // the canary's prompt is one, too
		s.phase, s.silence = "prompt", mute
	}
	a.Opinions, s.spoilt = opinions(results), spoilt(results)
	l.settle(ctx, a, s)
}

// seen is what is known of an attempt when its requests have ended.
type seen struct {
	phase    string        // in which the last of them was
	silence  time.Duration // after which they were given up; 0 they were not
	accepted bool          // broken off by us, since all that was asked is whether they are accepted
	spoilt   []faults.Spoilt
	gateway  int // status with which a proxy said that it could not carry something; 0 none did
}

// settle judges an attempt: process, silence, answers, health and the evidence make its outcome.
func (l *life) settle(ctx context.Context, a *trial.Attempt, now seen) {
	if l.crowdedOut(a, now) {
		return
	}
	s := &account{spoilt: now.spoilt, phase: now.phase, wave: trial.Wave{Requests: a.Requests, SlotContext: l.start.ReadBack.SlotContext, Silence: now.silence, Accepted: now.accepted}}
	s.wave.Interrupted = ctx.Err() != nil && now.silence == 0 && unanswered(a.Requests)
	c := l.look(ctx, now.silence == 0 && !s.wave.Interrupted)
	l.found, s.found = c, c
	if l.lostOnTheWay(a, c, now.gateway) {
		return
	}
	deaths := c.deaths()
	if d, lost := outOfSight(deaths); lost {
		l.dropped(ctx, a, s, d)
		return
	}
	for _, d := range deaths {
		if d.exit.Launcher {
			a.Outcome, a.Reason = trial.Infra, fmt.Sprintf("the launcher of %[1]s ended with %[2]s before it, and %[1]s was ended with it; a launcher must stay until its program ends", d.words(), d.exit)
			return
		}
	}
	if len(deaths) > 0 {
		l.scene.settleAfterDeath(ctx)
	} else if c.unwell != nil {
		s.wave.Unhealthy = "the server does not answer /health: " + c.unwell.Error()
	}
	l.conclude(ctx, a, s)
	if len(deaths) == 0 && lastWordsIn(a) {
		await(l.server.Done(), l.Limits.Dying)
		if l.server.Exited() {
			l.settle(ctx, a, now)
			return
		}
	}
	if l.hang != nil {
		l.keep(a, "hang", l.hang.portrait)
	}
}

// listen asks the oracles. A server that lives, answered everything and need not remember it (last) also gets to hear the canary; mute is the silence that this may end in.
func (l *life) listen(ctx context.Context, a *trial.Attempt, last bool, made []prompts.Prompt, got []answer, silence time.Duration) (results []oracle.Result, mute time.Duration) {
	answers := l.answers(a, made, got)
	switch {
	case !l.Canary:
		return nil, 0
	case a.Warmup:
		l.warmAnswers(answers)
		return nil, 0
	case silence == 0 && ctx.Err() == nil && !unanswered(a.Requests) && last:
		mute = l.laterCanary(ctx, a)
	}
	results = append(oracle.Judge(answers, l.reference.fresh), l.heard...)
	l.heard = nil
	return results, mute
}

// underWay reports whether the server took a request and has not answered all: there was something to
// break off.
func underWay(requests []trial.Request) bool {
	return unanswered(requests) && slices.ContainsFunc(requests, func(r trial.Request) bool { return r.Position >= 0 })
}

// spoilt is what the oracles found, in the words of the classifier.
func spoilt(results []oracle.Result) []faults.Spoilt {
	var list []faults.Spoilt
	for _, r := range results {
		if f := r.Finding; f != nil {
			list = append(list, faults.Spoilt{Class: f.Class, What: f.Title, Key: f.Title, Detail: f.Detail})
		}
	}
	return list
}

// unanswered reports whether any request has neither a whole answer nor an error of the server's.
func unanswered(requests []trial.Request) bool {
	for _, r := range requests {
		if !answered(r) {
			return true
		}
	}
	return false
}

func answered(r trial.Request) bool { return r.Complete || r.Cancelled || r.HTTPStatus >= 400 }

// phaseOf says how far the furthest-behind request was: prompt while any prompt was unfinished,
// generation after that, idle when all were answered or none was sent.
func phaseOf(a trial.Attempt) string {
	if a.Warmup {
		return "warm-up"
	}
	phase := "idle"
	for _, r := range a.Requests {
		switch {
		case answered(r), r.Elapsed == 0:
		case r.Position < r.Target:
			return "prompt"
		default:
			phase = "generation"
		}
	}
	return phase
}

// lastWordsIn reports whether a server that answered everything has said what only dying ones say: its end
// may be some moments away.
func lastWordsIn(a *trial.Attempt) bool {
	return a.Outcome == trial.Warn && a.Fault != nil && a.Fault.Category == "crash"
}
