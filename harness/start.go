package harness

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/internal/awake"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/oracle"
	"ctxcliff/harness/trial"
)

// begin records the intent of a start. Nothing is launched before it is durable.
func (l *life) begin(ctx context.Context) error {
	s, keep := l.Rig, context.WithoutCancel(ctx)
	s.starts++
	l.peers = companions(l.configuration.Target.Topology)
	if err := l.connect(ctx); err != nil {
		return err
	}
	l.arrive(ctx)
	l.account, l.hang, l.found, l.tail, l.heard = nil, nil, condition{}, nil, nil
	l.reference.fresh, l.served = oracle.Reference{}, 0
	l.start = trial.Start{
		N: s.starts, Configuration: l.configuration.ID(), BootID: bootID(), Began: time.Now(),
		LogFile: fmt.Sprintf("start-%04d.server.log", s.starts),
		Argv:    l.lab.argv(l.configuration, s.Port), Unobserved: slices.Concat(l.unobserved(), l.unseenStrangers(), l.unseenOutposts()),
	}
	l.start.Peers = l.intent()
	if l.lab.guest != nil {
		l.start.LogFile, l.start.Argv = "", nil
	}
	id, err := s.Recorder.BeginStart(keep, l.start)
	if err != nil {
		return err
	}
	l.start.ID, l.open = id, true
	s.tell(trial.StartBegan{Start: l.start})
	return nil
}

// launch starts the server and compares what it says of itself with the plan. It reports whether
// the server can be used; if not, the attempt says why. An error says that trying another cell would
// be pointless.
func (l *life) launch(ctx context.Context, a *trial.Attempt) (ok bool, err error) {
	s := l.Rig
	l.useless++ // until it has proven otherwise
	if l.lab.guest != nil {
		return l.attach(ctx, a)
	}
	spec := l.lab.launchSpec(l.configuration, s.Port, l.start.N)
	spec.LogFile = filepath.Join(s.LogDir, l.start.LogFile)
	spec.ReadyTimeout, spec.LoadStall = s.Limits.Ready, s.Limits.LoadStall
	spec.Tap = l.scene.server().hear
	if l.lab.simulated() {
		spec.Env = append(spec.Env, simKernelEnv+"="+filepath.Join(s.LogDir, simKernelLog))
	}
	if ok, err := l.summon(ctx, a); !ok || err != nil {
		return false, err
	}
	spec.Options.Peers = l.endpoints()
	srv, err := server.Launch(ctx, spec)
	if err != nil {
		return false, l.notReady(ctx, a, err)
	}
	l.server = ours(srv)
	l.start.Argv, l.start.PID, l.start.PIDStart = srv.Argv(), srv.PID(), srv.StartTime()
	l.start.Load = srv.LoadTime()
	l.scene.meet(srv.PID())
	return l.settleIn(ctx, a)
}

// settleIn compares what a server that has just become ready says of itself with the plan: see launch.
func (l *life) settleIn(ctx context.Context, a *trial.Attempt) (ok bool, err error) {
	s := l.Rig
	if err := l.readBack(ctx); err != nil {
		l.unreadable(ctx, a, err)
		return false, nil
	}
	s.tokenizer.now = l.server.Tokenizer(l.lab.tokens, l.lab.ordinary)
	l.start.Gauges = append(l.scene.readings(ctx), l.memory(ctx)...)
	if err := s.Recorder.StartReady(context.WithoutCancel(ctx), l.start); err != nil {
		return false, err
	}
	s.tell(trial.Ready{Start: l.start})
	if mismatch := l.mismatch(); mismatch != "" {
		l.invalid(a, trial.Infra, mismatch)
		return false, s.note(ctx, l.configuration.ID()+": "+mismatch)
	}
	l.useless = 0
	return true, nil
}

// readBack asks the server what it really does. A server that says it is ready and then says
// nothing more is given up after the stall bound.
func (l *life) readBack(ctx context.Context) error {
	ctx, done := awake.Within(ctx, l.bound.limit(0))
	defer done()
	back, err := l.server.ReadBack(ctx)
	l.start.ReadBack = trial.ReadBack{
		Build: back.Build, Slots: back.Slots, SlotContext: back.SlotContext, Model: back.Model,
		Devices: l.lab.Binary.Devices,
	}
	return err
}

