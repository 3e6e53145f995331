package faults

import (
	"slices"
	"strings"
)

// foreign reports whether the kernel tells of the death of a process that cannot be one of ours. It names the thread
// that died, and its name, which every llama-server of the host has: then one of ours must have died of that
// signal, and what it executed must have been where the kernel says.
func (c *call) foreign(f *finding) bool {
	if f.rule.Signal == "" || f.process != inKernel || len(c.e.Processes) == 0 {
		return false
	}
	return !slices.ContainsFunc(c.e.Processes, func(p Process) bool {
		return p.mayHaveDiedOf(f.rule.Signal) && p.mayHaveExecuted(f.vars["lib"], f.vars["base"], f.vars["size"])
	})
}

// mayHaveDiedOf is false only where it is known how the process ended, or that it did not.
func (p Process) mayHaveDiedOf(signal string) bool {
	if p.Exit == "running" {
		return p.Dumping
	}
	_, coded := p.code()
	by := p.endedBy()
	return by == signal || by == "" && !coded
}

// mayHaveExecuted is false where a file of that name was mapped, and elsewhere.
func (p Process) mayHaveExecuted(file, base, size string) bool {
	same := func(image string) bool { return strings.HasPrefix(image, file+"[") }
	if file == "" || !slices.ContainsFunc(p.Images, same) {
		return true
	}
	return slices.Contains(p.Images, file+"["+base+"+"+size+"]")
}
