package reports

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// Progress tells people what is going on: one line that keeps changing on a terminal, plain lines
// elsewhere. It may be told of events from several goroutines. It writes no colours, and nothing
// of it is needed to understand the results.
type Progress struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	width    int
	now      func() time.Time

	several bool // targets are tested in this run
	walk    walk
	probing probing
	drawn   string    // what stands in the status line; "" nothing
	status  string    // what should stand there
	phase   string    // loading, warm-up; "" the attempt itself
	since   time.Time // when the attempt or the load that the status is about began
	drawnAt time.Time
	slots   map[int]trial.Progress // latest of each slot in this attempt
	printed time.Time              // when the last plain line was written
}

const (
	redraw    = 100 * time.Millisecond // a person reads no faster
	heartbeat = time.Minute            // without a line for that long, a log looks dead
)

// NewProgress reports to w. On a terminal, width is the number of its columns; the time comes in as
// a function.
func NewProgress(w io.Writer, terminal bool, width int, now func() time.Time) *Progress {
	if width <= 0 {
		width = 80
	}
	return &Progress{w: w, terminal: terminal, width: width, now: now, slots: map[int]trial.Progress{}}
}

// Observe takes in an event. Errors of the writer are ignored: progress is not worth a run.
func (p *Progress) Observe(e trial.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := e.(type) {
	case trial.RunBegan:
		p.several = len(e.Run.Others) > 0
		p.walk.begin(e, p.now())
	case trial.ProbeBegan:
		p.probeBegan(e)
	case trial.ProbeEnded:
		p.probeEnded(e)
	case trial.QuestionBegan:
		p.questionBegan(e)
	case trial.QuestionEnded:
		p.questionEnded(e)
	case trial.StartBegan:
		if p.probing.on {
			return
		}
		p.phase = "loading"
		p.show(fmt.Sprintf("start %d: loading %s", e.Start.N, e.Start.Configuration))
	case trial.Ready:
		p.walk.ready(e.Start.Configuration, e.Start.Load, p.now())
		p.enter("")
	case trial.AttemptBegan:
		p.attemptBegan(e)
	case trial.Progress:
		p.slots[e.Slot] = e
		p.tick()
	case trial.AttemptEnded:
		p.attemptEnded(e)
	case trial.StartEnded:
		if !e.Start.Requested && e.Start.Exit != "" {
			p.say(fmt.Sprintf("start %d ended by itself: %s", e.Start.N, e.Start.Exit))
		}
	case trial.Note:
		p.say("note: " + e.Text)
	case trial.RunEnded:
		p.clear()
	}
}

// Redraw brings elapsed time and ETA up to date. Call it every second or so while a load or a long
// batch sends no events; it never writes a plain line before its time has come.
func (p *Progress) Redraw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tick()
}

// Close takes the status line away, for a run that ended without saying so.
func (p *Progress) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

func (p *Progress) attemptBegan(e trial.AttemptBegan) {
	clear(p.slots)
	if p.probing.on {
		return
	}
	if e.Attempt.Warmup {
		p.enter("warm-up")
		return
	}
	p.walk.attemptBegan(e.Cell, e.Attempt, p.now())
	p.enter(p.phase) // still loading, if a start began and is not ready
}

// enter shows what the current attempt is doing: loading, warming up, or the attempt itself.
func (p *Progress) enter(phase string) {
	p.phase = phase
	if !p.walk.running {
		return
	}
	if phase == "" {
		phase = fmt.Sprintf("attempt %d", p.walk.attempt)
	}
	p.show(fmt.Sprintf("%s%s: %s", p.walk.place(), p.cellName(p.walk.cell), phase))
}

