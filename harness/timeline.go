package harness

import (
	"fmt"
	"slices"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/trial"
)

// Bounds of a time line. The whole logs are kept beside the database.
const (
	lastLogLines = 40
	kernelLines  = 60 // from the beginning: the first event is the cause
	keptText     = 400
)

// timeLine puts what every process, the kernels, our requests and we ourselves did into one order.
func (l *life) timeLine(a *trial.Attempt, s *account, deaths []death, hosts []tidings) []trial.Moment {
	line := []trial.Moment{{At: a.Began, Source: "ctxcliff", Text: beginning(a)}}
	add := func(at time.Time, source, format string, args ...any) {
		line = append(line, trial.Moment{At: at, Source: source, Text: short(fmt.Sprintf(format, args...))})
	}
	for _, text := range l.clocks() {
		add(a.Began, "ctxcliff", "%s", text)
	}
	for _, t := range lastLines(l.lastWords()) {
		add(t.Time, "server", "%s", t.Text)
	}
	for _, c := range l.peers {
		if c.process == nil {
			continue
		}
		for _, t := range lastLines(c.process.Tail()) {
			add(t.Time, c.name, "%s", t.Text)
		}
	}
	now := time.Now()
	for _, h := range hosts {
		for _, k := range h.kernel[:min(len(h.kernel), kernelLines)] {
			add(k.Wall, h.source(), "%s", k.String())
		}
		if len(h.kernel) > kernelLines {
			add(now, h.source(), "… and %d lines more", len(h.kernel)-kernelLines)
		}
		for _, text := range h.beside {
			add(now, h.source(), "%s", text)
		}
	}
	for _, r := range a.Requests {
		if r.Error != "" && r.Elapsed > 0 {
			add(a.Began.Add(r.Elapsed), "client", "slot %d, after %d prompt tokens: %s", r.Slot, max(r.Position, 0), clientLine(r))
		}
	}
	if s.wave.Silence > 0 {
		add(now, "ctxcliff", "gave up: no progress for %s", s.wave.Silence.Round(time.Millisecond))
	}
	for _, d := range deaths {
		at := d.exit.At
		if at.IsZero() {
			at = now
		}
		add(at, d.who, "ended with %s", d)
	}
	slices.SortStableFunc(line, func(a, b trial.Moment) int { return a.At.Compare(b.At) })
	return line
}

func beginning(a *trial.Attempt) string {
	if len(a.Requests) == 0 {
		return "the start began"
	}
	first := a.Requests[0]
	if len(a.Requests) == 1 {
		return fmt.Sprintf("one prompt of %d tokens (%s)", first.Target, first.Shape)
	}
	return fmt.Sprintf("%d prompts of %d tokens (%s), one in each slot", len(a.Requests), first.Target, first.Shape)
}

// lastWords are the last lines of the server's log.
func (l *life) lastWords() []process.Line {
	if l.server != nil {
		return l.server.Tail()
	}
	return l.tail
}

// clientLine is what a client saw go wrong, in the form in which clients say it.
func clientLine(r trial.Request) string {
	if r.HTTPStatus >= 400 {
		return fmt.Sprintf("HTTP error %d %s: %s", r.HTTPStatus, r.ErrorType, r.Error)
	}
	return r.Error
}

func lastLines(tail []process.Line) []process.Line {
	return tail[max(0, len(tail)-lastLogLines):]
}

// short cuts a line between two characters.
func short(text string) string {
	if len(text) <= keptText {
		return text
	}
	cut := keptText
	for cut > 0 && text[cut]&0xC0 == 0x80 {
		cut--
	}
	return text[:cut] + "…"
}
