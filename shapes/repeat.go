package shapes

// run is how many symbols the families without structure give at a time; in a mixed it is the
// length of their blocks.
const run = 48

func newOpt(Span) *source { return repeated("opt") }

func newRepeat(s Span) *source { return repeated(s.Word) }

// repeated is one word without end. The word keeps a space before it even at the head of the prompt:
// one piece, the same tokens from the first to the last.
func repeated(word string) *source {
	return &source{
		pieces: []string{" " + word},
		start: func(uint64) generator {
			return func(dst []Symbol) []Symbol { return append(dst, make([]Symbol, run)...) }
		},
	}
}

const randomSalt = "random"

// RandomSeeds are what the PCG (that of math/rand/v2) behind a stream of the family random begins with: for
// those who make the stream again without this package. Each symbol is the upper 31 bits of a number of 64.
func RandomSeeds(seed uint64) (uint64, uint64) { return seed, salted(randomSalt) }

// newRandom draws token ids: what a vocabulary's ordinary ids are, only a tokenizer knows.
func newRandom(Span) *source {
	return &source{start: func(seed uint64) generator {
		r := newRNG(seed, randomSalt)
		return func(dst []Symbol) []Symbol {
			for range run {
				dst = append(dst, drawn|Symbol(r.pcg.Uint64()>>33))
			}
			return dst
		}
	}}
}
