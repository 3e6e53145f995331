package harness

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/internal/gpu"
	"ctxcliff/harness/internal/kernlog"
	"ctxcliff/harness/trial"
)

// station is a host that processes of a start run on, and what is watched there beside them.
type station struct {
	name   string // server: this one; else that of the first peer there
	kernel *kernel
	gauges *gauges
	away   func() bool // nobody can look at it any more; nil: never so
}

// here reports whether it is this host.
func (s *station) here() bool { return s.name == "server" }

// source is who its kernel is on a time line.
func (s *station) source() string {
	if s.here() {
		return "kernel"
	}
	return s.name + " kernel"
}

// view is a host during a start.
type view struct {
	*station
	mark   kernlog.Position // of the kernel log, when the latest attempt began
	before gpu.Snapshot     // devices, before the launch
	kills  killed           // in the control groups that our processes there may be in
}

// killed tells which control groups the kernel has killed processes of for memory, in lines; false where none counts.
type killed func(ctx context.Context) (lines []string, counted bool)

// view begins to watch a host for a start.
func (s *station) view(ctx context.Context, kills killed) *view {
	return &view{station: s, mark: s.kernel.mark(), before: s.gauges.read(ctx), kills: kills}
}

// tidings are what a host told since the latest attempt began.
type tidings struct {
	*view
	kernel []kernlog.Line
	beside []string // see [view.besides]
	kills  faults.Kills
}

// besides is what a host tells beside its kernel log, in lines of the same kind: kills for memory that
// control groups have counted, and state snapshots that drivers took of their devices. They are there
// for users who may not read the kernel log, too.
func (v *view) besides(ctx context.Context, death bool) (lines []string, kills faults.Kills) {
	if death {
		lines, kills = v.counts(ctx)
	}
	if !v.gauges.any {
		return lines, kills
	}
	for _, d := range v.gauges.read(ctx).Coredumps {
		if !slices.Contains(v.before.Coredumps, d) {
			lines = append(lines, fmt.Sprintf("ctxcliff: device state snapshot %s of %s %s appeared", d.Name, d.Driver, d.Device))
		}
	}
	return lines, kills
}

// counts are the kills that control groups have counted.
func (v *view) counts(ctx context.Context) ([]string, faults.Kills) {
	switch lines, counted := v.kills(ctx); {
	case len(lines) > 0:
		return lines, faults.SomeKills
	case counted:
		return nil, faults.NoKills
	}
	return nil, faults.KillsUnknown
}

// gather is what all hosts told since the latest attempt began.
func (s *scene) gather(ctx context.Context, death bool) (all []tidings) {
	for _, v := range s.views {
		beside, kills := v.besides(ctx, death)
		all = append(all, tidings{v, v.kernel.since(v.mark), beside, kills})
	}
	return all
}

// kernelLogs are those news in the words of the classifier.
func kernelLogs(all []tidings) (logs []faults.KernelLog) {
	for _, n := range all {
		logs = append(logs, faults.KernelLog{Host: n.name, Lines: slices.Concat(texts(n.kernel), n.beside), Kills: n.kills})
	}
	return logs
}

// heard is how many kernel lines all hosts have told since the latest attempt began.
func (s *scene) heard() (n int) {
	for _, v := range s.views {
		n += len(v.kernel.since(v.mark))
	}
	return n
}

// settleAfterDeath waits for what the kernels say at once; see [kernel.settleAfterDeath].
func (s *scene) settleAfterDeath(ctx context.Context) {
	var all sync.WaitGroup
	for _, v := range s.views {
		all.Go(func() { v.kernel.settleAfterDeath(ctx) })
	}
	all.Wait()
}

// settled waits for late words on what broke; see [kernel.settleBeforeNext].
func (l *life) settled(ctx context.Context) {
	for _, v := range l.scene.views {
		v.kernel.settleBeforeNext(ctx, l.Limits.Late)
	}
}

// readings are what the devices of all hosts show now.
func (s *scene) readings(ctx context.Context) (all []trial.Gauge) {
	for _, v := range s.views {
		all = append(all, v.besideOthers(v.gauges.show(v.gauges.read(ctx)))...)
	}
	return all
}

// watch reads the devices of all hosts until the returned function is called, which gives the highest
// readings.
func (s *scene) watch(ctx context.Context) (highest func() []trial.Gauge) {
	var ends []func() []trial.Gauge
	for _, v := range s.views {
		ends = append(ends, v.gauges.watch(ctx))
	}
	return func() (all []trial.Gauge) {
		for i, end := range ends {
			all = append(all, s.views[i].besideOthers(end())...)
		}
		return all
	}
}

// besideOthers enters into readings how much memory was in use before the launch.
func (v *view) besideOthers(now []trial.Gauge) []trial.Gauge {
	for _, then := range v.gauges.show(v.before) {
		for i := range now {
			if now[i].Device == then.Device {
				now[i].MemoryBefore = max(then.MemoryBytes, 0)
			}
		}
	}
	return now
}

// leave waits until every host is as it was before the start, and says what keeps it from that.
func (s *scene) leave(ctx context.Context) (held string) {
	for _, v := range s.views {
		if v.away != nil && v.away() {
			continue
		}
		if why := v.gauges.awaitRest(ctx, v.before); why != "" && held == "" {
			held = v.gauges.owner() + why
		}
	}
	return held
}