func (p *Progress) attemptEnded(e trial.AttemptEnded) {
	a := e.Attempt
	clear(p.slots)
	if p.probing.on {
		return
	}
	if a.Warmup {
		p.walk.attemptAt = p.now()
		p.enter("")
		return
	}
	p.walk.attemptEnded(e.Cell, a)
	p.phase = ""
	row := attemptOf(a)
	line := fmt.Sprintf("%s%s: attempt %d%s %s %s", p.walk.place(), p.cellName(e.Cell), a.N, temperature(row), a.Outcome, duration(a.Elapsed))
	if row.Cold && row.PP > 0 {
		line += fmt.Sprintf("  pp %.0f t/s", row.PP)
	}
	passed := a.Outcome == trial.Pass || a.Outcome == trial.Refused
	if reason := strings.TrimSpace(clean(a.Reason)); !passed && reason != "" {
		line += "  " + reason
	}
	if p.terminal && passed {
		p.show(line)
		return
	}
	p.say(line + p.eta())
}

func temperature(a Attempt) string {
	switch {
	case a.Cached:
		return " (cached)"
	case a.Cold:
		return " (cold)"
	}
	return ""
}

// cellName is short: np2_ps16k natural 8000, behind its target where the run has several.
func (p *Progress) cellName(c plan.Cell) string {
	conf := c.Configuration
	if conf.NP <= 0 {
		return "unknown cell"
	}
	return fmt.Sprintf("%s %d", p.lineName(plan.Line{Configuration: conf, Shape: c.Shape}), c.Tokens)
}

func (p *Progress) lineName(l plan.Line) string {
	conf, target := l.Configuration, ""
	if t := conf.Target; p.several {
		target = oneLine(" ", t.ModelName(), t.Backend, t.Topology.String()) + " "
	}
	return fmt.Sprintf("%snp%d_ps%s %s", target, conf.NP, plan.Label(conf.Ctx/max(1, conf.NP)), clean(l.Shape.String()))
}

func (p *Progress) eta() string {
	if p.probing.on {
		left := p.probing.remaining
		if p.probing.expected > 0 {
			left += max(0, p.probing.expected-p.now().Sub(p.since))
		}
		if left < time.Second {
			return ""
		}
		return "  ETA " + left.Round(time.Second).String()
	}
	if left, ok := p.walk.left(p.now()); ok {
		return "  ETA " + max(left, time.Second).Round(time.Second).String()
	}
	return ""
}

// show makes text the status line. Elsewhere than on a terminal nothing is written yet.
func (p *Progress) show(text string) {
	p.status, p.since = text, p.now()
	p.draw()
}

// say writes a line that stays.
func (p *Progress) say(text string) {
	p.erase()
	io.WriteString(p.w, strings.TrimRight(clean(text), " ")+"\n")
	p.printed = p.now()
	p.draw()
}

// tick redraws when enough time has passed; in a log, it writes a sign of life.
func (p *Progress) tick() {
	now := p.now()
	switch {
	case p.terminal && now.Sub(p.drawnAt) >= redraw:
		p.draw()
	case !p.terminal && p.status != "" && now.Sub(later(p.printed, p.since)) >= heartbeat:
		p.say(p.line())
	}
}

// line is the status with what changes while it stands: share, elapsed time, ETA.
func (p *Progress) line() string {
	line := clean(p.status)
	if done, total := p.processed(); total > 0 {
		line += fmt.Sprintf("  %d %%", done*100/total)
	}
	if d := p.now().Sub(p.since); d >= time.Second {
		line += "  " + d.Truncate(time.Second).String()
	}
	return line + p.eta()
}

// processed sums over the slots; slots that have not begun yet count with the size of the others.
func (p *Progress) processed() (done, total int) {
	largest := 0
	for _, s := range p.slots {
		done += min(s.Processed, s.Total)
		largest = max(largest, s.Total)
		total += s.Total
	}
	return done, max(total, largest*p.walk.np)
}

func (p *Progress) draw() {
	if !p.terminal || p.status == "" {
		return
	}
	line := shorten(p.line(), p.width-1, "…")
	p.drawnAt = p.now()
	if line != p.drawn {
		io.WriteString(p.w, "\r\x1b[K"+line)
		p.drawn = line
	}
}

// erase takes the status line off the screen; it comes back with the next draw.
func (p *Progress) erase() {
	if p.drawn != "" {
		io.WriteString(p.w, "\r\x1b[K")
		p.drawn = ""
	}
}

func (p *Progress) clear() {
	p.erase()
	p.status = ""
}
