package process

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// sweepLimit is how long leftovers are killed before they are reported instead.
	sweepLimit = 4 * time.Second
	// maxNames bounds how many names of leftovers are reported.
	maxNames = 8
)

// act does what the state asks for now. It returns how long nothing needs to be
// done, or what is left when it is time to give up.
func (g *guard) act(now time.Time) (wait time.Duration, left []int) {
	if g.stopping && !now.Before(g.deadline) {
		g.startKilling(now)
	}
	if g.mainGone && !g.stopping {
		g.startKilling(now)
	}
	switch {
	case !g.killing.IsZero():
		return g.kill(now)
	case g.mainGone:
		// The wrapper went first; the server it ran has had SIGTERM, too, and keeps its grace.
		return min(g.deadline.Sub(now), 50*time.Millisecond), nil
	case g.stopping:
		return g.deadline.Sub(now), nil
	}
	return time.Hour, nil
}

// kill sends SIGKILL to everything below the guard. New ones may have been
// born meanwhile, so it is called again, ever more slowly, until none is left.
func (g *guard) kill(now time.Time) (wait time.Duration, left []int) {
	alive := below(os.Getpid())
	for _, p := range alive {
		g.remove(p)
	}
	if !g.mainGone {
		// At once for the whole group, so that none of it can fork in between. The
		// group is ours as long as its leader has not been reaped.
		g.forced = true
		g.signalGroup(syscall.SIGKILL)
	}
	spent := now.Sub(g.killing)
	if spent > sweepLimit && (g.mainGone || g.orphaned) {
		left = []int{}
		for _, p := range alive {
			left = append(left, p.pid)
		}
		return 0, left
	}
	return min(max(spent/4, 2*time.Millisecond), time.Second), nil
}

// signalGroup signals the command's process group, which is ours as long as its leader has not been
// reaped.
func (g *guard) signalGroup(signal syscall.Signal) {
	if g.group > 0 {
		_ = syscall.Kill(-g.group, signal)
	}
}

// askEscaped sends SIGTERM to what left the command's process group: behind a launcher such as setsid
// that is the very program that is to end.
func (g *guard) askEscaped() {
	for _, p := range below(os.Getpid()) {
		if p.group != g.group {
			_ = signalExactly(p.procID, unix.SIGTERM)
		}
	}
}

// remove kills one process and counts it, if it is a leftover that had not been killed before.
func (g *guard) remove(p procStat) {
	if !g.struck[p.procID] && g.mainGone {
		g.removed++
		if len(g.names) < maxNames {
			g.names = append(g.names, p.name)
		}
	}
	g.struck[p.procID] = true
	_ = killExactly(p.procID)
}

// below lists the living (not zombie) descendants of a process.
func below(pid int) []procStat {
	var alive []procStat
	for _, p := range descendants(pid) {
		if p.state != 'Z' && p.state != 'X' {
			alive = append(alive, p)
		}
	}
	return alive
}
