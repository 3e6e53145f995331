package harness

import (
	"context"
	"slices"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/trial"
)

// account is all that the judgement of an attempt goes by. It is kept until the next attempt begins,
// because the kernel may have more to say.
type account struct {
	wave   trial.Wave // Fault, Exit and Who are filled in by the judgement
	when   string     // goes before the name of whoever died: "after the last answer, "
	phase  string
	found  condition
	spoilt []faults.Spoilt
	heard  int // kernel lines that have been considered
}

// conclude gives an attempt its outcome, its fault and its time line, from everything that is known by
// now.
func (l *life) conclude(ctx context.Context, a *trial.Attempt, s *account) {
	deaths := s.found.deaths()
	hosts := l.scene.gather(ctx, len(deaths) > 0)
	s.heard = 0
	for _, h := range hosts {
		s.heard += len(h.kernel)
	}
	f := l.classify(a, s, deaths, kernelLogs(hosts))
	unseen := l.suspect(&f, s.found)
	s.wave.Fault = &f
	if d, died := told(deaths, f.FirstDeath); died {
		s.wave.Exit, s.wave.Who = d.String(), s.when+d.words()
	}
	a.Outcome, a.Reason = s.wave.Conclude()
	a.Reason += unseen + s.found.fromAfar()
	l.excuse(a)
	a.Fault = nil
	if a.Outcome.Bad() || a.Outcome == trial.Warn {
		a.Fault = &f
		if !f.Bad() && len(deaths) == 0 {
			a.Fault = nil // it failed in a way that the evidence has no name for
		}
		a.TimeLine = l.timeLine(a, s, deaths, hosts)
	}
	if a.Outcome.Bad() {
		l.start.Outcome = a.Outcome
	}
	l.account = s
}

// classify puts the evidence of all processes and hosts together.
func (l *life) classify(a *trial.Attempt, s *account, deaths []death, kernel []faults.KernelLog) faults.Fault {
	e := faults.Evidence{
		Phase: s.phase, Position: a.Position(), Spoilt: s.spoilt,
		Kernel:   kernel,
		GPUAsked: l.lab.usesGPU(), RequestFits: fits(a, l.start.ReadBack.SlotContext),
	}
	if s.phase == "load" {
		e.Position = -1
	}
	for _, r := range a.Requests {
		if r.Error != "" {
			e.HTTP = append(e.HTTP, clientLine(r))
		}
	}
	if l.hang != nil {
		e.Hang = &l.hang.Hang
	}
	for _, w := range l.scene.witnesses {
		w.mu.Lock()
		defer w.mu.Unlock()
		e.Processes = append(e.Processes, w.testify(deaths, len(deaths) > 0 || s.phase == "load"))
	}
	return faults.Classify(e)
}

// fits reports whether every prompt was smaller than its slot.
func fits(a *trial.Attempt, slot int) bool {
	return slot > 0 && !slices.ContainsFunc(a.Requests, func(r trial.Request) bool { return r.Target >= slot })
}

// reconsider judges the latest attempt again if the kernel has said something since: a driver may
// notice seconds later what happened. Nothing is lost if it was stored already: it is stored again.
func (l *life) reconsider(keep context.Context) error {
	s := l.account
	if s == nil || l.last == nil || l.last.StartN != l.start.N || !l.last.Outcome.Counts() || l.scene.heard() == s.heard {
		return nil
	}
	return l.amend(keep, s)
}

// amend judges the latest attempt by a new account, and stores it again if that changes anything.
func (l *life) amend(keep context.Context, s *account) error {
	a, of := l.last, l.tried[l.last.CellID]
	outcome, fault := a.Outcome, a.Fault
	l.conclude(keep, a, s)
	if a.Outcome == outcome && sameFault(a.Fault, fault) {
		return nil
	}
	err := l.record(keep, of.cell, a)
	if of.judged {
		l.judge(a.CellID)
	}
	return err
}

func sameFault(a, b *faults.Fault) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Signature == b.Signature
}
