package harness

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"ctxcliff/harness/internal/far"
	"ctxcliff/harness/internal/gpu"
	"ctxcliff/harness/internal/peer"
	"ctxcliff/harness/plan"
)

// muster is the peers of a target, up for the length of some questions: those of ours were started for
// them, and dismiss ends them.
type muster struct {
	endpoints []string // in the order of the --rpc flags
	peers     []recruit
	links     map[far.Target]*far.Host
}

// recruit is a peer of a muster.
type recruit struct {
	name    string
	mate    mate      // nil: it is somebody else's
	link    *far.Host // of one on another host; nil: it is on this one
	quarter string    // how its host is called beside others: "this host", "rpc2's host"
}

// thisHost is what our own host is called beside those of peers.
const thisHost = "this host"

// musterLimit bounds how long all peers may take to be up.
const musterLimit = 30 * time.Second

// muster starts the peers of ours. Whoever got a muster dismisses it.
func (lab *Lab) muster(ctx context.Context) (m *muster, err error) {
	m = &muster{links: map[far.Target]*far.Host{}}
	ctx, done := context.WithTimeout(ctx, musterLimit)
	defer done()
	for _, c := range companions(lab.Target.Topology) {
		r := recruit{name: c.name, quarter: thisHost}
		switch {
		case c.remote != nil:
			err = m.recruitThere(ctx, lab, *c.remote, &r)
		case c.ours():
			r.mate, err = found(peer.Start(ctx, peer.Spec{Name: c.name, Launcher: lab.Target.Launch, Command: lab.peerCommand, Env: lab.env, Ready: musterLimit}))
		}
		if err != nil {
			m.dismiss(ctx)
			return nil, err
		}
		endpoint := c.endpoint
		if r.mate != nil {
			endpoint = r.mate.Endpoint()
		}
		m.endpoints, m.peers = append(m.endpoints, endpoint), append(m.peers, r)
	}
	return m, nil
}

func (m *muster) recruitThere(ctx context.Context, lab *Lab, to plan.Remote, r *recruit) (err error) {
	t := linkTo(to)
	if m.links[t] == nil {
		if m.links[t], err = far.Open(ctx, t, far.Options{Silence: far.DefaultSilence}); err != nil {
			delete(m.links, t)
			return err
		}
	}
	r.link = m.links[t]
	if first := slices.IndexFunc(m.peers, func(p recruit) bool { return p.link == r.link }); first >= 0 {
		r.quarter = m.peers[first].quarter
	} else {
		r.quarter = r.name + "'s host"
	}
	r.mate, err = found(r.link.Start(ctx, far.Spec{Name: r.name, Program: to.Program, Env: lab.env, Listen: to.Listen, Port: to.RPCPort, Ready: musterLimit}))
	return err
}

// dismiss ends what was started.
func (m *muster) dismiss(ctx context.Context) {
	keep := context.WithoutCancel(ctx)
	for _, p := range m.peers {
		if p.mate != nil {
			p.mate.Stop(keep, time.Second)
		}
	}
	for _, link := range m.links {
		link.Close()
	}
}

// bannerDevice is how an rpc-server says at its start which devices it lends: "  CPU: AMD EPYC (24105 MiB, 24105 MiB
// free)" (llama.cpp tools/rpc/rpc-server.cpp).
var bannerDevice = regexp.MustCompile(`^\s+(\w+): .*\(\d+ MiB, \d+ MiB free\)`)

// lends are the names of the devices that a peer of ours lends; nothing is known of somebody else's.
func (r recruit) lends() (names []string) {
	if r.mate == nil {
		return nil
	}
	for _, l := range r.mate.Tail() {
		if m := bannerDevice.FindStringSubmatch(l.Text); m != nil {
			names = append(names, m[1])
		}
	}
	return names
}

// processorOnly is what llama.cpp calls the processor among devices.
const processorOnly = "CPU"

// quarters fills in where the memory of a peer's device is, and what shows how much of it was taken. nth counts the
// devices of that peer.
func (m *muster) quarters(ctx context.Context, d *plan.Demand, endpoint string, nth int) {
	i := slices.Index(m.endpoints, endpoint)
	if i < 0 {
		return
	}
	r := m.peers[i]
	switch d.Of = r.name; { // an address of ours is another at each start
	case r.link != nil:
		d.Of += " on " + r.link.String()
	case r.mate == nil:
		d.Of += " at " + endpoint
	}
	lent := r.lends()
	if nth >= len(lent) {
		return
	}
	if lent[nth] != processorOnly {
		d.Of += ", its " + lent[nth]
		if r.link != nil && len(lent) == 1 {
			own := gauges{host: strings.TrimSuffix(r.quarter, "'s host")}
			d.Gauge = gaugeOf(own.show(r.link.Read(ctx)), 0, 1)
		}
		return
	}
	d.Memory, d.Gauge = r.quarter, r.name
	if r.link == nil {
		d.Free = gpu.FreeHostMemory()
	} else {
		d.Free = r.link.Self().Available
	}
}
