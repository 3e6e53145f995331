package harness

import (
	"context"
	"strings"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/provision"
)

const (
	// askGuest bounds how long a server of somebody else's may take to say what it is. One that a proxy starts on
	// demand, or that loads, takes longer.
	askGuest = 10 * time.Second
	// feelGuest is how long it may take to be idle: a moment of work is no crowd.
	feelGuest = time.Second
)

// ExamineGuest asks a server that somebody else runs what a run would ask it, without a prompt. The lab is nil where
// it cannot be used.
func ExamineGuest(ctx context.Context, t plan.Target, key string) (*Lab, []provision.Finding) {
	e := &examiner{said: map[string]bool{}}
	if key != "" && strings.HasPrefix(t.URL, "http://") && !strings.HasPrefix(t.URL, "http://127.") && !strings.HasPrefix(t.URL, "http://localhost") {
		e.say(provision.Warn, "use https, or a network of your own", "the API key travels in clear to %s", t.URL)
	}
	within, done := context.WithTimeout(ctx, askGuest)
	defer done()
	lab, err := Attach(within, t, key, Limits{Ready: askGuest})
	switch {
	case ctx.Err() != nil:
		return nil, e.findings
	case within.Err() != nil:
		e.say(provision.Blocker, "wait until its model is loaded, and see that nothing holds it up", "the server at %s did not say within %s what it is", t.URL, askGuest)
		return nil, e.findings
	case err != nil:
		e.say(provision.Blocker, "", "%v", err)
		return nil, e.findings
	}
	g := lab.guest
	e.say(provision.Info, "", "the server at %s: %s with model %s, %d slots of %d tokens each", g.url, buildInWords(lab.Binary), lab.Target.ModelName(), g.back.Slots, g.back.SlotContext)
	unseen := g.unseen()
	e.say(provision.Info, "", "%s", unseen[0])
	for _, why := range unseen[1:] {
		e.say(provision.Warn, "", "%s", why)
	}
	if !g.back.Slotless {
		e.crowd(ctx, g)
	}
	return lab, e.findings
}

// crowd says whether others use the server now.
func (e *examiner) crowd(ctx context.Context, g *guest) {
	client := g.connect()
	defer client.HangUp()
	within, done := context.WithTimeout(ctx, feelGuest)
	defer done()
	if err := client.AwaitIdle(within); err != nil && ctx.Err() == nil {
		e.say(provision.Warn, "test it while nobody else uses it", "the server at %s is busy with requests of others", g.url)
	}
}

// ExamineContexts says where slots are larger than what the model was trained for.
func (lab *Lab) ExamineContexts(m plan.Matrix) []provision.Finding {
	e := &examiner{said: map[string]bool{}}
	m.Targets = []plan.Target{lab.Target}
	p, err := m.Plan()
	if err != nil { // all of it is excluded
		return nil
	}
	for _, w := range p.Configurations {
		e.context(lab, w.Configuration)
	}
	return e.findings
}
