package minimize

import "slices"

// maxChunks is how many separate needed parts are halved further. More than that are mostly false
// rejects of a flaky bug, and cost more than they save (syzkaller, pkg/bisect/minimize).
const maxChunks = 6

// chunk is the things from up to but not including to.
type chunk struct{ from, to int }

func (c chunk) len() int { return c.to - c.from }

func (c chunk) split(parts int) []chunk {
	var all []chunk
	for i := range parts {
		if part := (chunk{c.from + c.len()*i/parts, c.from + c.len()*(i+1)/parts}); part.len() > 0 {
			all = append(all, part)
		}
	}
	return all
}

// slicer finds which of many things are needed. Its invariant: what keep names was tried with success,
// or is everything.
type slicer struct {
	keep  []bool
	try   func(keep []bool) bool // do those alone do?
	spent func() bool            // nothing more can be tried
}

// slice tries to do without each third of n things, then without each half of what is left, until single
// things are left or too many parts are needed. None of them must have been tried without success. sure
// says that a rejection can be believed; where it cannot, what is left is asked about once more.
func slice(n int, sure bool, try func(keep []bool) bool, spent func() bool) []bool {
	s := &slicer{keep: slices.Repeat([]bool{true}, n), try: try, spent: spent}
	families := [][]chunk{chunk{0, n}.split(3)} // parts of something that is needed
	for len(families) > 0 {
		var needed []chunk
		for _, parts := range families {
			needed = append(needed, s.among(parts)...)
		}
		families = nil
		for _, c := range needed {
			if c.len() > 1 && len(needed) <= maxChunks {
				families = append(families, c.split(2))
			}
		}
	}
	if !sure {
		for _, c := range s.left() {
			s.drop(c)
		}
	}
	return s.keep
}

// among are those of the parts of something needed that are. If all but the last can go, it is the last.
func (s *slicer) among(parts []chunk) []chunk {
	var needed []chunk
	for i, c := range parts {
		if len(needed) == 0 && i == len(parts)-1 || !s.drop(c) {
			needed = append(needed, c)
		}
	}
	return needed
}

// drop does without a chunk if it can. That something is needed was known before.
func (s *slicer) drop(c chunk) bool {
	rest := slices.Clone(s.keep)
	for i := c.from; i < c.to; i++ {
		rest[i] = false
	}
	if s.spent() || !slices.Contains(rest, true) || !s.try(rest) {
		return false
	}
	s.keep = rest
	return true
}

// left are the chunks of neighbours that are kept.
func (s *slicer) left() []chunk {
	var all []chunk
	for i, kept := range s.keep {
		last := len(all) - 1
		switch {
		case !kept:
		case last >= 0 && all[last].to == i:
			all[last].to++
		default:
			all = append(all, chunk{i, i + 1})
		}
	}
	return all
}
