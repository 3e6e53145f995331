package minimize

import "math/bits"

// hunt is one search among builds. Its invariant: bad was seen to break, good to stay clean as often
// as the error allows, and good is older than bad. What cannot be tested is between them, never one of
// them.
type hunt struct {
	*desk
	set   BuildSettings
	clean int
	good  int // index; -1 none yet
	bad   int // index; len(builds) none yet
	state map[int]State
	steps []BuildStep
	sure  float64
	rate  Rate // of the newest, where it was measured
}

func firstBad(set BuildSettings, ask Ask) FirstBad {
	h := &hunt{desk: newDesk(ask, newBug(set.Signatures)), set: set, good: -1, bad: len(set.Builds), state: map[int]State{}, sure: 1}
	h.hours, h.desk.runs = set.Hours, set.Most
	h.bug.fixed = len(set.Signatures) > 0
	if set.Rate > 0 || set.Hits > 0 {
		h.patience()
	}
	h.search()
	return h.result()
}

// patience finds how many clean runs call a build good.
func (h *hunt) patience() {
	steps := bits.Len(uint(len(h.set.Builds) - 1))
	if h.set.Rate > 0 {
		h.clean = CleanSteps(h.set.Rate, steps, h.set.Error)
		return
	}
	h.clean = cleanSteps(h.set.Hits, h.set.Runs, steps, h.set.Error)
}

// luck is the chance that a build which breaks is silent in n runs.
func (h *hunt) luck(n int) float64 {
	if h.set.Rate > 0 {
		return lucky(h.set.Rate, n)
	}
	return silence(h.set.Hits, h.set.Runs, n)
}

func (h *hunt) search() {
	if !h.newest() {
		return
	}
	for h.back() {
		h.bisect()
		if h.confirmed() {
			return
		}
	}
}

// newest finds the newest build that can be tested. It must break.
func (h *hunt) newest() bool {
	for i := len(h.set.Builds) - 1; i >= 0 && h.ended == ""; i-- {
		switch h.first(i) {
		case There:
			return true
		case Gone:
			h.ended = "the newest build that can be tested does not break"
			return false
		}
	}
	h.ended = orElse(h.ended, "no build can be tested")
	return false
}

// first looks at a build that must break, and measures how often it does where that is not known yet.
func (h *hunt) first(i int) State {
	if h.clean > 0 {
		return h.look(Step, i, "the newest must break")
	}
	name, before := h.set.Builds[i], h.used
	hits, runs, _ := h.gaugeOn(Measure, h.set.Scenario, name, howOften, true)
	if hits < runs && hits > 0 {
		hits, runs = h.measureOn(name, hits, runs)
	}
	state := Gone
	switch t := h.of(Measure, h.set.Scenario, name, ""); {
	case hits > 0:
		state, h.bad = There, min(h.bad, i)
		h.set.Hits, h.set.Runs, h.rate = hits, runs, rateOf(hits, runs)
		h.patience()
	case t.Unfit, t.Others > 0:
		state = Untested
	}
	if h.desk.ended != "" {
		return Undecided
	}
	h.state[i] = state
	h.steps = append(h.steps, BuildStep{name, state, h.used - before})
	return state
}

const howOften = "how often does the newest break"

// A flaky bug is measured longer: what is known too roughly asks for many more clean runs of every build that
// is good. Of one that breaks at .3 this saves half of all runs.
const (
	flakyHits = 10
	mostRuns  = 40
)

// measureOn goes on measuring.
func (h *hunt) measureOn(name string, hits, runs int) (int, int) {
	for hits < flakyHits && runs < mostRuns {
		switch got, _ := h.run(Measure, h.set.Scenario, name, howOften); got {
		case hit:
			hits, runs = hits+1, runs+1
		case clean:
			runs++
		default: // another bug, or the end
			return hits, runs
		}
	}
	return hits, runs
}

// back goes back from bad, each time twice as far, until a build is clean. Bugs are mostly young,
// and a build that breaks takes fewer runs than one that does not. It reports whether there is anything
// to bisect.
func (h *hunt) back() bool {
	for from, distance := h.bad, 1; h.good < 0 && h.ended == ""; distance *= 2 {
		i := max(0, from-distance)
		for ; i >= 0 && h.look(Step, i, "going back") == Untested; i-- {
		}
		if i < 0 {
			return true // nothing older can be tested, but what is between may be
		}
		if i == 0 && h.state[0] == There {
			h.ended = oldestBreaks
		}
	}
	return h.ended == ""
}

const oldestBreaks = "the oldest build that can be tested breaks as well"

// bisect narrows good and bad down to neighbours, builds that cannot be tested aside.
func (h *hunt) bisect() {
	for h.ended == "" {
		i := h.middle()
		if i < 0 {
			if h.good < 0 {
				h.ended = oldestBreaks
			}
			return
		}
		h.look(Step, i, "between good and bad")
	}
}

// middle is the build nearest to the middle that was not looked at; -1 when there is none.
func (h *hunt) middle() int {
	mid := (h.good + h.bad) / 2
	for d := 0; d < h.bad-h.good; d++ {
		for _, i := range []int{mid - d, mid + d} {
			if i > h.good && i < h.bad && h.state[i] == "" {
				return i
			}
		}
	}
	return -1
}

// older is how many builds before the one found good are looked at in the end.
const older = 2

// confirmed looks at builds older than the one found good: one that breaks says that good was luck, or
// that the bug came and went; then the search goes on before it.
func (h *hunt) confirmed() bool {
	for i, left := h.good-1, older; i >= 0 && left > 0 && h.ended == ""; i-- {
		switch h.look(Verify, i, "older than the one found good") {
		case There:
			h.good = -1
			for k := range i {
				if h.state[k] == Gone {
					h.good = k
				}
			}
			return false
		case Gone:
			left--
		}
	}
	return true
}

// look judges a build, once.
func (h *hunt) look(kind Kind, i int, why string) State {
	if s := h.state[i]; s != "" {
		return s
	}
	name := h.set.Builds[i]
	before := h.used
	s, cleans := h.judge(kind, h.set.Scenario, name, why, h.clean)
	if h.desk.ended != "" {
		return Undecided
	}
	if s == Undecided { // another bug is in the way: as good as untested
		s = Untested
	}
	h.state[i] = s
	h.steps = append(h.steps, BuildStep{name, s, h.used - before})
	switch s {
	case There:
		h.bad = min(h.bad, i)
	case Gone:
		h.good = max(h.good, i)
		h.sure *= 1 - h.luck(cleans)
	}
	return s
}

func (h *hunt) result() FirstBad {
	r := FirstBad{Sure: h.sure, Rate: h.rate, Steps: h.steps, Clean: h.clean, Runs: h.used, Hours: h.second / 3600, Ended: h.desk.ended}
	if h.bad < len(h.set.Builds) {
		r.Bad = h.set.Builds[h.bad]
	}
	if h.good >= 0 {
		r.Good = h.set.Builds[h.good]
		r.Between = append(r.Between, h.set.Builds[h.good+1:max(h.good+1, min(h.bad, len(h.set.Builds)))]...)
	}
	return r
}
