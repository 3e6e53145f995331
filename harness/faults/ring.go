package faults

import (
	"bytes"
	"fmt"
	"strings"
)

// ring holds the last lines of a log; equal neighbours count as one.
type ring struct {
	lines [keptLines][]byte
	times [keptLines]int
	n     int // lines ever added, without repetitions
}

// add says whether the line repeats the one before, as far as that can be told from what is kept.
func (r *ring) add(line []byte) (repeats bool) {
	whole := len(line) <= keptBytes
	line = line[:min(len(line), keptBytes)]
	if r.n > 0 {
		if last := (r.n - 1) % keptLines; bytes.Equal(r.lines[last], line) {
			r.times[last]++
			return whole
		}
	}
	at := r.n % keptLines
	r.lines[at] = append(r.lines[at][:0], line...)
	r.times[at] = 1
	r.n++
	return false
}

// last returns them, oldest first.
func (r *ring) last() []string {
	var out []string
	for i := max(0, r.n-keptLines); i < r.n; i++ {
		line := kept(r.lines[i%keptLines])
		if times := r.times[i%keptLines]; times > 1 {
			line += fmt.Sprintf(" x%d", times)
		}
		out = append(out, line)
	}
	return out
}

// kept is what an excerpt shows of a line.
func kept(line []byte) string {
	line = visible(line[:min(len(line), keptBytes)])
	return strings.TrimRight(strings.ToValidUTF8(string(line), "\uFFFD"), " \t")
}
