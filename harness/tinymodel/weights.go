package tinymodel

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"ctxcliff/harness/gguf"
)

// constantChannel is the channel of the residual stream that is the same for every token.
const constantChannel = 0

// builder adds tensors to a file.
type builder struct {
	Options
	out   gguf.Writer
	names []string
}

// add adds a tensor whose numbers fill draws or computes, one by one in the order of the file.
func (b *builder) add(name string, t gguf.TensorType, fill func(i int, r *stream) float32, dims ...int) {
	n, wide := 1, make([]uint64, len(dims))
	for i, d := range dims {
		n *= d
		wide[i] = uint64(d)
	}
	data, r := make([]float32, n), newStream(b.Seed, name)
	for i := range data {
		data[i] = fill(i, r)
		if name == b.NaN {
			data[i] = float32(math.NaN())
		}
	}
	b.names = append(b.names, name)
	b.out.Add(name, t, data, wide...)
}

// random adds a matrix of in columns and out rows, whose products with vectors of scale 1 have the
// scale gain. With a further number it adds so many in one tensor.
func (b *builder) random(name string, gain float64, in, out int, many ...int) {
	scale := float32(gain / math.Sqrt(float64(in)))
	b.add(name, gguf.F16, func(_ int, r *stream) float32 { return r.normal() * scale }, append([]int{in, out}, many...)...)
}

// constant adds a vector of one number.
func (b *builder) constant(name string, v float32, n int) {
	b.add(name, gguf.F32, func(int, *stream) float32 { return v }, n)
}

// shielded adds a matrix that writes to the residual stream, but not to the constant channel, or with a
// further number so many of them in one tensor.
func (b *builder) shielded(name string, gain float64, in int, many ...int) {
	scale := float32(gain / math.Sqrt(float64(in)))
	b.add(name, gguf.F16, func(i int, r *stream) float32 {
		v := r.normal() * scale
		if i/in%b.Embd == constantChannel {
			return 0
		}
		return v
	}, append([]int{in, b.Embd}, many...)...)
}

// embeddings adds the first and the last matrix: tokens into the residual stream, and out of it.
// What leads to a token is the embedding of its predecessor on one long cycle through all printable
// tokens. Without it, a prompt of one repeated token would be answered by one repeated token, which
// is what a broken server looks like.
func (b *builder) embeddings(scale float32) {
	rows := make([]float32, vocabSize*b.Embd)
	b.add("token_embd.weight", gguf.F16, func(i int, r *stream) float32 {
		rows[i] = r.normal()
		if i%b.Embd == constantChannel {
			return 2 * scale
		}
		return rows[i] * scale
	}, b.Embd, vocabSize)
	norm := "output_norm.weight"
	if b.Family.arch() == string(LFM2) {
		norm = "token_embd_norm.weight" // as lfm2 calls it
	}
	b.constant(norm, 1, b.Embd)
	spread := 16 / float32(b.Embd) // a token leads its successor by the same in models of every width
	before := predecessors(newStream(b.Seed, "cycle"))
	b.add("output.weight", gguf.F16, func(i int, _ *stream) float32 {
		token, channel := i/b.Embd, i%b.Embd
		switch p, ok := before[token]; {
		case ok && channel != constantChannel:
			return rows[p*b.Embd+channel] * spread
		case !ok && channel == constantChannel:
			return -32
		}
		return 0
	}, b.Embd, vocabSize)
}

// predecessors puts the printable tokens into a circle, in random order.
func predecessors(r *stream) map[int]int {
	var circle []int
	for id := range vocabSize {
		if printable(id) {
			circle = append(circle, id)
		}
	}
	for i := len(circle) - 1; i > 0; i-- {
		j := int(r.Uint64() % uint64(i+1))
		circle[i], circle[j] = circle[j], circle[i]
	}
	before := map[int]int{}
	for i, id := range circle {
		before[id] = circle[(i+len(circle)-1)%len(circle)]
	}
	return before
}

// finish is an error where no tensor has the name of the one to be filled with NaN.
func (b *builder) finish() error {
	if b.NaN == "" || slices.Contains(b.names, b.NaN) {
		return nil
	}
	return fmt.Errorf("the tiny %s model has no tensor %q to fill with NaN; it has %s", b.Family, b.NaN, strings.Join(b.names, ", "))
}

// stream is the random numbers of one tensor.
type stream struct{ *rand.PCG }

func newStream(seed uint64, name string) *stream {
	h := fnv.New64a()
	h.Write([]byte(name))
	return &stream{rand.NewPCG(seed, h.Sum64())}
}

// normal is near a standard normal number: the sum of four uniform ones. It takes one rounding, of
// the multiplication, so that it is the same on every machine; math/rand's takes logarithms.
func (s *stream) normal() float32 {
	u := s.Uint64()
	sum := int(u&0xffff) + int(u>>16&0xffff) + int(u>>32&0xffff) + int(u>>48) - 2*0xffff
	return float32(sum) * (1.7320508 / 65536) // four uniform numbers of width w have the variance w²/3
}
