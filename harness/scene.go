package harness

import (
	"context"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/internal/gpu"
	"ctxcliff/harness/internal/kernlog"
	"ctxcliff/harness/internal/process"
)

// scene is what surrounds a start: who listens to its processes, and the hosts that they run on.
type scene struct {
	witnesses []*witness // of the server, and of each peer of ours in the order of the --rpc flags
	views     []*view    // of this host, and of those that peers of ours are on
	kills     *gpu.KillWatch
}

// arrive notes how the hosts are before anything of a start is launched.
func (l *life) arrive(ctx context.Context) {
	l.scene = scene{witnesses: []*witness{newWitness("server", faults.ServerLog)}, kills: &gpu.KillWatch{}}
	l.scene.views = []*view{l.host.view(ctx, func(context.Context) ([]string, bool) { return l.scene.kills.Lines(), l.scene.kills.Counts() })}
	for _, o := range l.reached() {
		l.scene.views = append(l.scene.views, o.view(ctx))
	}
	for _, c := range l.peers {
		if c.ours() {
			l.scene.witnesses = append(l.scene.witnesses, c.witness)
		}
	}
	if l.lab.guest == nil {
		l.scene.kills.Add(0)
	}
}

// server is who listens to the server.
func (s *scene) server() *witness { return s.witnesses[0] }

// meet notes how the kernel knows the server, and where it would be killed for memory.
func (s *scene) meet(pid int) {
	s.server().meet(process.HostPID(pid))
	s.server().see(pid)
	s.kills.Add(pid)
}

// turn begins a new attempt in a server that runs.
func (l *life) turn() {
	for _, w := range l.scene.witnesses {
		w.turn()
	}
	for _, v := range l.scene.views {
		v.mark = v.kernel.mark()
	}
	l.hang, l.account = nil, nil
}

// texts are kernel lines as dmesg prints them.
func texts(lines []kernlog.Line) []string {
	all := make([]string, len(lines))
	for i, k := range lines {
		all[i] = k.String()
	}
	return all
}
