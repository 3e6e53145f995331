package faults

import (
	"slices"
	"strconv"
)

// spared reports whether a kill for lack of memory was of somebody else's process. The kernel's log names the dead
// by number and name. A container does not know by which numbers the kernel calls its processes, and a name is
// everybody's who runs the same program: then it must have been SIGKILL that ended one of ours, and a control
// group of ours that counted a kill. Where none counts, the title says how little is known.
func (c *call) spared(f *finding) bool {
	if f.rule.Class != "infra.oom-kill" || f.rule.In&KernelLines == 0 || f.process != inKernel || len(c.e.Processes) == 0 {
		return false
	}
	switch ours, known := c.named(f.pids); {
	case ours:
		return false
	case known, !c.anyKilled():
		return true
	}
	switch c.kills() {
	case SomeKills:
		return false
	case NoKills:
		return true
	}
	if comm := first(f.vars, "comm", "comm2", "comm3"); comm != "" {
		f.vars["unsure"] = "a " + comm + " of its host, perhaps not ours"
	}
	return false
}

// named reports whether any of the numbers is that of a process of ours; known is that none can be.
func (c *call) named(pids []string) (ours, known bool) {
	known = len(pids) > 0 && len(pids) < keptPIDs
	for _, p := range c.e.Processes {
		ours = ours || p.PID > 0 && slices.Contains(pids, strconv.Itoa(p.PID))
		known = known && p.PID > 0
	}
	return ours, known && !ours
}

// anyKilled reports whether a process of ours may have been ended by SIGKILL that nobody of us sent. An early
// killer in user space asks with SIGTERM first.
func (c *call) anyKilled() bool {
	return slices.ContainsFunc(c.e.Processes, func(p Process) bool {
		_, coded := p.code()
		signal := p.endedBy()
		return p.Exit != "running" && (signal == "SIGKILL" || signal == "SIGTERM" || signal == "" && !coded)
	})
}

// kills is what the control groups of all hosts counted.
func (c *call) kills() Kills {
	all := NoKills
	for _, k := range c.e.Kernel {
		switch k.Kills {
		case SomeKills:
			return SomeKills
		case KillsUnknown:
			all = KillsUnknown
		}
	}
	return all
}
