package shapes

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func render(lexicon []string, symbols []Symbol) string {
	var b strings.Builder
	for _, s := range symbols {
		b.WriteString(lexicon[s])
	}
	return b.String()
}

func TestNaturalRepeatsNoParagraph(t *testing.T) {
	s := Span{Family: "natural"}
	for _, seed := range []uint64{0, 1, 1 << 63} {
		symbols := make([]Symbol, 400000) // about as many tokens
		s.Stream(seed).Fill(symbols)
		paragraphs := strings.Split(render(s.Lexicon(), symbols), "\n\n")
		openings := map[string]int{}
		for i, p := range paragraphs[:len(paragraphs)-1] {
			opening, _, _ := strings.Cut(p, ".")
			if before, again := openings[opening]; again {
				t.Fatalf("seed %d: paragraphs %d and %d both begin %q", seed, before, i, opening)
			}
			openings[opening] = i
		}
		if len(openings) < 2000 {
			t.Errorf("seed %d: only %d paragraphs", seed, len(openings))
		}
	}
}

// The proof that no paragraph repeats: numbers visit every value below count before one returns, and
// different numbers have different openings.
func TestNaturalOpeningsSpellTheirNumber(t *testing.T) {
	l := newLexicon()
	o := newOpenings(newGrammar(l, naturalRules()))
	if o.count < 1e11 {
		t.Errorf("only %d openings", o.count)
	}
	if commonDivisor(o.stride, o.count) != 1 {
		t.Errorf("stride %d and count %d share a factor: some numbers are never visited", o.stride, o.count)
	}
	for i, form := range o.forms {
		product := uint64(len(o.forms))
		for _, it := range form {
			if it.class == nil {
				continue
			}
			product *= uint64(len(it.class.alternatives))
			texts := map[string]bool{}
			for _, a := range it.class.alternatives {
				text := ""
				for _, word := range a {
					if word.class != nil {
						t.Fatalf("form %d: a choice is itself random", i)
					}
					text += l.pieces[word.symbol]
				}
				if texts[text] {
					t.Errorf("form %d: %q is there twice", i, text)
				}
				texts[text] = true
			}
		}
		if product != o.count {
			t.Errorf("form %d spells %d numbers, want %d", i, product, o.count)
		}
	}
	text := func(n uint64) string { return render(l.pieces, o.spell(nil, n)) }
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint64Range(0, o.count-1).Draw(t, "a"), rapid.Uint64Range(0, o.count-1).Draw(t, "b")
		if (text(a) == text(b)) != (a == b) {
			t.Fatalf("numbers %d and %d: %q", a, b, text(a))
		}
	})
}
