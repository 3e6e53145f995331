package shapes

import "math/bits"

// newNatural is prose in paragraphs. Each opens with a sentence that spells the paragraph's own
// number in choices (a day, a name, a place…), as digits of mixed radix; the rest is random. The
// numbers walk through all of their 4·10¹¹ values before one returns, so that no paragraph repeats
// within some 10¹³ tokens: by construction, not by chance.
func newNatural(Span) *source {
	l := newLexicon()
	g := newGrammar(l, naturalRules())
	o := newOpenings(g)
	sentence, stop, last := g.class("sentence", " "), l.add("."), l.add(".\n\n")
	return &source{pieces: l.pieces, start: func(seed uint64) generator {
		r := newRNG(seed, "natural")
		number, _ := bits.Mul64(r.pcg.Uint64(), o.count)
		return func(dst []Symbol) []Symbol {
			dst = o.spell(dst, number)
			number = o.after(number)
			for range 3 + r.below(6) {
				dst = sentence.expand(r, append(dst, stop))
			}
			return append(dst, last)
		}
	}}
}

// openings are the sentences that number paragraphs.
type openings struct {
	forms  [][]item
	count  uint64 // how many different ones there are
	stride uint64 // from one paragraph's number to the next: no common factor with count
}

// newOpenings compiles the class "opening". Its forms begin differently and use the same classes, each
// once, so that the number can be read back from the text.
func newOpenings(g *grammar) *openings {
	o := &openings{forms: g.class("opening", "").alternatives, count: 1}
	for _, it := range o.forms[0] {
		if it.class != nil {
			o.count *= uint64(len(it.class.alternatives))
		}
	}
	o.count *= uint64(len(o.forms))
	// About the golden section of the whole: neighbours differ in most of their choices.
	for o.stride = o.count/1000*618 | 1; commonDivisor(o.stride, o.count) != 1; o.stride += 2 {
	}
	return o
}

func (o *openings) after(number uint64) uint64 {
	if number += o.stride; number >= o.count {
		number -= o.count
	}
	return number
}

// spell appends the opening of a paragraph's number, which is below count.
func (o *openings) spell(dst []Symbol, number uint64) []Symbol {
	form := o.forms[number%uint64(len(o.forms))]
	number /= uint64(len(o.forms))
	for _, it := range form {
		if it.class == nil {
			dst = append(dst, it.symbol)
			continue
		}
		radix := uint64(len(it.class.alternatives))
		for _, word := range it.class.alternatives[number%radix] {
			dst = append(dst, word.symbol)
		}
		number /= radix
	}
	return dst
}

func commonDivisor(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
