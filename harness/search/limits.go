package search

// acceptance is the search for the longest prompt that the server does not refuse: everything up
// to low was accepted, high was refused (or is just above the ceiling). Each question is answered
// before the server does any work.
type acceptance struct {
	low, high int
	refused   bool // high is a real refusal
	done      bool
	told      int // the server's own limit; 0 when it did not say, or after it was tried
	hints     int // times that the server's word was followed
}

// maxHints is how often a server's own word is tried before plain bisection; a server that says
// another limit each time must not cost more than O(log n).
const maxHints = 4

// next is the size to ask about; 0 when the edge is known.
func (a *acceptance) next(top int) (int, string) {
	switch {
	case a.done || a.high-a.low <= 1 && a.refused:
		return 0, ""
	case !a.refused:
		return top, "is the ceiling accepted"
	case a.hints < maxHints && a.told-1 > a.low && a.told-1 < a.high:
		return a.told - 1, "one below the limit that the server names"
	case a.hints < maxHints && a.told > a.low && a.told < a.high:
		return a.told, "the limit that the server names"
	}
	return a.low + (a.high-a.low)/2, "between accepted and refused"
}

func (a *acceptance) accept(size int) {
	if a.told > 0 && (size == a.told || size == a.told-1) {
		a.hints++
	}
	if size > a.low && size < a.high {
		a.low = size
	}
	if !a.refused || a.high-a.low <= 1 {
		a.done = true
	}
}

// refuse takes a refusal. What was said to be accepted up to there is no longer believed: only
// what was answered is.
func (a *acceptance) refuse(size, told, answered int) {
	if told > 0 {
		a.hints++
		a.told = told
	}
	if !a.refused || size < a.high {
		a.high, a.refused = size, true
	}
	if a.low >= a.high {
		a.low = min(answered, a.high-1)
	}
	a.done = a.high-a.low <= 1
}
