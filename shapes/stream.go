package shapes

import (
	"math/bits"
	"math/rand/v2"
	"sync"
)

// Symbol is one step of a stream. Without the top bit it is an index into the span's lexicon. With
// it, the other 31 bits are a uniform draw that stands for one token id taken uniformly from the
// vocabulary's ordinary ids: the id at (draw × number of ids) / 2³¹.
type Symbol uint32

const drawn Symbol = 1 << 31

// Drawn reports whether the symbol stands for a random token id, and at which of n ids it points.
func (s Symbol) Drawn(n int) (index int, yes bool) {
	return int(uint64(s&^drawn) * uint64(n) >> 31), s&drawn != 0
}

// source is a span made ready: its pieces, and a way to start an endless walk over them.
type source struct {
	pieces []string
	start  func(seed uint64) generator
}

// generator appends the next unit of text (a paragraph, a line, a run of words), one symbol or more.
type generator func(dst []Symbol) []Symbol

// once keeps the one source of a family without parameters: compiling its grammar takes a millisecond.
func once(compile func(Span) *source) func(Span) *source {
	shared := sync.OnceValue(func() *source { return compile(Span{}) })
	return func(Span) *source { return shared() }
}

func (s Span) source() *source {
	completed, err := s.complete()
	if err != nil {
		return &source{start: func(uint64) generator { return nil }}
	}
	f, _ := familyNamed(completed.Family)
	return f.make(completed)
}

// Lexicon is every piece of text that the span's stream can ask for, in the order of its symbols:
// valid UTF-8, none empty, none twice. It is empty for random, and for a span that [New] refuses. The
// caller must not change it.
func (s Span) Lexicon() []string { return s.source().pieces }

// Stream starts the span's endless stream of symbols. The same seed gives the same stream, on every
// machine. Its length plays no role. A span that [New] refuses has a stream that gives nothing.
func (s Span) Stream(seed uint64) *Stream { return &Stream{next: s.source().start(seed)} }

// Stream is an endless sequence of symbols. It is for one goroutine at a time.
type Stream struct {
	next   generator
	buffer []Symbol
	used   int
}

// Fill sets symbols to the next ones of the stream and returns how many: all of them, but for the
// stream of a span that is not valid.
func (s *Stream) Fill(symbols []Symbol) int {
	filled := 0
	for s.next != nil {
		n := copy(symbols[filled:], s.buffer[s.used:])
		filled, s.used = filled+n, s.used+n
		if filled == len(symbols) {
			break
		}
		s.buffer, s.used = s.next(s.buffer[:0]), 0
	}
	return filled
}

// rng is the generator of all shapes: PCG with 64 bits a step, and a reduction of our own, so that
// nothing depends on how a library maps bits to ranges.
type rng struct{ pcg rand.PCG }

// newRNG separates the streams of families by salt.
func newRNG(seed uint64, salt string) *rng { return &rng{*rand.NewPCG(seed, salted(salt))} }

// salted is the FNV-1a hash of a name.
func salted(salt string) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range []byte(salt) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// below is uniform in [0, n).
func (r *rng) below(n int) int {
	high, _ := bits.Mul64(r.pcg.Uint64(), uint64(n))
	return int(high)
}

// Derive makes the seed of the n-th part of something from its seed: distinct parts get unrelated
// streams (splitmix64).
func Derive(seed uint64, n int) uint64 {
	z := seed + (uint64(n)+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
