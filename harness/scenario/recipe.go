package scenario

import (
	"slices"

	"ctxcliff/shapes"
)

// Recipe is everything that makes one prompt again for one vocabulary. The same recipe gives the same
// token ids, and a longer one of the same shape, seed and nonce begins with the shorter.
type Recipe struct {
	Shape  shapes.Shape `json:"shape"`
	Seed   uint64       `json:"seed"`
	Tokens int          `json:"tokens"`          // prompt tokens, the nonce included; 1 or more
	Nonce  string       `json:"nonce,omitempty"` // text at the head that no other prompt has

	// Period makes the prompt, the nonce aside, repeat itself after so many tokens; 0 leaves it as it comes.
	Period int `json:"period,omitempty"`

	// Filler is the word that everything outside of Keep is replaced with; empty: nothing is replaced.
	// With a Filler and no Keep there is nothing but filler.
	Filler string  `json:"filler,omitempty"`
	Keep   []Range `json:"keep,omitempty"` // ascending, not overlapping

	// Distinct limits how many different ids there are, the nonce aside; 0 leaves them as they come. A
	// prompt of nothing but filler is drawn from so many of the shape's own ids, in no order; in
	// any other the ids that come late are replaced with early ones.
	Distinct int `json:"distinct,omitempty"`
}

// Range is the tokens From up to but not including To.
type Range struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Filled is the recipe with nothing but filler, of so many distinct ids.
func (r Recipe) Filled(word string, distinct int) Recipe {
	r.Filler, r.Keep, r.Distinct = word, nil, distinct
	return r
}

// Drawn is the recipe with nothing but so many distinct ids in no order, whatever the shape was: those of
// random, for a shape such as opt has not so many.
func (r Recipe) Drawn(word string, distinct int) Recipe {
	r = r.Filled(word, distinct)
	if shape, err := shapes.Parse("random"); err == nil && distinct > 1 {
		r.Shape = shape
	}
	return r
}

// Kept is the recipe with filler outside of the ranges, which are put in order and joined.
func (r Recipe) Kept(word string, ranges []Range) Recipe {
	r.Filler, r.Keep = word, Join(ranges)
	return r
}

// Cut is the recipe at no more than so many tokens.
func (r Recipe) Cut(tokens int) Recipe {
	r.Tokens = min(r.Tokens, tokens)
	r.Keep = clip(r.Keep, r.Tokens)
	return r
}

// Live are the ranges of the prompt that are not filler.
func (r Recipe) Live() []Range {
	if r.Filler == "" {
		return []Range{{0, r.Tokens}}
	}
	return clip(Join(r.Keep), r.Tokens)
}

// LiveTokens is how many tokens are not filler.
func (r Recipe) LiveTokens() int { return Length(r.Live()) }

// Length is the number of tokens in the ranges.
func Length(ranges []Range) int {
	n := 0
	for _, x := range ranges {
		n += x.To - x.From
	}
	return n
}

// Join puts ranges in order and joins those that touch or overlap; empty ones go.
func Join(ranges []Range) []Range {
	sorted := slices.Clone(ranges)
	slices.SortFunc(sorted, func(a, b Range) int { return a.From - b.From })
	var joined []Range
	for _, x := range sorted {
		last := len(joined) - 1
		switch {
		case x.From >= x.To:
		case last >= 0 && x.From <= joined[last].To:
			joined[last].To = max(joined[last].To, x.To)
		default:
			joined = append(joined, x)
		}
	}
	return joined
}

func clip(ranges []Range, tokens int) []Range {
	var left []Range
	for _, x := range ranges {
		if x.From = max(0, x.From); x.From < tokens {
			left = append(left, Range{x.From, min(x.To, tokens)})
		}
	}
	return left
}
