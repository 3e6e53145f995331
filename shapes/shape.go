package shapes

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Shape is what a prompt is made of: one span or more. The zero Shape has none and makes nothing.
type Shape struct{ spans []Span }

// Span is a stretch of a prompt made by one family.
type Span struct {
	Family string // a name of [Families]
	Word   string // what repeat repeats; empty for the other families
	Parts  []Part // what mixed mixes, in the order written; empty for the other families
	Tokens int    // how long it lasts; 0 = to the end of the prompt, which only the last span may do
}

// Part is a component of mixed: a family other than mixed, and its share of the pieces.
type Part struct {
	Family string
	Word   string // as in [Span]
	Weight int    // 1 to 1000
}

const (
	defaultWord = "contexttoken"
	maxWeight   = 1000
	maxTokens   = math.MaxInt32
	maxWord     = 4096 // bytes
)

// New makes a shape of spans, with the same checks as [Parse]. A repeat without a word and a mixed
// without parts get the defaults.
func New(spans ...Span) (Shape, error) {
	if len(spans) == 0 {
		return Shape{}, errors.New("a shape needs a span, such as " + strconv.Quote("natural"))
	}
	s := Shape{spans: make([]Span, len(spans))}
	for i, span := range spans {
		completed, err := span.complete()
		if err != nil {
			return Shape{}, err
		}
		if completed.Tokens == 0 && i < len(spans)-1 {
			return Shape{}, fmt.Errorf("%q would run to the end and leave no room for %q; give it a length, such as %s@2000",
				completed, spans[i+1].Family, completed)
		}
		s.spans[i] = completed
	}
	return s, nil
}

// Spans are the shape's spans in order, as a copy.
func (s Shape) Spans() []Span {
	spans := slices.Clone(s.spans)
	for i := range spans {
		spans[i].Parts = slices.Clone(spans[i].Parts)
	}
	return spans
}

// String is the canonical text form: [Parse] turns it into the same shape. Empty for the zero Shape.
func (s Shape) String() string {
	texts := make([]string, len(s.spans))
	for i, span := range s.spans {
		texts[i] = span.String()
	}
	return strings.Join(texts, "+")
}

// MarshalText is [Shape.String].
func (s Shape) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is [Parse].
func (s *Shape) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err == nil {
		*s = parsed
	}
	return err
}

// String is the canonical text form of the span: parameters are left out only where the family's
// name alone says as much (mixed in its default mixture), lengths are exact integers.
func (s Span) String() string {
	var b strings.Builder
	b.WriteString(s.Family)
	if s.Word != "" {
		b.WriteString(":" + escape(s.Word))
	}
	if len(s.Parts) > 0 && !slices.Equal(s.Parts, defaultParts) {
		for i, p := range s.Parts {
			b.WriteByte(":,"[min(i, 1)])
			b.WriteString(p.span().String() + "=" + strconv.Itoa(p.Weight))
		}
	}
	if s.Tokens > 0 {
		b.WriteString("@" + strconv.Itoa(s.Tokens))
	}
	return b.String()
}

func (p Part) span() Span { return Span{Family: p.Family, Word: p.Word} }

// complete checks the span and fills in defaults. Slices are its own afterwards.
func (s Span) complete() (Span, error) {
	f, err := familyNamed(s.Family)
	if err != nil {
		return Span{}, err
	}
	if s.Tokens < 0 || s.Tokens > maxTokens {
		return Span{}, fmt.Errorf("a span of %d tokens cannot be; write a length between 1 and %d", s.Tokens, maxTokens)
	}
	if s.Word, err = f.word(s.Word); err != nil {
		return Span{}, err
	}
	if f.takes != takesParts {
		if len(s.Parts) > 0 {
			return Span{}, fmt.Errorf("%s mixes nothing; write mixed:%s=1", f.name, s.Parts[0].Family)
		}
		s.Parts = nil
		return s, nil
	}
	if len(s.Parts) == 0 {
		s.Parts = defaultParts
	}
	s.Parts = slices.Clone(s.Parts)
	for i, p := range s.Parts {
		if s.Parts[i], err = p.complete(); err != nil {
			return Span{}, err
		}
		if slices.ContainsFunc(s.Parts[:i], func(q Part) bool { return q.span().String() == s.Parts[i].span().String() }) {
			return Span{}, fmt.Errorf("mixed names %s twice; give it one weight", s.Parts[i].span())
		}
	}
	return s, nil
}

func (p Part) complete() (Part, error) {
	f, err := familyNamed(p.Family)
	if err != nil {
		return Part{}, err
	}
	if f.takes == takesParts {
		return Part{}, errors.New("a mixed inside a mixed; name its components in the outer one")
	}
	if p.Word, err = f.word(p.Word); err != nil {
		return Part{}, err
	}
	if p.Weight < 1 || p.Weight > maxWeight {
		return Part{}, fmt.Errorf("the weight %d of %s is not between 1 and %d", p.Weight, p.Family, maxWeight)
	}
	return p, nil
}

// word checks a word for the family, or gives the default.
func (f family) word(word string) (string, error) {
	switch {
	case f.takes != takesWord && word != "":
		return "", fmt.Errorf("%s takes no parameter, %q is left over; to repeat a word write repeat:%s", f.name, word, escape(word))
	case f.takes != takesWord:
		return "", nil
	case word == "":
		return defaultWord, nil
	case !utf8.ValidString(word):
		return "", fmt.Errorf("the word %q is not valid UTF-8, which no JSON request can carry; for odd text use the shape unicode", word)
	case len(word) > maxWord:
		return "", fmt.Errorf("a word of %d bytes is too long; %d are the most", len(word), maxWord)
	}
	return word, nil
}
