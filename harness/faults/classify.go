package faults

import (
	"slices"
	"strings"
)

// Classify names what ended the first process that died unasked, or spoiled an answer, or stopped
// progress. Where the evidence allows no more, the class is the signal's (crash.segv, crash.abort…)
// or unknown, never a guess; the excerpt then holds the last lines of the log. Where nothing went
// wrong it is none, or the benign.* label of the most telling harmless line.
func Classify(e Evidence) Fault {
	c := &call{e: e}
	c.readAll()
	c.firstDead = c.whoDiedFirst()
	for _, f := range c.found {
		c.adjust(f)
	}
	c.addEndings()
	c.addHang()
	c.addOutput()
	c.addSpoilt()
	return c.verdict()
}

// call is one classification under way.
type call struct {
	e         Evidence
	scanners  []*Scanner // of the processes
	tail      []string   // of a pasted log
	found     []*finding
	firstDead int // index into processes; -1 none
}

// Places of findings that belong to no process.
const (
	inKernel = -1
	inText   = -2
	inAnswer = -3
)

func (c *call) readAll() {
	for i, p := range c.e.Processes {
		s := p.Scanner
		if s == nil {
			in := ServerLog
			if p.program() == "rpc-server" {
				in = PeerLog
			}
			s = NewScanner(in)
			for _, line := range p.Log {
				s.Line(line)
			}
		}
		c.scanners = append(c.scanners, s)
		c.take(s, i)
	}
	kernel := NewScanner(KernelLines)
	for _, k := range c.e.Kernel {
		for _, line := range lined(k.Lines) {
			kernel.Line(line)
		}
	}
	c.take(kernel, inKernel)
	if len(c.e.Text) > 0 {
		c.e.Text = pasted(c.e.Text)
		text := NewScanner(anywhere)
		for _, line := range c.e.Text {
			text.Line(line)
		}
		c.take(text, inText)
		c.tail = text.tail.last()
		c.scanners = append(c.scanners, text)
	}
	answers := NewScanner(Answers | ServerLog)
	for _, body := range slices.Concat(c.e.HTTP, bodiesIn(c.e.Text)) {
		answers.Line(errorLine(body))
	}
	c.take(answers, inAnswer)
}

// take copies a scanner's findings, so that it can go on reading.
func (c *call) take(s *Scanner, process int) {
	if len(s.partial) > 0 {
		s.flush()
	}
	for _, f := range s.found {
		own := *f
		own.vars = without(f.vars)
		own.process, own.level, own.class = process, f.rule.Level, f.rule.Class
		c.found = append(c.found, &own)
	}
}

// adjust applies to a finding what only the whole evidence can tell.
func (c *call) adjust(f *finding) {
	r := f.rule
	switch {
	case f.undone:
		f.class, f.level = "benign.fallback", Harmless
	case r.WhenLast && !c.killedWhile(f):
		f.class, f.level = "", Harmless
	case r.Class == "infra.rpc-connect" && c.peerDied(f.process):
		f.class, f.level = "", Harmless
	case r.OnlyFirst && c.worseBefore(f):
		f.class, f.level = "", Harmless
	case r.WhenReady != "" && c.wasReady(f), r.Class == "gpu-oom.runtime" && c.e.Phase == "load":
		if f.class = "load-fail.alloc"; c.e.Phase != "load" {
			f.class = r.WhenReady
		}
	case r.WhenDied != "" && c.diedAfter(f):
		f.class, f.level = r.WhenDied, Hint
	case r.WhenFits != "" && c.e.RequestFits:
		f.class, f.level = r.WhenFits, Survived
	case r.WhenAsked != "":
		if f.level = Harmless; c.e.GPUAsked {
			f.class, f.level = r.WhenAsked, LastWords
		}
	case r.Name == "uncaught" && isDownload(f.vars["what"]):
		f.class = "infra.model-download"
	case r.Name == "uncaught" && isModelFile(f.vars["what"]) && !c.wasReady(f):
		f.class = "load-fail.model-file"
	case r.Name == "grammar" && c.answered():
		f.class, f.level = "server-error.grammar-ignored", Survived
	}
	if f.process >= 0 && c.e.Processes[f.process].StopRequested && strings.HasPrefix(f.class, "crash.") && c.afterTeardown(f) {
		f.class, f.level = "benign.teardown", Harmless-1
	}
	if r.Level == WaitStatus && (c.otherBefore(f) || c.saysRemoteDied(f.process)) {
		f.class, f.level = "", Harmless
	}
	if f.class != "" && (f.namesOther(c.e.Processes) || c.spared(f) || c.foreign(f) || c.sequel(f)) {
		f.class, f.level = "benign.other-process", Harmless-2
	}
}

