package minimize

const (
	closeEnough = 0.06 // a length within 6 % of one that stays clean is not shortened further
	shortest    = 16   // tokens
	round       = 256  // long lengths are multiples of this, where one lies between the ends
)

// length finds the shortest prompts that still break, all requests cut to the same length: halve, then
// bisect. Its invariant: at high it breaks, or would if a crash's position can be trusted; below low it
// stayed clean. Where it broke at a known position of the prompt, that is where to look.
func (m *minimizer) length() {
	high := m.best.LongestPrompt()
	if n := m.upper(); n > 0 {
		high = min(high, n)
	}
	low := m.lowest(&high)
	m.narrow(low, high)
}

// lowest finds a length at which it stays clean: a step below the known position, else by halving. The
// position of a flaky bug is believed unseen: to see that would take as many runs as a rejection does.
func (m *minimizer) lowest(high *int) int {
	if n := m.seenAt.Position; m.upper() > 0 && n < *high && n >= shortest {
		if m.tries > 1 || !m.cutTo(n, high, "just below where it broke") {
			return n
		}
	}
	for !m.spent() {
		half := rounded(*high/2, 0, *high)
		if half < shortest || !m.cutTo(half, high, "half as long") {
			return max(half, 0)
		}
	}
	return 0
}

// narrow bisects, and tries what a crash's position promised.
func (m *minimizer) narrow(low, high int) {
	for !m.spent() && float64(high-low) > closeEnough*float64(high) && high-low > 1 {
		if mid := rounded(low+(high-low)/2, low, high); !m.cutTo(mid, &high, "between what breaks and what does not") {
			low = mid
		}
	}
	if high < m.best.LongestPrompt() {
		m.try(atMost(m.best, high), "cut where it broke")
	}
}

// cutTo tries a length, and lowers high to what is known to break afterwards.
func (m *minimizer) cutTo(n int, high *int, why string) bool {
	if !m.try(atMost(m.best, n), why) {
		return false
	}
	*high = n
	if known := m.upper(); known > 0 {
		*high = min(*high, known)
	}
	return true
}

// rounded is n as a multiple of round, if one lies strictly between low and high.
func rounded(n, low, high int) int {
	if r := (n + round/2) / round * round; r > low && r < high && n >= 4*round {
		return r
	}
	return n
}
