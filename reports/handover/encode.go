package handover

import (
	"slices"

	"ctxcliff/harness/scenario"
	"ctxcliff/shapes"
)

// Prompt is a prompt that was made real: the recipe, and the ids that one vocabulary makes of it.
type Prompt struct {
	Recipe scenario.Recipe
	IDs    []int32
	Head   int // how many of the ids are the nonce
}

// Code makes the ids of some prompts again.
type Code struct {
	Prompts  [][]Op // for each prompt
	Pairs    [][2]int
	Values   []int32    // what the first symbols of the dictionary stand for; those after them are Pairs
	Ordinary [][2]int32 // what random draws from, as ranges, both ends included; empty where nothing is drawn
}

// Encode finds for each prompt what makes it. ordinary are the ids that random may draw, in order; none
// are needed where no recipe draws.
func Encode(prompts []Prompt, ordinary []int32) Code {
	code := Code{Prompts: make([][]Op, len(prompts))}
	var rest packer
	for i, p := range prompts {
		if of, yes := headOf(prompts, i); yes {
			code.Prompts[i] = []Op{{Kind: Head, Count: len(p.IDs), Of: of}}
			continue
		}
		head := min(max(0, p.Head), len(p.IDs))
		ops := literal(nil, p.IDs[:head])
		if op, ok := p.whole(head, ordinary); ok {
			if ops = append(ops, op); op.Kind == Random {
				code.Ordinary = rangesOf(ordinary)
			}
		} else {
			ops = rest.add(ops, p.IDs[head:])
		}
		code.Prompts[i] = ops
	}
	rest.finish(&code)
	return code
}

// headOf finds an earlier prompt that is the same, or any that is longer and begins like this one.
func headOf(prompts []Prompt, i int) (int, bool) {
	ids := prompts[i].IDs
	best := -1
	for k, other := range prompts {
		longer := len(other.IDs) > len(ids) || len(other.IDs) == len(ids) && k < i
		if longer && slices.Equal(other.IDs[:len(ids)], ids) && (best < 0 || len(other.IDs) > len(prompts[best].IDs)) {
			best = k // the longest of all is the head of none
		}
	}
	return best, best >= 0
}

// whole is the one op that makes all that follows the nonce, if there is one that does.
func (p Prompt) whole(head int, ordinary []int32) (Op, bool) {
	ids, r := p.IDs[head:], p.Recipe
	for _, op := range []Op{
		{Kind: Run, Count: len(ids), IDs: ids[:min(len(ids), period(ids))]},
		{Kind: Draw, Count: len(ids), IDs: palette(ids, r.Distinct), Seeds: []uint64{r.Seed}},
		{Kind: Random, Count: len(ids), Seeds: randomSeeds(r)},
	} {
		switch {
		case op.Kind == Run && 4*len(op.IDs) > max(len(ids), 64):
		case op.Kind == Draw && (r.Distinct < 2 || len(op.IDs) == 0):
		case op.Kind == Random && (op.Seeds == nil || len(ordinary) == 0):
		case slices.Equal(op.make(nil, ordinary), ids):
			return op, true
		}
	}
	return Op{}, false
}

// palette are the first different ids.
func palette(ids []int32, n int) []int32 {
	var first []int32
	for _, id := range ids[:min(n, len(ids))] {
		if slices.Contains(first, id) {
			break
		}
		first = append(first, id)
	}
	return first
}

// randomSeeds begin the stream of a shape that is random and nothing else; nil for any other.
func randomSeeds(r scenario.Recipe) []uint64 {
	spans := r.Shape.Spans()
	if len(spans) != 1 || spans[0].Family != "random" {
		return nil
	}
	a, b := shapes.RandomSeeds(shapes.Derive(r.Seed, 0))
	return []uint64{a, b}
}

// period is the length after which ids repeat; their number where they do not.
func period(ids []int32) int {
	// The border of the whole, as Knuth, Morris and Pratt find it.
	border := make([]int, len(ids)+1)
	if len(ids) == 0 {
		return 1
	}
	border[0] = -1
	for i, k := 0, -1; i < len(ids); {
		for k >= 0 && ids[i] != ids[k] {
			k = border[k]
		}
		i, k = i+1, k+1
		border[i] = k
	}
	return len(ids) - border[len(ids)]
}

// rangesOf joins ids that follow one another.
func rangesOf(ids []int32) [][2]int32 {
	var all [][2]int32
	for _, id := range ids {
		if n := len(all); n > 0 && all[n-1][1]+1 == id {
			all[n-1][1] = id
			continue
		}
		all = append(all, [2]int32{id, id})
	}
	return all
}

// literal adds ids as they are.
func literal(ops []Op, ids []int32) []Op {
	if len(ids) == 0 {
		return ops
	}
	return append(ops, Op{Kind: Run, Count: len(ids), IDs: ids})
}
