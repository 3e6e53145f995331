package shapes

import (
	"math/rand/v2"
	"strings"
)

// Sample is a random shape for a hunt: mostly one span, sometimes up to four, of any family, with
// words and mixtures of all sorts. It takes one number from the source; the same number, the same shape.
func Sample(from *rand.Rand) Shape {
	r := newRNG(from.Uint64(), "sample")
	count := 1
	if r.below(5) < 2 {
		count = 2 + r.below(3)
	}
	spans := make([]Span, count)
	for i := range spans {
		spans[i] = sampleSpan(r)
		if i < count-1 || count > 1 && r.below(4) == 0 {
			// As likely between 8 and 16 tokens as between 8k and 16k: edges sit at all scales.
			low := 1 << r.below(15)
			spans[i].Tokens = low + r.below(low)
		}
	}
	shape, err := New(spans...)
	if err != nil { // cannot be: a test draws many thousands
		return Shape{spans: []Span{{Family: "opt"}}}
	}
	return shape
}

func sampleSpan(r *rng) Span {
	f := families[r.below(len(families))]
	if f.takes != takesParts {
		return Span{Family: f.name, Word: sampleWord(r, f)}
	}
	mixed := Span{Family: f.name}
	for _, i := range distinct(r, len(families), 2+r.below(3)) {
		if part := families[i]; part.takes != takesParts {
			mixed.Parts = append(mixed.Parts, Part{Family: part.name, Word: sampleWord(r, part), Weight: 1 + r.below(9)})
		}
	}
	return mixed
}

// sampleWords have broken things before, or look as if they might.
var sampleWords = []string{
	"contexttoken", "opt", "the", "a", "0", "1234567890", "SolidGoldMagikarp", "\n", " ", "\t\t", "...", "null", "{}", "<br>",
	"é", "語", "🙂", "👩‍💻", "\u200d", "\ufeff", "%s", "==", "```", "antidisestablishmentarianism",
}

func sampleWord(r *rng, f family) string {
	if f.takes != takesWord {
		return ""
	}
	word := sampleWords[r.below(len(sampleWords))]
	if r.below(8) == 0 {
		word = strings.Repeat(word, 2+r.below(14))
	}
	return word
}

// distinct draws k different numbers below n, in random order.
func distinct(r *rng, n, k int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	for i := range k {
		j := i + r.below(n-i)
		all[i], all[j] = all[j], all[i]
	}
	return all[:k]
}
