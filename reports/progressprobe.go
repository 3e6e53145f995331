package reports

import (
	"fmt"
	"strings"
	"time"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
)

// probing is where a bisection stands. Its attempts are parts of probes: only those are told.
type probing struct {
	on        bool
	remaining time.Duration // expected after the current probe; 0 not known
	expected  time.Duration // of the current probe; 0 not known
}

func (p *Progress) probeBegan(e trial.ProbeBegan) {
	p.probing = probing{on: true, remaining: seconds(e.Progress.Remaining), expected: e.Expected}
	p.walk.np = e.Line.Configuration.NP
	clear(p.slots)
	p.show(fmt.Sprintf("%s%s: %s, %s", probePlace(e.Probe, e.Progress), p.lineName(e.Line), probeName(e.Probe), clean(e.Probe.Why)))
}

func (p *Progress) probeEnded(e trial.ProbeEnded) {
	p.probing.remaining, p.probing.expected = seconds(e.Progress.Remaining), 0
	clear(p.slots)
	a := e.Answer
	line := fmt.Sprintf("%s%s: %s %s", probePlace(e.Probe, e.Progress), p.lineName(e.Line), probeName(e.Probe), answerWords(e.Probe, a))
	if a.Seconds >= 0.005 {
		line += " " + duration(seconds(a.Seconds))
	}
	if title := strings.TrimSpace(clean(a.Title)); title != "" {
		line += ": " + title
	}
	switch {
	case e.Edge.Exposures > 0:
		line += fmt.Sprintf("; holds up to %s in %s", Edge{Edge: e.Edge}.holds(), count(e.Edge.Exposures, "run"))
	case e.Edge.Status == search.None:
		line += "; nothing holds"
	}
	if p.terminal && (a.Outcome == search.Passed || a.Outcome == search.Refused) {
		p.show(line)
		return
	}
	p.status = ""
	p.say(line + p.eta())
}

// probePlace is [probe 12, 3/8 edges].
func probePlace(q search.Probe, g search.Progress) string {
	return fmt.Sprintf("[probe %d, %d/%d edges] ", q.Seq, g.Finished, g.Cells)
}

func probeName(q search.Probe) string {
	name := string(q.Kind)
	if name != string(q.Path) {
		name += " " + string(q.Path)
	}
	if q.Context > 0 {
		return fmt.Sprintf("%s ctx %d", name, q.Context)
	}
	return fmt.Sprintf("%s %d", name, q.Size)
}

// answerWords say what happened, where it is not that all went well.
func answerWords(q search.Probe, a search.Answer) string {
	switch {
	case a.Outcome == search.Passed && q.Limit:
		return "accepted"
	case a.Outcome == search.Passed && q.Path == search.Chain && a.Cached >= 0 && a.Cached < a.Previous-1:
		return "computed again from the beginning"
	case a.Outcome == search.Passed || a.Outcome == search.Refused || a.Phase == "":
		return string(a.Outcome)
	}
	words := fmt.Sprintf("%s in %s", a.Outcome, a.Phase)
	if a.Position > 0 {
		words += fmt.Sprintf(" at %d", a.Position)
	}
	return words
}

func (p *Progress) questionBegan(e trial.QuestionBegan) {
	p.probing = probing{on: true}
	p.walk.np = e.Question.Scenario.NP
	clear(p.slots)
	p.show(fmt.Sprintf("[run %d] %s: %s", e.Question.Seq, e.Question.Kind, whyOf(e.Question)))
}

// whyOf says why a question is asked, and of which build.
func whyOf(q minimize.Question) string {
	if q.Build == "" {
		return clean(q.Why)
	}
	return clean(q.Build + ", " + q.Why)
}

func (p *Progress) questionEnded(e trial.QuestionEnded) {
	q, a := e.Question, e.Answer
	line := fmt.Sprintf("[run %d] %s: %s: %s %s", q.Seq, q.Kind, whyOf(q), a.Outcome, duration(seconds(a.Seconds)))
	if a.Position > 0 {
		line += fmt.Sprintf(" at %d", a.Position)
	}
	if a.Title != "" {
		line += ": " + clean(a.Title)
	}
	p.status = ""
	p.say(line)
}
