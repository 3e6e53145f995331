package simserver

import (
	"iter"
	"slices"
)

// family is a family of shapes as the vocabulary sees it.
type family struct {
	name   string
	member []bool // by id: the piece is in the family's lexicon
}

// Recognition looks at windows of the prompt's body (see facts.body).
const (
	windowTokens = 48  // the length of a window: about the shortest block of a mixed
	maxWindows   = 64  // windows per prompt, evenly spread
	repeatPeriod = 24  // a window whose period is at most this repeats a word
	dominant     = 0.8 // share of windows above which a prompt is of one shape
)

const (
	shapeOpt    = "opt"
	shapeRepeat = "repeat"
	shapeRandom = "random"
	shapeMixed  = "mixed"
)

// recognise names what the prompt looks like, from its content alone:
//
//   - random: two tokens of the body are hardly ever equal, about as rarely as a uniform draw from
//     the vocabulary has it;
//   - otherwise each window is of the family whose lexicon explains it best (see ofWindow), and the
//     prompt is of the family that has at least four fifths of the windows;
//   - mixed: no family has that many.
//
// The result is empty where nothing is known about any token.
func (v *vocabulary) recognise(f *facts) []string {
	body := f.body()
	if v.uniform(body) {
		return []string{shapeRandom}
	}
	votes, windows := map[string]int{}, 0
	for w := range windowsOf(body) {
		votes[v.ofWindow(w)]++
		windows++
	}
	for name, n := range votes {
		if name != "" && float64(n) >= dominant*float64(windows) {
			return []string{name}
		}
	}
	if votes[""] == windows {
		return []string{}
	}
	return []string{shapeMixed}
}

// windowsOf are stretches of ids, evenly spread.
func windowsOf(ids []int) iter.Seq[[]int] {
	n := max(1, min(maxWindows, len(ids)/windowTokens))
	size := min(windowTokens, len(ids))
	return func(yield func([]int) bool) {
		for i := range n {
			from := i * (len(ids) - size) / max(1, n-1)
			if !yield(ids[from : from+size]) {
				return
			}
		}
	}
}

// ofWindow is the family of one window; empty where no lexicon has a token of it. A short period
// means a repeated word: opt if it is made of opt's pieces. Else each token votes for the families
// that have it, the less the more of them there are.
func (v *vocabulary) ofWindow(ids []int) string {
	if p := smallestPeriod(ids); p > 0 && p <= repeatPeriod {
		if v.has(shapeOpt, ids[:p]) {
			return shapeOpt
		}
		return shapeRepeat
	}
	score := make([]float64, len(v.families))
	for _, id := range ids {
		owners := 0
		for _, fam := range v.families {
			if fam.member[id] {
				owners++
			}
		}
		for i, fam := range v.families {
			if fam.member[id] {
				score[i] += 1 / float64(owners)
			}
		}
	}
	best := slices.Index(score, slices.Max(append(score, 0)))
	if best < 0 || best == len(score) || score[best] == 0 {
		return ""
	}
	return v.families[best].name
}

// has reports whether all ids are in the family's lexicon.
func (v *vocabulary) has(name string, ids []int) bool {
	i := slices.IndexFunc(v.families, func(f family) bool { return f.name == name })
	return i >= 0 && !slices.ContainsFunc(ids, func(id int) bool { return !v.families[i].member[id] })
}

// uniform reports whether ids look like a uniform draw from the vocabulary: the chance that two of
// them are equal is at most three times that of a uniform draw. Words of any text repeat far more.
func (v *vocabulary) uniform(ids []int) bool {
	n := len(ids)
	if n < windowTokens {
		return false
	}
	counts := make([]int, len(v.pieces))
	for _, id := range ids {
		counts[id]++
	}
	pairs := 0
	for _, c := range counts {
		pairs += c * (c - 1)
	}
	return float64(pairs)*float64(len(v.pieces)) <= 3*float64(n)*float64(n-1)
}

// familiesOf turns lexicons into sets of ids.
func (v *vocabulary) familiesOf(lexicons []lexicon) []family {
	var all []family
	for _, l := range lexicons {
		f := family{name: l.name, member: make([]bool, len(v.pieces))}
		for _, piece := range l.pieces {
			for _, id := range v.encode(piece, false) {
				f.member[id] = true
			}
		}
		all = append(all, f)
	}
	return all
}
