package handover

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"ctxcliff/shapes"
)

// Op is one line of a script that adds token ids to a prompt.
type Op struct {
	Kind  Kind
	Count int      // ids that it adds
	IDs   []int32  // of Run: the period; of Draw: what is drawn from, each once first
	Seeds []uint64 // of Draw one, of Random the two that a PCG begins with
	Of    int      // of Head: the number of the prompt that it is the head of
	pack  []int    // of Unpack: symbols of the script's one dictionary
}

// Kind is how ids are made.
type Kind uint8

// The kinds.
const (
	Run    Kind = iota // a period, again and again
	Draw               // from a palette, by a seed
	Random             // from all ordinary ids, by a seed
	Head               // the beginning of another prompt
	Unpack             // from the dictionary
)

// String is the line of the script.
func (o Op) String() string {
	words := []string{}
	add := func(list ...string) { words = append(words, list...) }
	switch o.Kind {
	case Run:
		add("run", strconv.Itoa(o.Count))
	case Draw:
		add("draw", signed(o.Seeds[0]), strconv.Itoa(o.Count))
	case Random:
		add("random", signed(o.Seeds[0]), signed(o.Seeds[1]), strconv.Itoa(o.Count))
	case Head:
		return fmt.Sprintf("head_of %d %d", o.Of, o.Count)
	case Unpack:
		add("unpack")
		for _, s := range o.pack {
			add(digits(s))
		}
	}
	for _, id := range o.IDs {
		add(strconv.Itoa(int(id)))
	}
	return strings.Join(words, " ")
}

// signed is a number of 64 bits as bash writes it: its numbers have a sign, and wrap.
func signed(n uint64) string { return strconv.FormatInt(int64(n), 10) }

// digits are a number in bash's base 64.
func digits(n int) string {
	const all = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@_"
	text := all[n%64 : n%64+1]
	for n /= 64; n > 0; n /= 64 {
		text = all[n%64:n%64+1] + text
	}
	return text
}

// make appends the ids of an op that needs no other. ordinary are what random draws from.
func (o Op) make(dst, ordinary []int32) []int32 {
	switch o.Kind {
	case Run:
		for i := range o.Count {
			dst = append(dst, o.IDs[i%len(o.IDs)])
		}
	case Draw:
		for i := range o.Count {
			at := uint64(i)
			if i >= len(o.IDs) {
				at = shapes.Derive(o.Seeds[0], i) % uint64(len(o.IDs))
			}
			dst = append(dst, o.IDs[at])
		}
	case Random:
		r := rand.NewPCG(o.Seeds[0], o.Seeds[1])
		for range o.Count {
			dst = append(dst, ordinary[(r.Uint64()>>33)*uint64(len(ordinary))>>31])
		}
	}
	return dst
}
