package search

// Search is the state of one cell: what was asked and seen, and what follows from it. All of it
// is folded from answers, one after the other; the same answers give the same state.
type Search struct {
	cell  Cell
	set   Settings
	floor int
	step  int

	passes   []pass
	crashes  []crash
	records  []Record
	bugs     []Bug
	latency  Latency
	busy     float64 // seconds of all its probes
	hanging  bool
	loose    int // failures that say nothing about a length: of an idle server, of a load
	unproven int // cold prompts in a row for which the server used its cache

	smoked  int // smoke sizes answered
	edge    acceptance
	climbed bool // the first scout (or climb) is over
	noReuse bool // a chain found its prefix not cached
	n       int  // candidate
	check   int  // size of the check that is due; 0 when none
	smoky   bool // it is of a smoke's crash: a chain
	recheck *Probe
	vague   int    // crashes without a position since the last locate
	locate  *bound // bisection in progress
	located bool   // some bisection ran for want of positions
	drift   bool
	ctx     growth // axis ctx only
	oom     bool   // the configuration does not load for want of memory

	failing int    // trouble of the lab in a row
	lost    int    // hosts lost in a row
	gaveUp  string // why the search was left; empty while it goes on
	asked   int    // answers so far, all of them
	told    int    // of these, answers that say something
	memo    memo
}

// bound is what a bisection still has between a size that passed and one that broke.
type bound struct{ low, high int }

// wish is what a cell would like to ask next.
type wish struct {
	stage stage
	probe Probe
}

// stage orders the wishes of the cells that share a server.
type stage int

const (
	stageNone stage = iota
	stageSmoke
	stageLimit
	stageScout
	stageLocate
	stageConfirm
	stageSpot
	stageCheck // last: most likely to crash, and its reload may be the next configuration's load
)

// newSearch begins a cell; settings have their defaults and are valid.
func newSearch(cell Cell, set Settings) *Search {
	s := &Search{cell: cell, set: set, floor: floorOf(cell, set)}
	s.step = stepOf(cell.Ceiling, set.Resolution)
	s.n = cell.Ceiling
	s.edge.high = cell.Ceiling + 1
	if set.Axis == AxisTokens {
		s.edge.low = min(cell.Accepts, cell.Ceiling)
		s.edge.done = cell.Accepts >= cell.Ceiling
	}
	return s
}

// top is the largest size still looked at: the ceiling, or what the server accepts.
func (s *Search) top() int { return min(s.cell.Ceiling, s.edge.high-1) }

// maxProbes ends a search whatever it is told.
func (s *Search) maxProbes() int { return 100 + 10*s.set.Exposures }

// want is the next question of this cell on its way to target exposures; stageNone when it has
// them, or is finished.
func (s *Search) want(target int) wish {
	switch status := s.status(); {
	case status == Confirmed:
		return s.wantSpot()
	case status != "":
		return wish{}
	}
	if s.recheck != nil {
		again := *s.recheck
		again.Kind, again.Fresh = Recheck, true
		again.Why = "a crash of a server that has served much, once more on a fresh one"
		return s.wish(stageCheck, again)
	}
	if s.set.Axis == AxisCtx {
		return s.wantCtx(target)
	}
	if size, ok := s.nextSmoke(); ok {
		return s.wish(stageSmoke, s.cold(Smoke, size, "does anything work"))
	}
	if size, why := s.edge.next(s.top()); size > 0 {
		probe := s.cold(Limit, size, why)
		probe.Limit = true
		return s.wish(stageLimit, probe)
	}
	switch {
	case s.n < s.floor:
		return s.wish(stageCheck, s.checking())
	case s.locate != nil:
		middle := s.locate.low + (s.locate.high-s.locate.low)/2
		return s.wish(stageLocate, s.cold(Locate, max(middle, min(s.floor, s.locate.high-1)), "no position is known: bisect"))
	case !s.climbed && s.noReuse:
		return s.wish(stageScout, s.cold(Climb, s.n, "the cache cannot be reused: all at once"))
	case !s.climbed:
		return s.wish(stageScout, s.scout(Scout, s.n, "grow until it breaks"))
	case len(s.counted(s.n)) < min(target, s.needed()):
		return s.wantConfirm()
	case s.check > 0 && target >= min(s.needed(), lateCheck):
		return s.wish(stageCheck, s.checking())
	}
	return wish{}
}

