package process

import (
	"cmp"
	"slices"
)

// ring keeps the last max lines of one stream. Each stream has its own, because
// a flood on stdout must not push out the one line on stderr that says why the
// command died: a pipe holds thousands of lines that are read only after it.
type ring struct {
	max   int
	lines []keptLine
	next  int // the oldest line, once lines is full
}

type keptLine struct {
	Line
	number int64 // counts the lines of both streams
	lost   bool  // the log file did not get it
}

func (r *ring) add(l keptLine) {
	if len(r.lines) < r.max {
		r.lines = append(r.lines, l)
		return
	}
	r.lines[r.next] = l
	r.next = (r.next + 1) % r.max
}

// kept merges the tails of both streams in the order in which lines were read; the
// caller holds the lock.
func (o *output) kept() []keptLine {
	all := slices.Concat(o.tails[0].lines, o.tails[1].lines)
	slices.SortFunc(all, func(a, b keptLine) int { return cmp.Compare(a.number, b.number) })
	return all
}

// linesOf picks lines out of kept ones.
func linesOf(kept []keptLine, pick func(keptLine) bool) []Line {
	var lines []Line
	for _, k := range kept {
		if pick(k) {
			lines = append(lines, k.Line)
		}
	}
	return lines
}
