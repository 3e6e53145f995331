package harness

import (
	"context"
	"slices"
	"sync"
	"time"
)

// fallen are the peers of ours that have ended by themselves.
func (l *life) fallen() (list []death) {
	for _, c := range l.peers {
		if c.process == nil {
			continue
		}
		if exit, ended := c.process.Exit(); ended && !exit.Requested {
			list = append(list, death{who: c.name, exit: exit, uncertain: c.process.Uncertain()})
		}
	}
	return list
}

// watchPeers tells when the first of the peers of ours has ended, until stop is called, which waits
// for those who watch.
func (l *life) watchPeers() (fell <-chan struct{}, stop func()) {
	first, quit := make(chan struct{}, len(l.peers)), make(chan struct{})
	var watching sync.WaitGroup
	for _, c := range l.peers {
		if c.process == nil {
			continue
		}
		watching.Go(func() {
			select {
			case <-c.process.Exited():
				first <- struct{}{}
			case <-quit:
			}
		})
	}
	return first, func() {
		close(quit)
		watching.Wait()
	}
}

// peerLead is how much later than the server's the end of the peer that it died of may be seen.
const peerLead = 100 * time.Millisecond

// lookAfterPeers finds the peers of ours that have ended, and waits for their last words. A server
// that has ended may have died of one whose end has not come through yet.
func (l *life) lookAfterPeers(bereft bool) []death {
	l.catchUp()
	watched := func(c companion) bool { return c.process != nil }
	if bereft && len(l.fallen()) == 0 && slices.ContainsFunc(l.peers, watched) {
		fell, stop := l.watchPeers()
		await(fell, peerLead)
		stop()
	}
	for _, c := range l.peers {
		if c.process == nil {
			continue
		}
		if _, ended := c.process.Exit(); ended {
			await(c.process.Done(), l.Limits.Dying)
		}
	}
	return l.fallen()
}

// catchUp waits until every end of a peer of ours that has happened is known.
func (l *life) catchUp() {
	ctx, done := context.WithTimeout(context.Background(), askLimit)
	defer done()
	for _, c := range l.peers {
		if c.process != nil {
			c.process.CatchUp(ctx)
		}
	}
}
