package harness

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/internal/peer"
	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// companion is one rpc-server of a start: one of ours, here or on another host, which lives and ends with
// the start, or one that somebody else runs, of which nothing is known but where it is.
type companion struct {
	name     string
	endpoint string   // host:port; of one of ours, once it runs
	witness  *witness // of one of ours; nil: it is somebody else's
	process  mate     // of one of ours that was started

	remote  *plan.Remote // of one of ours on another host
	outpost *outpost     // that host, once there was a try to reach it
}

// mate is an rpc-server of ours that was started. What it says of itself is what the host that it runs
// on tells; times are those of this host's clock.
type mate interface {
	body
	Endpoint() string
	Argv() []string
	PID() int
	StartTime() uint64              // 0: a process of another host
	Kernel() (pid int, comm string) // what its host's kernel log calls it
	Exit() (process.Exit, bool)
	Exited() <-chan struct{}
	Done() <-chan struct{}
	CatchUp(ctx context.Context) // waits until an end that has happened is known
	Stop(ctx context.Context, grace time.Duration) process.Exit
	Tail() []process.Line
	Written() int64
	Trouble() error
	Uncertain() time.Duration // how wrong times of it may be
}

// ours reports whether it lives and ends with the start.
func (c companion) ours() bool { return c.witness != nil }

// companions are those of a topology, none of them started.
func companions(t plan.Topology) []companion {
	all := make([]companion, len(t.Peers))
	for i, p := range t.Peers {
		all[i] = companion{name: fmt.Sprintf("rpc%d", i+1), endpoint: p}
		if r, remote, err := plan.ParseRemote(p); remote && err == nil {
			all[i] = remoteCompanion(all[i].name, r)
		}
		if p == plan.LocalPeer {
			all[i].endpoint, all[i].witness = peer.Endpoint(0), newWitness(all[i].name, faults.PeerLog)
		}
	}
	return all
}

// intent is what is recorded of the peers before anything is started. A port that is chosen at the
// launch stands as 0.
func (l *life) intent() (list []trial.Peer) {
	for _, c := range l.peers {
		p := trial.Peer{Name: c.name, Endpoint: c.endpoint}
		if c.ours() {
			p.Argv, p.LogFile = slices.Concat(l.lab.Target.Launch, l.lab.peerCommand, peer.Args(0)), fmt.Sprintf("start-%04d.%s.log", l.start.N, c.name)
		}
		if c.remote != nil {
			_, p.Argv = planned(*c.remote)
		}
		list = append(list, p)
	}
	return list
}

// summon starts the peers of ours, and asks the binary whether it can use all of them. It reports
// whether it can; if not, the attempt says why. An error says that trying another cell would be
// pointless.
func (l *life) summon(ctx context.Context, a *trial.Attempt) (ok bool, err error) {
	if why := l.compareBuilds(ctx); why != "" {
		l.invalid(a, trial.Infra, why)
		return false, nil
	}
	for i := range l.peers {
		c, record := &l.peers[i], &l.start.Peers[i]
		if !c.ours() {
			continue
		}
		if c.process, err = l.bring(ctx, c, filepath.Join(l.LogDir, record.LogFile)); err != nil {
			return false, l.notSummoned(ctx, a, record, err)
		}
		c.endpoint = c.process.Endpoint()
		record.Endpoint, record.Argv, record.PID, record.PIDStart = c.endpoint, c.process.Argv(), c.process.PID(), c.process.StartTime()
		c.witness.meet(c.process.Kernel())
	}
	if why := l.unlike(); why != "" {
		l.invalid(a, trial.Infra, why)
		return false, nil
	}
	return l.reach(ctx, a)
}

// bring starts a peer of ours.
func (l *life) bring(ctx context.Context, c *companion, logFile string) (mate, error) {
	if c.remote != nil {
		return l.bringThere(ctx, c, logFile)
	}
	p, err := found(peer.Start(ctx, peer.Spec{
		Name: c.name, Launcher: l.lab.Target.Launch, Command: l.lab.peerCommand, Env: l.lab.env,
		LogFile: logFile, Tap: c.witness.hear, Ready: l.Limits.Peers,
	}))
	if err == nil {
		l.scene.kills.Add(p.PID())
		c.witness.see(p.PID())
	}
	return p, err
}

// found keeps a peer that was not started from being taken for one that was.
func found[P mate](p P, err error) (mate, error) {
	if err != nil {
		return nil, err
	}
	return p, nil
}

// notSummoned sorts a peer of ours that never accepted a connection: one that a signal ended, or that
// hangs, is a finding; one that says why it ends is trouble of the lab.
func (l *life) notSummoned(ctx context.Context, a *trial.Attempt, record *trial.Peer, err error) error {
	var not *peer.NotReadyError
	switch {
	case ctx.Err() != nil:
		l.invalid(a, trial.Incomplete, "interrupted while loading")
		return nil
	case isLinkTrouble(err): // it may be there again for the next start
		l.invalid(a, trial.Infra, record.Name+": "+err.Error())
		return nil
	case !errors.As(err, &not):
		l.invalid(a, trial.Infra, err.Error())
		return unusable{err}
	}
	record.Endpoint, record.Argv, record.PID, record.Exit, record.Requested = not.Endpoint, not.Argv, not.PID, not.Exit.String(), not.Exit.Requested
	switch signal, _ := not.Exit.EffectiveSignal(); {
	case not.Hung > 0:
		l.loadFailed(ctx, a, &server.LoadError{Reason: not.Error(), Hung: not.Hung, Portrait: not.Portrait}, nil)
	case signal != "":
		l.loadFailed(ctx, a, &server.LoadError{Reason: not.Error()}, []death{{who: not.Name, exit: not.Exit}})
	default:
		l.invalid(a, trial.Infra, not.Error())
	}
	return nil
}

// endpoints are where the server finds its peers, in the order of the --rpc flags.
func (l *life) endpoints() (list []string) {
	for _, c := range l.peers {
		list = append(list, c.endpoint)
	}
	return list
}

// dismiss ends the peers of ours, after their server, and records how each of them ended. An error is
// one that cannot be ended.
func (l *life) dismiss(keep context.Context) (err error) {
	for i, c := range l.peers {
		if c.process == nil {
			continue
		}
		exit := c.process.Stop(keep, l.Limits.Grace)
		l.start.Peers[i].Exit, l.start.Peers[i].Requested = exit.String(), exit.Requested
		l.start.LogBytes += c.process.Written()
		if trouble := c.process.Trouble(); trouble != nil {
			l.start.Unobserved = append(l.start.Unobserved, trouble.Error())
		}
		err = also(err, unsettled(c.name, c.process.PID(), exit))
	}
	return err
}
