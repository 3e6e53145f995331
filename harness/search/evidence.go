package search

import "math"

// pass is a run that was clean up to a size, on a path that the server's numbers prove.
type pass struct {
	index int // in the cell's journal
	size  int
	path  Path
	start int
}

// crash is a fault, a hang or a failed allocation of one run.
type crash struct {
	index  int
	kind   Kind
	path   Path
	size   int  // of the request that failed
	danger int  // the shortest size that may break: position if known, else size
	upper  int  // at this size it surely had broken: the end of the batch after the position, or size
	clean  int  // largest size below danger that this very run had behind it; 0 when not known
	known  bool // danger is near the truth: a position, or the end of a chain's step
	memory bool
	hang   bool
	aged   bool // its server had served more than two million tokens
}

// agedTokens is what a start may serve before a crash is suspected of wear (drift).
const agedTokens = 2_000_000

// never is larger than any size.
const never = math.MaxInt

// shortest is the smallest size known to break; never when nothing broke.
func (s *Search) shortest() int {
	least := never
	for _, c := range s.crashes {
		least = min(least, c.danger)
	}
	return least
}

// broken is the smallest size at which some run surely had broken; never when nothing broke. It
// is above shortest by less than a batch, because a position is the last whole batch before.
func (s *Search) broken() int {
	least := never
	for _, c := range s.crashes {
		least = min(least, c.upper)
	}
	return least
}

// counted lists the exposures that count at the candidate n. A pass counts iff
// n <= its size <= the shortest crash: what passed above a crash proves nothing below it.
func (s *Search) counted(n int) []pass {
	if m := s.memo; m.n == n && m.passes == len(s.passes) && m.crashes == len(s.crashes) {
		return m.counting
	}
	var counting []pass
	broken := s.broken()
	for _, p := range s.passes {
		if n >= 1 && p.size >= n && p.size <= broken {
			counting = append(counting, p)
		}
	}
	s.memo = memo{n: n, passes: len(s.passes), crashes: len(s.crashes), counting: counting}
	return counting
}

// memo keeps the last list of exposures: a campaign asks for it far more often than it changes.
type memo struct {
	n, passes, crashes int
	counting           []pass
}

func countPath(passes []pass, path Path) int {
	n := 0
	for _, p := range passes {
		if p.path == path {
			n++
		}
	}
	return n
}

// bestCold is the largest cold pass below a size; 0 when there is none.
func (s *Search) bestCold(below int) int {
	best := 0
	for _, p := range s.passes {
		if p.path == Cold && p.size < below {
			best = max(best, p.size)
		}
	}
	return best
}

// faults is the number of crashes that are not failed allocations.
func (s *Search) faults() int {
	n := s.loose
	for _, c := range s.crashes {
		if !c.memory {
			n++
		}
	}
	return n
}

// unasked is the number of them that a bisection did not ask for: it needs the logarithm of what is open.
func (s *Search) unasked() int {
	n := s.faults()
	for _, c := range s.crashes {
		if c.kind == Locate && !c.memory {
			n--
		}
	}
	return n
}

// sizeOf turns prompt tokens into a value on the axis, and tokensOf back.
func (s *Search) sizeOf(tokens int) int {
	if s.set.Axis == AxisCtx {
		return int(float64(tokens) / s.set.Fill)
	}
	return tokens
}

func (s *Search) tokensOf(size int) int {
	if s.set.Axis == AxisCtx {
		return max(1, int(float64(size)*s.set.Fill))
	}
	return size
}

// keep takes the guard off a size; without a guard, the one token that makes it smaller.
func (s *Search) keep(size int) int {
	return rounded(min(size-1, int(float64(size)*(1-s.set.guard()))))
}
