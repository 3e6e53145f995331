package handover

import (
	"cmp"
	"slices"
)

// packer packs what has no form. All of it shares one dictionary, so that what two prompts have in common
// is written once. The way is that of Re-Pair (Larsson and Moffat, 1999), with many pairs in a round: the
// pair that stands most often becomes a symbol of its own, until none stands often enough to pay.
type packer struct {
	parts []*part
}

// part is one stretch of one prompt.
type part struct{ seq []int }

// Stretches of one repeating id are taken out before: filler around what is live.
const (
	worthARun  = 64 // tokens below which a stretch is left to the dictionary
	worthAPair = 4  // how often a pair must stand to become a symbol
	maxPeriod  = 8  // of filler words
)

// add appends ops that make the ids; those that are to be packed are finished later.
func (p *packer) add(ops []Op, ids []int32) []Op {
	from := 0
	flush := func(to int) {
		if to > from {
			ops = append(ops, Op{Kind: Unpack, Count: to - from})
			seq := make([]int, to-from)
			for i, id := range ids[from:to] {
				seq[i] = int(id)
			}
			p.parts = append(p.parts, &part{seq: seq})
		}
	}
	for i := 0; i < len(ids); {
		n, period := stretch(ids[i:])
		if n < worthARun {
			i++
			continue
		}
		flush(i)
		ops = append(ops, Op{Kind: Run, Count: n, IDs: ids[i : i+period]})
		i += n
		from = i
	}
	flush(len(ids))
	return ops
}

// stretch is how long the ids repeat from the beginning, and with which period.
func stretch(ids []int32) (n, period int) {
	for k := 1; k <= min(maxPeriod, len(ids)-1); k++ {
		i := k
		for i < len(ids) && ids[i] == ids[i-k] {
			i++
		}
		if i > k && i > n {
			n, period = i, k
		}
	}
	return n, period
}

// finish makes the dictionary and gives the ops their symbols.
func (p *packer) finish(code *Code) {
	p.name(code)
	for p.round(code) {
	}
	p.renumber(code)
	next := 0
	for _, ops := range code.Prompts {
		for i := range ops {
			if ops[i].Kind == Unpack {
				ops[i].pack = p.parts[next].seq
				next++
			}
		}
	}
}

// name numbers the ids in the order in which they come.
func (p *packer) name(code *Code) {
	number := map[int]int{}
	for _, part := range p.parts {
		for i, id := range part.seq {
			n, known := number[id]
			if !known {
				n = len(code.Values)
				number[id] = n
				code.Values = append(code.Values, int32(id))
			}
			part.seq[i] = n
		}
	}
}

type tally struct {
	pair  [2]int
	count int
}

// round gives names to the pairs that stand most often: all that do at least half as often as the first.
func (p *packer) round(code *Code) bool {
	counts := map[[2]int]int{}
	for _, part := range p.parts {
		for i := 1; i < len(part.seq); i++ {
			pair := [2]int{part.seq[i-1], part.seq[i]}
			counts[pair]++
			if i+1 < len(part.seq) && pair[0] == pair[1] && part.seq[i+1] == pair[0] {
				i++ // of three in a row only one pair can be taken
			}
		}
	}
	var often []tally
	for pair, n := range counts {
		if n >= worthAPair {
			often = append(often, tally{pair, n})
		}
	}
	if len(often) == 0 {
		return false
	}
	slices.SortFunc(often, func(a, b tally) int {
		return cmp.Or(b.count-a.count, a.pair[0]-b.pair[0], a.pair[1]-b.pair[1])
	})
	symbols := map[[2]int]int{}
	for _, t := range often {
		if t.count < max(worthAPair, often[0].count/2) {
			break
		}
		symbols[t.pair] = len(code.Values) + len(code.Pairs)
		code.Pairs = append(code.Pairs, t.pair)
	}
	for _, part := range p.parts {
		part.replace(symbols)
	}
	return true
}

// replace writes symbols over pairs, from the left.
func (p *part) replace(symbols map[[2]int]int) {
	short := p.seq[:0]
	for i := 0; i < len(p.seq); i++ {
		if i+1 < len(p.seq) {
			if s, ok := symbols[[2]int{p.seq[i], p.seq[i+1]}]; ok {
				short = append(short, s)
				i++
				continue
			}
		}
		short = append(short, p.seq[i])
	}
	p.seq = short
}

// renumber drops pairs that nothing uses any more.
func (p *packer) renumber(code *Code) {
	base := len(code.Values)
	used := make([]int, len(code.Pairs))
	count := func(s int) {
		if s >= base {
			used[s-base]++
		}
	}
	for _, part := range p.parts {
		for _, s := range part.seq {
			count(s)
		}
	}
	for i := len(code.Pairs) - 1; i >= 0; i-- {
		if used[i] > 0 {
			count(code.Pairs[i][0])
			count(code.Pairs[i][1])
		}
	}
	to, kept := make([]int, len(code.Pairs)), code.Pairs[:0]
	named := func(s int) int {
		if s >= base {
			return to[s-base]
		}
		return s
	}
	for i, pair := range code.Pairs {
		if used[i] > 0 {
			to[i] = base + len(kept)
			kept = append(kept, [2]int{named(pair[0]), named(pair[1])})
		}
	}
	code.Pairs = kept
	for _, part := range p.parts {
		for i, s := range part.seq {
			part.seq[i] = named(s)
		}
	}
}
