package harness

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ctxcliff/harness/internal/far"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/provision"
)

// muchSkew is more than clocks that are kept by NTP differ.
const muchSkew = time.Second

// askPeers bounds how long a peer may take to name its devices.
const askPeers = 10 * time.Second

// peers asks those that somebody else runs what they are, one by one, as the server would, and looks at the hosts of
// ours. It is false when something is in the way.
func (e *examiner) peers(ctx context.Context, lab *Lab) (reachable bool) {
	before := e.blockers
	defer func() { reachable = e.blockers == before }()
	for i, endpoint := range lab.Target.Topology.Peers {
		name := fmt.Sprintf("rpc%d at %s", i+1, endpoint)
		if endpoint == plan.LocalPeer {
			e.localPeer(ctx, lab)
			continue
		}
		if r, far, _ := plan.ParseRemote(endpoint); far {
			e.farHost(ctx, lab, fmt.Sprintf("rpc%d", i+1), r)
			continue
		}
		if !lab.caps.Offers("--list-devices") {
			e.say(provision.Warn, "", "%s: this llama-server cannot ask it for its devices, so nothing is known of it", name)
			continue
		}
		err := server.ReachPeers(ctx, lab.Target.Launch, lab.command, lab.env, []string{endpoint}, askPeers)
		var trouble *server.PeerError
		switch {
		case err == nil:
			e.say(provision.Info, "", "%s answers, and %s can use it; its log and its host are not seen from here", name, lab.Target.Server)
		case errors.As(err, &trouble) && trouble.Silent:
			e.say(provision.Blocker, "end whatever uses it, or restart it: an rpc-server serves one client at a time", "%s %s", name, trouble.Reason)
		case errors.As(err, &trouble) && strings.Contains(trouble.Reason, ";"): // it says what to do
			e.say(provision.Blocker, "", "%s %s", name, trouble.Reason)
		case errors.As(err, &trouble):
			e.say(provision.Blocker, "see that rpc-server runs there, is of the same build, and the network is up", "%s %s", name, trouble.Reason)
		default:
			e.say(provision.Blocker, "", "%s: %v", name, err)
		}
	}
	return reachable
}

// farHost makes the link that a run would, and says what is seen over it. The rpc-server there is not started.
func (e *examiner) farHost(ctx context.Context, lab *Lab, name string, r plan.Remote) {
	host, err := far.Open(ctx, linkTo(r), far.Options{Silence: far.DefaultSilence})
	if err != nil {
		e.say(provision.Blocker, "", "%s: %v", name, err)
		return
	}
	defer host.Close()
	level, remedy := provision.Info, ""
	ahead, uncertain := host.Offset()
	if ahead.Abs() > uncertain+muchSkew {
		level, remedy = provision.Warn, "set the clocks of both by NTP; until then times of it are moved by that"
	}
	e.say(level, remedy, "%s: %s is reached, and its clock is %s ahead of this one's, give or take %s", name, host, ahead.Round(time.Millisecond), uncertain.Round(time.Millisecond))
	if _, why := host.Kernel(); why != "" {
		e.say(provision.Warn, "", "%s: %s", name, why)
	}
	program, said, by, err := host.Build(ctx, r.Program)
	if err != nil {
		e.say(provision.Blocker, "", "%s: %v", name, err)
		return
	}
	e.build(lab, name, program, siblingOf(said, by, program))
}

// build holds a peer's build against the server's.
func (e *examiner) build(lab *Lab, name, program string, s sibling) {
	switch why := lab.unlikeOurs(name, s); {
	case why != "":
		e.say(provision.Blocker, "", "%s", why)
	case !s.known:
		e.say(provision.Warn, "see that it is the server's own", "%s: %s", name, s.why)
	default:
		e.say(provision.Info, "", "%s: rpc-server %s, of %s", name, program, buildInWords(s.Binary))
	}
}

// localPeer looks at the rpc-server that local peers run.
func (e *examiner) localPeer(ctx context.Context, lab *Lab) {
	program := lab.Target.Topology.Program
	if program == "" {
		e.say(provision.Info, "", "rpc-server: none is named; the run finds one beside %s, or obtains it", lab.Target.Server)
		return
	}
	if lab.simulated() {
		return
	}
	e.build(lab, "local peers", program, lab.localSibling(ctx))
}
