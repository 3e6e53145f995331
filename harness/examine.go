package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ctxcliff/harness/gguf"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/provision"
)

// Examine looks at everything that a run over the matrix needs, without loading a model: programs,
// their flags, model files, contexts, peers, memory. Targets without a server or a model are looked at
// as far as they go. Where [SurveyAll] stops at the first mistake, this lists all of them.
func Examine(ctx context.Context, targets []plan.Target, m plan.Matrix, port int) []provision.Finding {
	e := &examiner{
		surveyor: surveyor{host: SurveyHost(), models: map[string]gguf.Info{}, binaries: map[string]server.Capabilities{}},
		said:     map[string]bool{}, free: freeMemory(ctx),
	}
	for _, t := range targets {
		if ctx.Err() != nil {
			break
		}
		e.target(ctx, t, m)
	}
	if port > 0 {
		if err := CheckPort(port); err != nil {
			e.say(provision.Blocker, "", "%v", err)
		}
	}
	return e.findings
}

type examiner struct {
	surveyor
	findings []provision.Finding
	said     map[string]bool
	free     int64 // bytes; 0 unknown
	blockers int   // said so far, repetitions included
}

// say adds a finding, unless it is there already.
func (e *examiner) say(level provision.Level, remedy, format string, args ...any) {
	f := provision.Finding{Level: level, What: fmt.Sprintf(format, args...), Remedy: remedy}
	if level == provision.Blocker {
		e.blockers++
	}
	if !e.said[f.String()] {
		e.said[f.String()] = true
		e.findings = append(e.findings, f)
	}
}

func (e *examiner) target(ctx context.Context, t plan.Target, m plan.Matrix) {
	lab := &Lab{Host: e.host, Target: t}
	usable := e.binary(ctx, lab)
	readable := e.file(lab)
	reachable := usable && e.peers(ctx, lab)
	if !usable || !readable {
		return
	}
	if lab.Target.Backend == "" {
		lab.Target.Backend = backendOf(lab.Binary.Devices)
	}
	m.Targets = []plan.Target{lab.Target}
	p, err := m.Plan()
	if err != nil {
		return // all of it is excluded
	}
	for _, w := range p.Configurations {
		e.context(lab, w.Configuration)
	}
	if reachable {
		e.memory(ctx, lab, p)
	}
}

// binary runs the program, through its launcher, and holds the arguments against its --help.
func (e *examiner) binary(ctx context.Context, lab *Lab) bool {
	t := lab.Target
	if t.Server == "" {
		e.say(provision.Info, "", "llama-server: none is named; the run finds one, or obtains it")
		return false
	}
	if err := e.server(ctx, lab, t); err != nil {
		remedy, away := "", &AwayError{}
		if len(t.Launch) > 0 && !errors.As(err, &away) {
			remedy = "see that " + t.Launch[0] + " runs and knows the program"
		}
		e.say(provision.Blocker, remedy, "%s: %v", orUnnamed(t.Backend), err)
		return false
	}
	through := ""
	if len(t.Launch) > 0 {
		through = " through " + strings.Join(t.Launch, " ")
	}
	devices := "processor only"
	if len(lab.Binary.Devices) > 0 {
		devices = strings.Join(lab.Binary.Devices, "; ")
	}
	e.say(provision.Info, "", "%s: llama-server %s (build %d) at %s%s: %s", orUnnamed(t.Backend), lab.Binary.Version, lab.Binary.Build, t.Server, through, devices)
	for _, flag := range lab.caps.Unlisted(lab.caps.Spelled(t.Args)) {
		e.say(provision.Blocker, "remove it, or give a build that knows it", "%s: llama-server's --help does not list %s", orUnnamed(t.Backend), flag)
	}
	return true
}

func orUnnamed(backend string) string {
	if backend == "" {
		return "backend"
	}
	return backend
}

// file reads the header of the model.
func (e *examiner) file(lab *Lab) bool {
	if lab.Target.Model == "" {
		e.say(provision.Info, "", "model: none is named; the run writes a tiny one")
		return false
	}
	if err := e.model(lab, lab.Target.Model); err != nil {
		e.say(provision.Blocker, "", "%v", err)
		return false
	}
	m := lab.Model
	files := ""
	if n := lab.info.Split; n > 1 {
		files = fmt.Sprintf(" in %d files", n)
	}
	e.say(provision.Info, "", "model %s: %s %s, %s%s, trained for %d tokens", lab.Target.ModelName(), m.Arch, m.FileType, gib(m.SizeBytes), files, m.TrainedContext)
	return true
}

// context says where slots are larger than what the model was trained for.
func (e *examiner) context(lab *Lab, c plan.Configuration) {
	trained := lab.Model.TrainedContext
	if trained == 0 || c.SlotContext() <= trained || slices.ContainsFunc(c.Target.Args, stretches) {
		return
	}
	e.say(provision.Warn, "ask for less, or stretch it with --rope-scaling or --override-kv",
		"%s: slots of %d tokens, and the model was trained for %d: llama-server will cap them there", lab.Target.ModelName(), c.SlotContext(), trained)
}

// stretches reports whether an argument changes what context a model takes.
func stretches(arg string) bool {
	return strings.HasPrefix(arg, "--rope") || strings.HasPrefix(arg, "--yarn") || arg == "--override-kv"
}

// memory holds the hungriest configuration of the target against what is free.
func (e *examiner) memory(ctx context.Context, lab *Lab, p plan.Plan) {
	hungriest := slices.MaxFunc(p.Configurations, func(a, b plan.Work) int { return a.Configuration.Ctx - b.Configuration.Ctx })
	work := []plan.Work{hungriest}
	lab.foresee(ctx, work)
	need := work[0].Need
	if need.By == "" {
		return
	}
	const remedy = "use less context, a smaller cache type or a smaller model, or end what holds memory"
	what := fmt.Sprintf("memory: %s takes about %s (%s)", hungriest.Configuration.ID(), gib(need.Bytes), need.By)
	elsewhere := len(lab.Target.Topology.Peers) > lab.Target.Topology.Locals()
	switch tight := need.Tight(1); {
	case len(tight) > 0:
		e.say(provision.Warn, remedy, "%s: %s", what, inDemand(tight))
	case need.Free():
		e.say(provision.Info, "", "%s, and %s are free", what, whatIsFree(need))
	case elsewhere:
		e.say(provision.Info, "", "%s, part of it on peers whose memory is not seen from here", what)
	case e.free == 0:
		e.say(provision.Info, "", "%s; how much is free cannot be read here", what)
	case need.Bytes > e.free:
		e.say(provision.Warn, remedy, "%s, and %s are free", what, gib(e.free))
	default:
		e.say(provision.Info, "", "%s, and %s are free", what, gib(e.free))
	}
}

// whatIsFree lists what is free of each device.
func whatIsFree(n plan.Need) string {
	list := make([]string, len(n.Devices))
	for i, d := range n.Devices {
		list[i] = d.Device + " " + gib(d.Free)
	}
	return strings.Join(list, ", ")
}
