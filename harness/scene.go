package harness

import (
	"context"
	"fmt"
	"slices"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/internal/gpu"
	"ctxcliff/harness/internal/kernlog"
)

// scene is what surrounds a start: who listens to its processes, and how the machine was before.
type scene struct {
	witnesses []*witness       // of the server, and of each peer of ours in the order of the --rpc flags
	mark      kernlog.Position // of the kernel log, when the latest attempt began
	before    gpu.Snapshot     // devices, before the launch
	kills     []killCount      // of the control groups that our processes may be in
}

// killCount is how many processes of a control group the kernel had killed for memory.
type killCount struct {
	group  gpu.Cgroup
	before uint64
}

// arrive notes how the machine is before anything of a start is launched.
func (l *life) arrive(ctx context.Context) {
	l.scene = scene{witnesses: []*witness{newWitness("server", faults.ServerLog)}, mark: l.kernel.mark(), before: l.gauges.read(ctx)}
	for _, c := range l.peers {
		if c.local() {
			l.scene.witnesses = append(l.scene.witnesses, c.witness)
		}
	}
	if l.lab.guest == nil {
		l.scene.countKills(0)
	}
}

// server is who listens to the server.
func (s *scene) server() *witness { return s.witnesses[0] }

// meet notes how the kernel knows a process of the start, and where it would be killed for memory.
func (s *scene) meet(w *witness, pid int) {
	w.meet(pid)
	s.countKills(pid)
}

// countKills watches the control group of a process; 0 is ours, which it is born in.
func (s *scene) countKills(pid int) {
	group, err := gpu.FindCgroup(pid)
	if err != nil || slices.ContainsFunc(s.kills, func(k killCount) bool { return k.group.Path == group.Path }) {
		return
	}
	if n := group.Read().OOMKill; n != nil {
		s.kills = append(s.kills, killCount{group, *n})
	}
}

// turn begins a new attempt in a server that runs.
func (l *life) turn() {
	for _, w := range l.scene.witnesses {
		w.turn()
	}
	l.scene.mark = l.kernel.mark()
	l.hang, l.account = nil, nil
}

// hostLines is what this host tells beside its kernel log, in lines of the same kind: kills for memory
// that control groups have counted, and state snapshots that drivers took of their devices. They are
// there for users who may not read the kernel log, too.
func (l *life) hostLines(ctx context.Context, death bool) []string {
	var lines []string
	if death {
		for _, k := range l.scene.kills {
			if now := k.group.Read().OOMKill; now != nil && *now > k.before {
				lines = append(lines, fmt.Sprintf("ctxcliff: control group %s: oom_kill %d more than before", k.group.Path, *now-k.before))
			}
		}
	}
	if !l.gauges.any {
		return lines
	}
	for _, d := range l.gauges.read(ctx).Coredumps {
		if !slices.Contains(l.scene.before.Coredumps, d) {
			lines = append(lines, fmt.Sprintf("ctxcliff: device state snapshot %s of %s %s appeared", d.Name, d.Driver, d.Device))
		}
	}
	return lines
}

// leave waits until the machine is as it was before the start, and says what keeps it from that.
func (l *life) leave(ctx context.Context) (held string) {
	return l.gauges.awaitRest(ctx, l.scene.before)
}

// texts are kernel lines as dmesg prints them.
func texts(lines []kernlog.Line) []string {
	all := make([]string, len(lines))
	for i, k := range lines {
		all[i] = k.String()
	}
	return all
}
