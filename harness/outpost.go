package harness

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/internal/far"
	"ctxcliff/harness/plan"
)

// outpost is another host on which peers of ours run, over one link that lasts as long as the run, or is
// made anew for the next start when it was lost.
type outpost struct {
	station
	link     *far.Host // nil: none was made
	previous *far.Self // the helper of the latest one
	trouble  error     // why there is no link now
	dark     []string  // what cannot be watched there, and why
}

// linkTo is how a peer's host is reached.
func linkTo(r plan.Remote) far.Target {
	return far.Target{User: r.User, Host: r.Host, Port: r.Port, Config: r.Config, Helper: r.Helper}
}

// outpost is that of a peer on another host, named after the first peer there.
func (r *Rig) outpost(c companion) *outpost {
	t := linkTo(*c.remote)
	if r.outposts == nil {
		r.outposts = map[far.Target]*outpost{}
	}
	if r.outposts[t] == nil {
		r.outposts[t] = &outpost{station: station{name: c.name}}
	}
	return r.outposts[t]
}

// connect makes the links that the peers of a start need and that are not there. Why one cannot be made
// is kept for the attempt.
func (l *life) connect(ctx context.Context) error {
	for i := range l.peers {
		c := &l.peers[i]
		if c.remote == nil {
			continue
		}
		c.outpost = l.outpost(*c)
		if c.outpost.up() {
			continue
		}
		if err := l.relink(ctx, c.outpost, *c.remote); err != nil {
			return err
		}
	}
	return nil
}

// up reports whether there is a link that was not lost.
func (o *outpost) up() bool { return o.link != nil && o.link.Why() == "" }

// relink makes a link. A host that was booted since the last one went down: that is noted, because it is
// more than a link that dropped.
func (l *life) relink(ctx context.Context, o *outpost, to plan.Remote) error {
	before := o.previous
	if o.link != nil {
		o.link.Close()
	}
	o.kernel, o.gauges, o.dark, o.link = blindKernel(""), &gauges{}, nil, nil
	link, err := far.Open(ctx, linkTo(to), far.Options{Silence: l.Limits.Link, Previous: before})
	if o.trouble = err; err != nil {
		return nil
	}
	self := link.Self()
	o.link, o.previous, o.away = link, &self, func() bool { return link.Why() != "" }
	if err := l.watchThere(ctx, o); err != nil {
		return err
	}
	if before != nil && before.Boot != self.Boot {
		return l.note(ctx, fmt.Sprintf("%s was booted since the link to it was lost before start %d: the host itself went down", link, l.starts))
	}
	return nil
}

// watchThere begins to watch the host of a new link. A machine that is this one, reached by another name, is
// watched once.
func (l *life) watchThere(ctx context.Context, o *outpost) error {
	link, ours := o.link, o.link.Self().Boot == bootID() && bootID() != ""
	if log, why := link.Kernel(); !ours || l.host.kernel.blind() != "" {
		o.kernel = &kernel{log: log, why: why}
	}
	if !ours {
		o.gauges = &gauges{host: o.name, reader: link}
		for _, missing := range o.gauges.open(link.Read(ctx)) {
			o.dark = append(o.dark, o.gauges.owner()+missing)
		}
		o.kernel.late = o.gauges.any
	}
	for _, swept := range link.Self().Ended {
		if err := l.note(ctx, "on "+link.String()+": "+swept); err != nil {
			return err
		}
	}
	return nil
}

// view begins to watch another host for a start. Kills that its helper has counted before are not of it.
func (o *outpost) view(ctx context.Context) *view {
	link := o.link
	before, _ := link.Kills(ctx)
	return o.station.view(ctx, func(ctx context.Context) ([]string, bool) {
		lines, counted := link.Kills(ctx)
		return slices.DeleteFunc(lines, func(line string) bool { return slices.Contains(before, line) }), counted
	})
}

// reached are the other hosts of a start, each once, as far as there are links to them.
func (l *life) reached() (list []*outpost) {
	seen := map[*outpost]bool{}
	for _, c := range l.peers {
		if o := c.outpost; o != nil && o.up() && !seen[o] {
			seen[o] = true
			list = append(list, o)
		}
	}
	return list
}

// unseenOutposts says what cannot be watched on other hosts, in sentences.
func (l *life) unseenOutposts() (list []string) {
	for _, o := range l.reached() {
		if why := o.kernel.blind(); why != "" {
			list = append(list, why)
		}
		list = append(list, o.dark...)
	}
	return list
}

// bringThere starts a peer of ours on another host.
func (l *life) bringThere(ctx context.Context, c *companion, logFile string) (mate, error) {
	if err := c.outpost.trouble; err != nil {
		return nil, err
	}
	return found(c.outpost.link.Start(ctx, far.Spec{
		Name: c.name, Program: c.remote.Program, Env: l.lab.env, Listen: c.remote.Listen, Port: c.remote.RPCPort,
		LogFile: logFile, Tap: c.witness.hear, Ready: l.Limits.Peers,
	}))
}

// planned is what is known of a peer on another host before it is started.
func planned(r plan.Remote) (endpoint string, argv []string) {
	host, program := r.Listen, r.Program
	if host == "" {
		host = r.Host
	}
	if program == "" {
		program = "rpc-server"
	}
	port := strconv.Itoa(r.RPCPort)
	return net.JoinHostPort(host, port), []string{program, "-H", host, "-p", port}
}

// clocks say how times of other hosts were moved.
func (l *life) clocks() (lines []string) {
	for _, o := range l.reached() {
		ahead, uncertain := o.link.Offset()
		lines = append(lines, fmt.Sprintf("the clock of %s's host is %s ahead of this one's, give or take %s; its times are moved by that", o.name, ahead.Round(time.Microsecond), uncertain.Round(time.Microsecond)))
	}
	return lines
}

// abandon closes all links.
func (r *Rig) abandon() {
	var closing sync.WaitGroup
	for _, o := range r.outposts {
		if o.link != nil {
			closing.Go(o.link.Close)
		}
	}
	closing.Wait()
}

// remoteCompanion is a peer of ours on another host, not started.
func remoteCompanion(name string, r plan.Remote) companion {
	endpoint, _ := planned(r)
	return companion{name: name, endpoint: endpoint, remote: &r, witness: newWitness(name, faults.PeerLog)}
}
