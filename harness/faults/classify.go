package faults

import (
	"fmt"
	"strings"
)

// Classify names what ended the first process that died unasked. Where the evidence allows no more,
// the class is the signal's (crash.segv, crash.abort…) or unknown, never a guess; the excerpt then
// holds the last lines of the log.
func Classify(e Evidence) Fault {
	f := Fault{Class: "unknown", Phase: e.Phase, Position: e.Position, FirstDeath: "none"}
	p, died := firstDeath(e.Processes)
	if !died {
		return finish(f, "no process died", "")
	}
	f.FirstDeath, f.Component, f.Excerpt = p.Name, programs[p.Name], lastLines(p.Log, 20)
	if f.Component == "" {
		f.Component = "rpc-server"
	}
	for _, r := range rules {
		if line, ok := r.find(p.Log); ok {
			f.Class, f.Excerpt = r.class, []string{line}
			return finish(f, r.title(line), f.Component)
		}
	}
	if class, ok := signalClasses[p.Signal]; ok {
		f.Class = class
	}
	return finish(f, endedBy(p), f.Component)
}

var programs = map[string]string{"server": "llama-server"}

// signalClasses follow section 1.3 of the taxonomy. SIGKILL is not among them: without a kernel line
// nobody knows who sent it.
var signalClasses = map[string]string{
	"SIGSEGV": "crash.segv", "SIGABRT": "crash.abort", "SIGILL": "crash.ill", "SIGBUS": "crash.bus",
}

func firstDeath(ps []Process) (Process, bool) {
	for _, p := range ps {
		if p.Exit != "running" && !p.StopRequested {
			return p, true
		}
	}
	return Process{}, false
}

func endedBy(p Process) string {
	switch {
	case p.Signal != "" && p.SignalInferred:
		return fmt.Sprintf("ended by %s (as its wrapper's %s says)", p.Signal, strings.Replace(p.Exit, ":", " ", 1))
	case p.Signal != "":
		return "ended by " + p.Signal
	}
	return "ended with " + strings.Replace(p.Exit, ":", " ", 1)
}

// finish puts the title together. The signature is the title with what varies taken out.
func finish(f Fault, what, component string) Fault {
	f.Category, _, _ = strings.Cut(f.Class, ".")
	f.Title = what
	if component != "" {
		f.Title = component + ": " + what
	}
	if f.Phase != "" {
		f.Title += " (" + f.Phase + ")"
	}
	f.Title = cut(f.Title, 120)
	f.Signature = cut(f.Class+"|"+component+"|"+normalise(what), 120)
	return f
}

func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "")
}

func lastLines(log []string, n int) []string { return log[max(0, len(log)-n):] }