// mismatch says how the server differs from the plan; "" when it is as planned. A smaller slot is
// as planned when the model was trained for no more.
func (l *life) mismatch() string {
	c, back, trained := l.configuration, l.start.ReadBack, l.lab.Model.TrainedContext
	planned := c.SlotContext()
	capped := trained > 0 && back.SlotContext == min(planned, trained)
	switch {
	case l.lab.guest != nil:
		return l.lab.guest.mismatch(c, back)
	case back.Slots != c.NP:
		return fmt.Sprintf("the server has %d slots, %d were asked for: the start is not what was planned", back.Slots, c.NP)
	case back.SlotContext != planned && !capped: // --override-kv and YaRN lift the cap
		return fmt.Sprintf("each slot has %d tokens of context, %d were planned: the start is not what was planned", back.SlotContext, planned)
	}
	return ""
}

// notReady sorts a launch that failed: trouble of ours or the lab's ends the run, a server that died
// or hung while loading is a finding, an interruption is neither.
func (l *life) notReady(ctx context.Context, a *trial.Attempt, err error) error {
	var load *server.LoadError
	switch {
	case ctx.Err() != nil:
		l.invalid(a, trial.Incomplete, "interrupted while loading")
		return nil
	case !errors.As(err, &load):
		l.invalid(a, trial.Infra, err.Error())
		return unusable{err}
	}
	l.start.Exit, l.start.PID, l.start.Argv, l.tail = load.Exit.String(), load.PID, load.Argv, load.Tail
	l.loadFailed(ctx, a, load, l.fallen())
	return nil
}

// unreadable sorts a server that said it was ready and could not be asked what it is.
func (l *life) unreadable(ctx context.Context, a *trial.Attempt, err error) {
	c := l.look(ctx, ctx.Err() == nil && !errors.Is(err, context.DeadlineExceeded))
	switch {
	case c.ended:
		l.loadFailed(ctx, a, &server.LoadError{Exit: c.exit, Reason: "it said that it was ready, and ended with " + c.exit.String()}, c.peers)
	case ctx.Err() != nil:
		l.invalid(a, trial.Incomplete, "interrupted while loading")
	case errors.Is(err, context.DeadlineExceeded):
		silence := l.bound.limit(0)
		l.loadFailed(ctx, a, &server.LoadError{
			Hung: silence, Portrait: l.serverPortrait(),
			Reason: fmt.Sprintf("it said that it was ready, and did not say more within %s", silence),
		}, c.peers)
	default:
		l.invalid(a, trial.Infra, "the server does not say what it is: "+err.Error())
	}
}

// loadFailed judges a server that never took a prompt: it died, or hung and was ended, or peers of it
// fell before.
func (l *life) loadFailed(ctx context.Context, a *trial.Attempt, load *server.LoadError, fell []death) {
	s := &account{phase: "load", found: condition{ended: load.Hung == 0 && !load.Exit.At.IsZero(), exit: load.Exit, peers: fell}}
	if d, lost := outOfSight(fell); lost {
		l.dropped(ctx, a, s, d)
		return
	}
	if load.Hung > 0 {
		s.wave.Silence = load.Hung
		l.hang = &hang{Hang: faults.Hang{Seconds: load.Hung.Seconds()}, portrait: load.Portrait}
		portraits(l.members(), l.hang)
	} else {
		l.scene.settleAfterDeath(ctx)
	}
	l.conclude(ctx, a, s)
	if l.hang != nil {
		l.keep(a, "hang", l.hang.portrait)
	}
	reason := load.Reason + l.loadAdvice(load)
	if len(fell) > 0 && s.found.ended {
		reason = fmt.Sprintf("%s ended by itself with %s, and the server with it: %s", fell[0].who, fell[0], reason)
	}
	switch a.Outcome {
	case trial.OOM, trial.GPUFault, trial.Infra: // finer than that it did not load
		l.invalid(a, a.Outcome, reason)
	default:
		l.invalid(a, trial.LoadFail, reason)
	}
}

// invalid gives attempt and start an outcome from before the first prompt.
func (l *life) invalid(a *trial.Attempt, o trial.Outcome, reason string) {
	a.Outcome, a.Reason, l.start.Outcome = o, reason, o
}
