package faults

import (
	"cmp"
	"slices"
	"strings"
)

// keptConsequences bounds what a fault lists as mere consequences.
const keptConsequences = 20

// verdict picks the strongest cause and describes it.
func (c *call) verdict() Fault {
	f := Fault{Phase: c.e.Phase, Position: c.e.Position, FirstDeath: c.firstDeath()}
	causes := slices.DeleteFunc(slices.Clone(c.found), func(x *finding) bool { return x.class == "" })
	if len(causes) == 0 {
		return c.nothing(f)
	}
	slices.SortStableFunc(causes, func(a, b *finding) int {
		return cmp.Or(cmp.Compare(a.level, b.level), cmp.Compare(c.rank(a), c.rank(b)), cmp.Compare(a.line, b.line), cmp.Compare(a.index, b.index))
	})
	cause := causes[0]
	f.classified(cause.class)
	f.Rule, f.Excerpt = cause.rule.Name, cause.lines
	f.name(cause.rule, cause.vars, c.program(cause))
	f.Outcome = c.outcome(cause)
	for _, x := range c.found {
		if x.class == "benign.other-process" && x.process == inKernel {
			f.Tainted = true
		}
		if x != cause && x.level <= Symptom || x.class == "" || x.rule.Class == "" {
			f.followed(x.lines[:min(1, len(x.lines))])
		}
	}
	return f
}

// followed lists lines as consequences: each once, and none that the excerpt has.
func (f *Fault) followed(lines []string) {
	for _, line := range lines {
		if len(f.Consequences) < keptConsequences && !slices.Contains(f.Consequences, line) && !slices.Contains(f.Excerpt, line) {
			f.Consequences = append(f.Consequences, line)
		}
	}
}

// nothing describes evidence without any finding.
func (c *call) nothing(f Fault) Fault {
	f.classified("none")
	f.Title, f.Signature = "nothing found", "none||nothing found"
	f.Excerpt = c.tail
	for _, s := range c.scanners {
		if at := slices.IndexFunc(s.tail.last(), complains); at >= 0 {
			f.classified("benign.noise")
			f.Title, f.Signature, f.Excerpt = "complaints that stopped nothing", "benign.noise||complaints that stopped nothing", s.tail.last()[at:at+1]
			break
		}
	}
	return f
}

// complains says whether the logger of 2026 wrote the line as a warning or an error.
func complains(raw string) bool {
	line := unwrapped([]byte(raw))
	at := stamp(line)
	return at > 0 && (line[at-2] == 'W' || line[at-2] == 'E')
}

// rank orders findings of one level by whose they are: of the process that died first, of the
// others, of what clients saw.
func (c *call) rank(f *finding) int {
	switch {
	case f.process == inAnswer:
		return 3
	case f.process >= 0 && f.process != c.firstDead && c.firstDead >= 0:
		return 2
	case f.process >= 0 && c.firstDead < 0:
		return 1
	}
	return 0
}

// program is the name in front of a title.
func (c *call) program(f *finding) string {
	if f.process >= 0 {
		return c.e.Processes[f.process].program()
	}
	if f.process == inKernel || f.rule.In&KernelLines != 0 && f.rule.In&ServerLog == 0 {
		return ""
	}
	return "llama-server"
}

func (c *call) firstDeath() string {
	if c.firstDead >= 0 {
		return c.e.Processes[c.firstDead].Name
	}
	return "none"
}

func (c *call) outcome(f *finding) Outcome {
	if c.firstDead >= 0 {
		return Died
	}
	alive := slices.ContainsFunc(c.e.Processes, func(p Process) bool { return p.Exit == "running" })
	switch {
	case !alive:
		return UnknownOutcome
	case f.level >= LastWords-5 && f.level <= WaitStatus && strings.HasPrefix(f.class, "crash."):
		return HungAfterAbort
	case strings.HasPrefix(f.class, "gpu-fault."):
		return DeadDevice
	}
	return Lives
}