// checking is the crash once more, on the path that it was not on.
func (s *Search) checking() Probe {
	if s.smoky && !s.noReuse {
		return s.scout(Check, s.check, "does the crash come back in a prompt that grows")
	}
	return s.cold(Check, s.check, "does the crash come back in a cold prompt")
}

// lateCheck is the number of exposures before a check at most. It will most likely crash: asked last, it
// costs no reload of its own, and where it lowers the candidate most exposures count for the new one as well.
const lateCheck = 9

// wantConfirm asks for an exposure at the candidate on the path that has fewer.
func (s *Search) wantConfirm() wish {
	counting := s.counted(s.n)
	chains, colds := countPath(counting, Chain), countPath(counting, Cold)
	if !s.noReuse && chains <= colds && len(counting) > 0 {
		return s.wish(stageConfirm, s.scout(Confirm, s.n, "an exposure at the candidate, growing"))
	}
	probe := s.cold(Confirm, s.n+s.tail(), "an exposure at the candidate, all at once")
	probe.Fresh = s.unproven > 0
	return s.wish(stageConfirm, probe)
}

// tail is what a cold exposure is longer than the candidate, below a usual micro-batch and below what broke:
// candidates are round numbers, and a fault may need a last micro-batch of some other length.
func (s *Search) tail() int {
	room := min(s.top(), s.shortest()-1) - s.n
	if s.set.Axis == AxisCtx || room <= 0 {
		return 0
	}
	return min(int((seed(s.cell.Key, 0)+197*uint64(len(s.passes)))%512), room)
}

func (s *Search) wish(at stage, p Probe) wish {
	p.Cell, p.Config, p.Exposure = s.cell.Key, s.cell.Config, s.asked+1
	if s.set.Axis == AxisCtx {
		p.Context = p.Size
	}
	return wish{stage: at, probe: p}
}

func (s *Search) cold(kind Kind, size int, why string) Probe {
	return Probe{Kind: kind, Path: Cold, Size: size, Tokens: s.tokensOf(size), Why: why}
}

func (s *Search) scout(kind Kind, size int, why string) Probe {
	return Probe{Kind: kind, Path: Chain, Size: size, Tokens: s.tokensOf(size), Reply: s.set.Reply, Why: why}
}

// steps are the requests of a chain, the same again after one that was interrupted. They are worked out for
// the probe that is asked, not for every one that might have been.
func (s *Search) steps(p Probe) []int {
	return chain(p.Tokens, s.step, p.Kind == Scout, s.cell.Key, s.told)
}

// smokeSizes are the cold prompts that come before anything long.
var smokeSizes = [...]int{2048, 8192}

// nextSmoke is the next small prompt below the top.
func (s *Search) nextSmoke() (int, bool) {
	if s.climbed || s.smoked >= len(smokeSizes) || smokeSizes[s.smoked] >= s.top() {
		return 0, false
	}
	return smokeSizes[s.smoked], true
}

// status is empty while the search goes on.
func (s *Search) status() Status {
	searching := s.locate != nil || !s.climbed || s.check > 0 || s.recheck != nil
	switch {
	case s.n < s.floor && s.check == 0:
		return None
	case s.gaveUp != "":
		return Inconclusive
	case !searching && len(s.counted(s.n)) >= s.needed():
		return Confirmed
	}
	return ""
}

// needed is the number of exposures that this cell's claim takes.
func (s *Search) needed() int { return s.set.Exposures }
