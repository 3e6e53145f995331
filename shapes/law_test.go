package shapes

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// anyPart draws a family that may stand in a mixed, with an arbitrary word where it takes one.
func anyPart(t *rapid.T) Part {
	f := families[rapid.IntRange(0, len(families)-1).Filter(func(i int) bool { return families[i].takes != takesParts }).Draw(t, "family")]
	p := Part{Family: f.name, Weight: rapid.IntRange(1, maxWeight).Draw(t, "weight")}
	if f.takes == takesWord {
		p.Word = rapid.String().Filter(func(s string) bool { return s != "" && utf8.ValidString(s) }).Draw(t, "word")
	}
	return p
}

func anyShape(t *rapid.T) Shape {
	spans := make([]Span, rapid.IntRange(1, 4).Draw(t, "spans"))
	for i := range spans {
		if rapid.IntRange(0, 3).Draw(t, "kind") == 0 {
			parts := rapid.SliceOfNDistinct(rapid.Custom(anyPart), 0, 4, func(p Part) string { return p.span().String() })
			spans[i] = Span{Family: "mixed", Parts: parts.Draw(t, "parts")}
		} else {
			p := anyPart(t)
			spans[i] = Span{Family: p.Family, Word: p.Word}
		}
		if i < len(spans)-1 || rapid.Bool().Draw(t, "all sized") {
			spans[i].Tokens = rapid.IntRange(1, maxTokens).Draw(t, "tokens")
		}
	}
	shape, err := New(spans...)
	if err != nil {
		t.Fatalf("New(%+v): %v", spans, err)
	}
	return shape
}

func TestTheTextFormParsesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := anyShape(t)
		again, err := Parse(shape.String())
		if err != nil {
			t.Fatalf("%q does not parse: %v", shape, err)
		}
		if !slices.EqualFunc(shape.Spans(), again.Spans(), func(a, b Span) bool {
			return a.Family == b.Family && a.Word == b.Word && a.Tokens == b.Tokens && slices.Equal(a.Parts, b.Parts)
		}) {
			t.Fatalf("%q parsed to %+v, was %+v", shape, again.Spans(), shape.Spans())
		}
		if strings.ContainsAny(shape.String(), " \t\n\"#") && !strings.Contains(shape.String(), `"`) {
			t.Fatalf("%q holds characters that a list or a comment would break", shape)
		}
	})
}

func TestAListParsesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfNDistinct(rapid.Custom(anyShape), 1, 5, Shape.String).Draw(t, "shapes")
		var texts []string
		for _, s := range want {
			texts = append(texts, s.String())
		}
		got, err := ParseList(strings.Join(texts, ","))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(got, want, func(a, b Shape) bool { return a.String() == b.String() }) {
			t.Fatalf("%q parsed to %v", texts, got)
		}
	})
}

func TestParsingNeverPanics(t *testing.T) {
	pieces := rapid.SampledFrom([]string{"opt", "repeat", "mixed", "natural", ":", "@", "+", "=", ",", "%", "4", "32k", "Ki", "-1", " ", "é", "\xff", "all", "9999999999"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(pieces, 0, 12).Draw(t, "pieces"), "")
		list, err := ParseList(text)
		if err == nil && len(list) == 0 {
			t.Fatalf("%q parsed to no shapes and no error", text)
		}
		for _, s := range list {
			if _, err := Parse(s.String()); err != nil {
				t.Fatalf("%q parsed to %q, which does not: %v", text, s, err)
			}
		}
	})
}

// every runs a test for each family with its defaults.
func every(t *testing.T, test func(*testing.T, Span)) {
	for _, f := range Families() {
		shape, err := Parse(f.Default)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(f.Name, func(t *testing.T) { test(t, shape.Spans()[0]) })
	}
}

func TestEveryLexiconIsSmallValidAndDistinct(t *testing.T) {
	every(t, func(t *testing.T, s Span) {
		lexicon := s.Lexicon()
		if len(lexicon) > 6000 || len(lexicon) == 0 && s.Family != "random" {
			t.Errorf("%d pieces", len(lexicon))
		}
		seen := map[string]bool{}
		for _, piece := range lexicon {
			if piece == "" || !utf8.ValidString(piece) || seen[piece] {
				t.Errorf("piece %q is empty, not UTF-8, or there twice", piece)
			}
			if strings.ContainsAny(piece, "«»\x00\x1b") {
				t.Errorf("piece %q: a rule did not expand, or a control character", piece)
			}
			seen[piece] = true
		}
	})
}

func TestStreamsAreDeterministicAndEndless(t *testing.T) {
	every(t, func(t *testing.T, s Span) {
		size := len(s.Lexicon())
		a, b := s.Stream(7), s.Stream(7)
		whole, parts := make([]Symbol, 50000), make([]Symbol, 0, 50000)
		a.Fill(whole)
		for step := 1; len(parts) < cap(parts); step = step%97 + 1 { // in uneven steps
			n := min(step, cap(parts)-len(parts))
			b.Fill(parts[len(parts) : len(parts)+n])
			parts = parts[:len(parts)+n]
		}
		if !slices.Equal(whole, parts) {
			t.Error("a stream depends on how it is read")
		}
		for _, x := range whole {
			if _, isDrawn := x.Drawn(1); isDrawn != (s.Family == "random") || !isDrawn && int(x) >= size {
				t.Fatalf("symbol %d is not in the lexicon", x)
			}
		}
	})
}

func TestStreamsDifferBySeed(t *testing.T) {
	every(t, func(t *testing.T, s Span) {
		a, b := make([]Symbol, 2000), make([]Symbol, 2000)
		s.Stream(1).Fill(a)
		s.Stream(2).Fill(b)
		constant := s.Family == "opt" || s.Family == "repeat"
		if slices.Equal(a, b) != constant {
			t.Errorf("seeds 1 and 2 give equal streams: %v", !constant)
		}
	})
}

func TestDrawsAreUniform(t *testing.T) {
	const n, draws = 100, 200000
	var counts [n]int
	symbols := make([]Symbol, draws)
	Span{Family: "random"}.Stream(3).Fill(symbols)
	for _, s := range symbols {
		i, _ := s.Drawn(n)
		counts[i]++
	}
	for i, c := range counts { // 2000 expected, standard deviation 44.5
		if c < 2000-270 || c > 2000+270 {
			t.Errorf("id %d drawn %d times of %d", i, c, draws)
		}
	}
}

func TestMixedHonoursItsWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"opt", "natural", "code", "tools", "lines", "unicode", "random"}), 2, 4, rapid.ID).Draw(t, "families")
		mixed := Span{Family: "mixed"}
		total := 0
		for _, name := range names {
			w := rapid.IntRange(1, 9).Draw(t, "weight")
			total += w
			mixed.Parts = append(mixed.Parts, Part{Family: name, Weight: w})
		}
		const n = 100000
		symbols := make([]Symbol, n)
		mixed.Stream(rapid.Uint64().Draw(t, "seed")).Fill(symbols)
		// Count by the words that only one part has.
		lexicon := mixed.Lexicon()
		for _, p := range mixed.Parts {
			if p.Family != "opt" && p.Family != "random" {
				continue
			}
			count := 0
			for _, s := range symbols {
				_, isDrawn := s.Drawn(1)
				if p.Family == "random" && isDrawn || p.Family == "opt" && !isDrawn && lexicon[s] == " opt" {
					count++
				}
			}
			want := n * p.Weight / total
			if count < want*93/100-200 || count > want*105/100+200 { // less the line breaks between blocks
				t.Errorf("%s: %d of %d pieces, want about %d", mixed, count, n, want)
			}
		}
	})
}
