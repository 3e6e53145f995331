package kernlog

import (
	"slices"
	"sort"
)

// Position is a place in a Log: between the lines before it and those after it.
// The zero value is the place where the log was opened.
type Position struct{ before uint64 }

// The bounds of what a Log keeps.
const (
	maxLines = 4096
	maxBytes = 1 << 20
)

// window keeps lines in order, and forgets some when they become too many. Each
// line has a number, counted from 0; lines that were lost have numbers too, so a
// gap in the numbers is a gap in the log.
type window struct {
	kept    []numbered
	bytes   int
	next    uint64 // number of the line that comes next
	mark    uint64 // of the latest mark
	dropped uint64
}

type numbered struct {
	Line
	n uint64
}

// add appends a line; what it says it lost counts as lines before it.
func (w *window) add(l Line) {
	w.next += uint64(max(l.Lost, 0))
	w.kept = append(w.kept, numbered{l, w.next})
	w.next++
	w.bytes += len(l.Text)
	for len(w.kept) > maxLines || w.bytes > maxBytes {
		w.shrink()
	}
}

// shrink forgets lines until there is room again for a while: those before the
// mark, and if that is not enough, some from the middle.
func (w *window) shrink() {
	old := 0
	for old < len(w.kept) && w.kept[old].n < w.mark && w.crowded(old) {
		w.bytes -= len(w.kept[old].Text)
		old++
	}
	w.forget(0, old)
	from := len(w.kept) / 4
	to := from
	for to < len(w.kept)*3/4 && w.crowded(to-from) {
		w.bytes -= len(w.kept[to].Text)
		to++
	}
	w.forget(from, to)
}

// crowded is true while, apart from gone lines, more than seven eighths of the
// bounds are in use.
func (w *window) crowded(gone int) bool {
	return len(w.kept)-gone > maxLines/8*7 || w.bytes > maxBytes/8*7
}

func (w *window) forget(from, to int) {
	w.dropped += uint64(to - from)
	w.kept = slices.Delete(w.kept, from, to)
}

// since copies the lines after a position. Lost of each is what is missing
// between it and the line before it, or the position.
func (w *window) since(p Position) []Line {
	var lines []Line
	next := p.before
	first := sort.Search(len(w.kept), func(i int) bool { return w.kept[i].n >= p.before })
	for _, k := range w.kept[first:] {
		k.Line.Lost = int(k.n - next)
		lines = append(lines, k.Line)
		next = k.n + 1
	}
	return lines
}
