package reports

import (
	"fmt"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// walk knows how far a run has come. A visit is one start's worth of attempts at a cell; within a
// configuration every cell gets its first visit before any gets its second.
type walk struct {
	plan     plan.Plan
	settings trial.Settings
	forecast Forecast
	at       map[string]int // index of each configuration, by id
	past     []int          // visits of each configuration that earlier sessions finished

	here    int // index of the configuration that is being walked
	visits  int // begun in it, in this session or finished in an earlier one
	np      int
	cell    plan.Cell
	attempt int  // of the current visit, that is running or was the last
	over    bool // the current visit will have no further attempt
	running bool

	began, attemptAt time.Time
	measured, loaded time.Duration // spent in attempts, in loading
	done             int           // visits ended in all configurations
}

func (w *walk) begin(e trial.RunBegan, now time.Time) {
	*w = walk{plan: e.Plan, settings: e.Run.Settings, began: now, at: map[string]int{}, past: make([]int, len(e.Plan.Configurations)), forecast: w.forecast}
	for i, c := range e.Plan.Configurations {
		if c.Configuration.NP > 0 {
			w.at[c.Configuration.ID()] = i
		}
		for _, cell := range c.Cells {
			if past := e.Past[cell.ID()]; past != nil {
				w.past[i] += min(past.Whole, w.settings.Starts)
			}
		}
	}
	if len(w.past) > 0 {
		w.visits = w.past[0]
	}
}

func (w *walk) attemptBegan(c plan.Cell, a trial.Attempt, now time.Time) {
	if c.Configuration.NP <= 0 {
		return
	}
	if i, ok := w.at[c.Configuration.ID()]; ok && i != w.here {
		w.here, w.visits = i, w.past[i] // whatever was left of the one before will not come
	}
	if a.N <= 1 {
		w.visits++
		w.done++
	}
	w.cell, w.np, w.attempt, w.over, w.running, w.attemptAt = c, c.Configuration.NP, a.N, false, true, now
}

// ready takes in a load. The attempt that it was for begins only now.
func (w *walk) ready(configuration string, load time.Duration, now time.Time) {
	w.forecast.LearnLoad(configuration, load)
	w.loaded += load
	w.attemptAt = now
}

func (w *walk) attemptEnded(c plan.Cell, a trial.Attempt) {
	if w.running {
		w.measured += a.Elapsed
		w.forecast.Learn(c, a)
	}
	w.running = false
	w.over = a.Outcome.Bad() || !a.Outcome.Counts() || a.N >= w.settings.Attempts
}

// place is "[3/24] ": visits begun, of all; empty when the plan is not known.
func (w *walk) place() string {
	total, before := 0, 0
	for i, c := range w.plan.Configurations {
		if i < w.here {
			before += w.visitsOf(c)
		}
		total += w.visitsOf(c)
	}
	if total == 0 {
		return ""
	}
	return fmt.Sprintf("[%d/%d] ", min(before+w.visits, total), total)
}

func (w *walk) visitsOf(c plan.Work) int { return len(c.Cells) * max(1, w.settings.Starts) }

// left is the time until the run ends, loads and what else each visit was seen to cost included. It
// is false before anything was measured.
func (w *walk) left(now time.Time) (time.Duration, bool) {
	if !w.forecast.knows() || len(w.plan.Configurations) == 0 {
		return 0, false
	}
	if w.settings.Attempts > 1 && len(w.forecast.all.later) == 0 && w.done <= 1 && !w.over {
		return 0, false // a second attempt may take a hundredth of the first, or as long: wait for one
	}
	seconds, visits := 0.0, 0
	for i := w.here; i < len(w.plan.Configurations); i++ {
		work := w.plan.Configurations[i]
		all, from := w.visitsOf(work), 0
		if i == w.here {
			from = min(w.visits, all)
		} else {
			from = min(w.past[i], all)
		}
		for c, cell := range work.Cells {
			seconds += float64(turns(from, all, c, len(work.Cells))) * w.forecast.visit(cell, w.settings.Attempts)
		}
		visits += all - from
		starts := float64(all - from)
		if w.settings.Isolation == "config" {
			starts /= float64(max(1, len(work.Cells)))
		}
		seconds += starts * w.forecast.load(work.Configuration.ID())
	}
	seconds += float64(visits) * w.overhead(now)
	return inSeconds(seconds + w.thisVisit(now)), true
}

// turns is how many of the visits from (counted from 0) to all are those of the cell at index c of n, in turns.
func turns(from, all, c, n int) int {
	before := func(v int) int { return (v + n - 1 - c) / n } // of the first v visits
	return before(all) - before(from)
}

// thisVisit is what is left of the current one.
func (w *walk) thisVisit(now time.Time) float64 {
	seconds, next := 0.0, w.attempt+1
	if w.running {
		seconds = max(0, w.forecast.attempt(w.cell, w.attempt)-now.Sub(w.attemptAt).Seconds())
	} else if w.over {
		return 0
	}
	if next <= 1 {
		seconds, next = seconds+w.forecast.attempt(w.cell, 1), 2
	}
	return seconds + float64(max(0, w.settings.Attempts+1-next))*w.forecast.attempt(w.cell, 2)
}

// overhead is what a visit costs beside loading and attempts: stopping, settling, warming up.
func (w *walk) overhead(now time.Time) float64 {
	if w.done == 0 {
		return 0
	}
	rest := now.Sub(w.began) - w.measured - w.loaded
	if w.running {
		rest -= now.Sub(w.attemptAt)
	}
	return max(0, rest.Seconds()/float64(w.done))
}
