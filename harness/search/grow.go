package search

import "math"

// growth is what axis ctx knows besides: which contexts load at all, and what positions crashes
// had. A position found in one context need not hold in another, so it is only a hint: the size
// that it suggests is tried first.
type growth struct {
	low, high int     // contexts: largest that loaded, smallest that did not; 0 when none
	why       Limiter // of high
	tried     bool    // the ceiling was tried
	hint      int
	positions []int // of crashes, in context tokens
}

func (g *growth) loaded(size int) {
	g.tried = true
	g.low = max(g.low, size)
}

func (g *growth) failed(size int, why Limiter) {
	g.tried = true
	if g.high == 0 || size < g.high {
		g.high, g.why = size, why
	}
	g.low = min(g.low, g.high-1)
}

// loads brings the candidate into what loads, once that is known. Nothing loads: no candidate.
func (s *Search) loads() {
	if s.ctx.high > 0 {
		s.n = min(s.n, s.ctx.high-1)
	}
	if s.ctx.tried && s.ctx.high > 0 && s.ctx.next(s.floor, s.cell.Ceiling, s.set.Resolution) == 0 {
		s.n = min(s.n, s.ctx.low)
	}
}

// loadBroke takes a start that failed at a context: it says how much fits, not how long a prompt
// may be.
func (s *Search) loadBroke(p Probe, a Answer) {
	why := ByMemory
	if a.Outcome != Memory {
		why = ByFault
		s.loose++
		s.blame(a, crash{})
	}
	s.ctx.failed(p.Size, why)
	s.loads()
	s.after(p)
}

// next is the context to load next, 0 when the edge of what loads is known to within width; 0 asks for
// two percent. While the two ends are far apart, the guess lies between them as on a logarithmic scale:
// memory may give out anywhere from the floor on.
func (g *growth) next(floor, ceiling, width int) int {
	switch {
	case !g.tried:
		return ceiling
	case g.high == 0:
		return 0
	case g.low == 0 && g.high > floor:
		return floor
	case g.low == 0 || g.high-g.low <= max(orElse(width, g.high/50), 1):
		return 0
	case g.high/4 > g.low:
		return int(math.Sqrt(float64(g.low) * float64(g.high)))
	}
	return g.low + (g.high-g.low)/2
}

// wantCtx is [Search.want] where the context itself grows. Loads are searched first, because a
// context that does not fit is told by a start and a short prompt. Then the largest that loads is
// filled, and only if that breaks smaller ones are.
func (s *Search) wantCtx(target int) wish {
	if size := s.ctx.next(s.floor, s.cell.Ceiling, s.set.Resolution); size > 0 {
		probe := s.cold(Limit, size, "does the server load with this context")
		probe.Tokens, probe.Limit = min(probe.Tokens, smokeSizes[0]), true
		return s.wish(stageLimit, probe)
	}
	switch {
	case s.locate != nil:
		size := s.locate.low + (s.locate.high-s.locate.low)/2
		if s.ctx.hint > s.locate.low && s.ctx.hint < s.locate.high {
			size = s.ctx.hint
		}
		return s.wish(stageLocate, s.cold(Locate, max(size, min(s.floor, s.locate.high-1)), "between a context that held and one that broke"))
	case !s.climbed:
		return s.wish(stageScout, s.cold(Climb, s.n, "the largest context that loads"))
	case len(s.counted(s.n)) < min(target, s.needed()):
		return s.wantConfirm()
	}
	return wish{}
}

// crashed takes a crash on axis ctx: bisect between the largest context that held and this one,
// with the position as the first guess. The same position in two contexts, and no longer prompt
// that passed in any, makes it a fault of the position, and ends the search.
func (g *growth) crashed(s *Search, p Probe, a Answer) {
	s.n = min(s.n, s.keep(p.Size))
	g.hint = 0
	if a.Phase == Prefill && a.Position > 0 {
		at := s.sizeOf(a.Position)
		for _, other := range g.positions {
			if within(at, other, s.sizeOf(s.set.Batch)+at/50) && s.bestCold(never) <= at+s.sizeOf(s.set.Batch) {
				last := &s.crashes[len(s.crashes)-1]
				last.danger = min(last.danger, at, other)
				last.upper = min(last.upper, last.danger+s.sizeOf(s.set.Batch))
				s.n, s.locate, s.memo = min(s.n, s.keep(last.danger)), nil, memo{}
			}
		}
		g.positions = append(g.positions, at)
		g.hint = s.keep(at)
	}
	low := s.bestCold(p.Size)
	switch {
	case s.crashes[len(s.crashes)-1].danger < p.Size:
	case p.Kind == Confirm && low >= p.Size-p.Size/10:
	case p.Kind != Locate:
		s.located = s.located || g.hint == 0
		s.locate = &bound{low: low, high: p.Size}
		s.settle()
	}
}

func within(a, b, distance int) bool { return a-b <= distance && b-a <= distance }
