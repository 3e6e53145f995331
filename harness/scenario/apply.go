package scenario

import (
	"slices"

	"ctxcliff/shapes"
)

// Apply replaces in the ids of a prompt what the recipe says: ids are what shape, seed and nonce make
// at Tokens tokens, the first head of them the nonce, which stays. filler are the ids of the recipe's
// word; none leaves the prompt as it is. The result is as long as ids and shares nothing with them.
func (r Recipe) Apply(ids []int32, head int, filler []int32) []int32 {
	made := slices.Clone(ids)
	head = min(max(0, head), len(ids))
	for i := head + r.Period; r.Period > 0 && i < len(made); i++ {
		made[i] = made[i-r.Period]
	}
	switch {
	case r.Filler != "" && len(filler) > 0 && len(r.Live()) == 0 && r.Distinct > 1:
		draw(made[head:], distinct(made[head:], r.Distinct), r.Seed)
		return made
	case r.Filler != "" && len(filler) > 0:
		r.fill(made, head, filler)
	}
	if r.Distinct > 0 {
		fold(made[head:], distinct(made[head:], r.Distinct))
	}
	return made
}

// fill writes the word over everything that is not live.
func (r Recipe) fill(ids []int32, head int, word []int32) {
	live := r.Live()
	for i := head; i < len(ids); i++ {
		for len(live) > 0 && live[0].To <= i {
			live = live[1:]
		}
		if len(live) == 0 || i < live[0].From {
			ids[i] = word[(i-head)%len(word)]
		}
	}
}

// distinct are the first n different ids, in the order in which they come; fewer where there are.
func distinct(ids []int32, n int) []int32 {
	seen := map[int32]bool{}
	var first []int32
	for _, id := range ids {
		if len(first) == n {
			break
		}
		if !seen[id] {
			seen[id] = true
			first = append(first, id)
		}
	}
	return first
}

// draw writes every id of the palette once and then draws by the seed: no period, no order.
func draw(ids, palette []int32, seed uint64) {
	for i := range ids {
		if i < len(palette) {
			ids[i] = palette[i]
			continue
		}
		ids[i] = palette[shapes.Derive(seed, i)%uint64(len(palette))]
	}
}

// fold replaces ids that are not of the palette, the same id always with the same one.
func fold(ids, palette []int32) {
	allowed := map[int32]bool{}
	for _, id := range palette {
		allowed[id] = true
	}
	for i, id := range ids {
		if !allowed[id] {
			ids[i] = palette[shapes.Derive(uint64(uint32(id)), 0)%uint64(len(palette))]
		}
	}
}