// diedAfter says whether the finding's process failed: by its own status, or because the log goes on to tell so.
func (c *call) diedAfter(f *finding) bool {
	return f.process >= 0 && c.e.Processes[f.process].failed() || f.process == inText && slices.ContainsFunc(c.found, func(o *finding) bool {
		return o.process == inText && o.line >= f.line && o.rule.Level == WaitStatus && o.class != ""
	})
}

// wasReady says whether the server had been ready before the finding.
func (c *call) wasReady(f *finding) bool {
	switch c.e.Phase {
	case "load":
		return false
	case "prompt", "generation", "idle":
		return true
	}
	s := c.scanner(f.process)
	return s != nil && s.ready != 0 && s.ready < f.line
}

func (c *call) scanner(process int) *Scanner {
	switch {
	case process >= 0:
		return c.scanners[process]
	case process == inText:
		return c.scanners[len(c.scanners)-1]
	}
	return nil
}

// killedWhile is true when the log ends with the finding and SIGKILL came from outside.
func (c *call) killedWhile(f *finding) bool {
	if f.process < 0 {
		return false
	}
	p := c.e.Processes[f.process]
	return p.ended() && !p.StopRequested && p.endedBy() == "SIGKILL" && c.scanners[f.process].lines-f.line < 3
}

// peerDied says whether an rpc-server has ended unasked: then it is no wonder that others find it gone.
func (c *call) peerDied(other int) bool {
	for i, p := range c.e.Processes {
		if i != other && p.program() == "rpc-server" && p.ended() && !p.StopRequested {
			return true
		}
	}
	return false
}

// worseBefore says whether an earlier line of the same log tells of an error already.
func (c *call) worseBefore(f *finding) bool {
	return slices.ContainsFunc(c.found, func(o *finding) bool {
		return o.process == f.process && o.line < f.line && o.rule.Level <= WaitStatus && o.rule.Class != ""
	})
}

// saysRemoteDied is true for the log of a client of an rpc-server that ended itself because that one
// was gone.
func (c *call) saysRemoteDied(process int) bool {
	return slices.ContainsFunc(c.found, func(o *finding) bool {
		return o.process == process && o.class == "rpc.remote-crashed" && o.level == Symptom
	})
}

// otherBefore says whether the lines just before tell of the end of a program that is not ours.
func (c *call) otherBefore(f *finding) bool {
	return slices.ContainsFunc(c.found, func(o *finding) bool {
		return o.process == f.process && o.class == "benign.other-process" && o.line < f.line && f.line-o.line <= 5
	})
}

// afterTeardown is false only when the log shows that the stop came later.
func (c *call) afterTeardown(f *finding) bool {
	return !slices.ContainsFunc(c.found, func(o *finding) bool {
		return o.process == f.process && o.rule.Class == "benign.teardown" && o.line > f.line
	})
}

// whoDiedFirst returns the process that died unasked before the others. A client of an rpc-server
// that says that its remote is gone died later than that one, whatever was noticed first.
func (c *call) whoDiedFirst() int {
	first := -1
	for i, p := range c.e.Processes {
		if !p.ended() || p.StopRequested {
			continue
		}
		if first < 0 || c.before(i, first) {
			first = i
		}
	}
	return first
}

func (c *call) before(i, j int) bool {
	if a, b := c.strength(i), c.strength(j); (a >= Symptom) != (b >= Symptom) {
		return a < b
	}
	a, b := c.e.Processes[i].DeathOrder, c.e.Processes[j].DeathOrder
	return a > 0 && (b == 0 || a < b)
}

// strength is the level of the best that a dead process has to say for itself.
func (c *call) strength(i int) Level {
	best := Harmless
	if c.e.Processes[i].failed() {
		best = WaitStatus
	}
	for _, f := range c.found {
		if f.process == i && (f.level < best || f.class == "rpc.remote-crashed") {
			best = f.level
			if f.class == "rpc.remote-crashed" {
				return Symptom
			}
		}
	}
	return best
}

// addEndings adds the wait status of processes whose logs do not explain it.
func (c *call) addEndings() {
	for i, p := range c.e.Processes {
		if !p.ended() || p.StopRequested {
			continue
		}
		explained := slices.ContainsFunc(c.found, func(f *finding) bool {
			return (f.process == i || f.process == inKernel && f.level <= KernelEvent) && f.class != "" && f.level <= Symptom
		})
		if explained {
			continue
		}
		class, r := p.ending()
		c.found = append(c.found, &finding{rule: &r, class: class, level: WaitStatus, process: i, vars: map[string]string{}, lines: c.scanners[i].tail.last()})
	}
}
