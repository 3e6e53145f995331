package shapes

import "strings"

// newMixed joins the lexicons of its parts and lets their generators take turns, a unit at a time.
// Units that do not end a line get a line break, so that no word of one part runs into the next.
func newMixed(s Span) *source {
	joined := newLexicon()
	newline := joined.add("\n")
	type component struct {
		source *source
		names  []Symbol // its symbols in the joined lexicon
		weight int
	}
	parts := make([]component, len(s.Parts))
	for i, p := range s.Parts {
		parts[i] = component{source: p.span().source(), weight: p.Weight}
		for _, piece := range parts[i].source.pieces {
			parts[i].names = append(parts[i].names, joined.add(piece))
		}
	}
	start := func(seed uint64) generator {
		r := newRNG(seed, "mixed")
		generators := make([]generator, len(parts))
		given := make([]int, len(parts)) // pieces so far
		for i, p := range parts {
			generators[i] = p.source.start(Derive(seed, i))
		}
		return func(dst []Symbol) []Symbol {
			weight := func(i int) int { return parts[i].weight }
			i := turn(r, given, weight)
			begin := len(dst)
			dst = generators[i](dst)
			for k := begin; k < len(dst); k++ {
				if dst[k]&drawn == 0 {
					dst[k] = parts[i].names[dst[k]]
				}
			}
			if last := dst[len(dst)-1]; last&drawn != 0 || !strings.HasSuffix(joined.pieces[last], "\n") {
				dst = append(dst, newline)
			}
			given[i] += len(dst) - begin
			return dst
		}
	}
	return &source{pieces: joined.pieces, start: start}
}

// turn picks the part that is furthest behind its weight, give or take a random block: the order
// depends on the seed, the shares do not drift.
func turn(r *rng, given []int, weight func(int) int) int {
	best, bestKey := 0, 0.0
	for i := range given {
		key := float64(given[i]+r.below(2*run)) / float64(weight(i))
		if i == 0 || key < bestKey {
			best, bestKey = i, key
		}
	}
	return best
}
