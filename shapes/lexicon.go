package shapes

import (
	"unicode"
	"unicode/utf8"
)

// lexicon collects pieces and numbers them in the order of their first use.
type lexicon struct {
	pieces []string
	index  map[string]Symbol
}

func newLexicon() *lexicon { return &lexicon{index: map[string]Symbol{}} }

func (l *lexicon) add(piece string) Symbol {
	s, known := l.index[piece]
	if !known {
		s = Symbol(len(l.pieces))
		l.index[piece] = s
		l.pieces = append(l.pieces, piece)
	}
	return s
}

// addText adds the text cut into pieces.
func (l *lexicon) addText(dst []Symbol, text string) []Symbol {
	for text != "" {
		n := pieceLength(text)
		dst = append(dst, l.add(text[:n]))
		text = text[n:]
	}
	return dst
}

// pieceLength is where the pre-tokenisers of the GPT family would cut first, near enough:
//
//	[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+ | \p{N}{1,3} | ?[^\s\p{L}\p{N}]+[\r\n]* | \s*[\r\n]+ | \s+(?!\S) | \s+
//
// Where it errs, summed counts are a little off, and whoever fits a text corrects them.
func pieceLength(text string) int {
	first, size := utf8.DecodeRuneInString(text)
	if n := span(text, isLetter); n > 0 {
		return n
	}
	if isDigit(first) {
		n := 0
		for range 3 {
			if r, w := utf8.DecodeRuneInString(text[n:]); isDigit(r) {
				n += w
			}
		}
		return n
	}
	if !isNewline(first) {
		if n := span(text[size:], isLetter); n > 0 {
			return size + n
		}
	}
	start := 0
	if first == ' ' {
		start = 1
	}
	if n := span(text[start:], isMark); n > 0 {
		n += start
		return n + span(text[n:], isNewline)
	}
	return spaceLength(text)
}

// spaceLength cuts a run of white space: after its last line break, else before its last character,
// which belongs to the word that follows.
func spaceLength(text string) int {
	whole, afterBreak, beforeLast := 0, 0, 0
	for i, r := range text {
		if !unicode.IsSpace(r) {
			break
		}
		beforeLast, whole = i, i+utf8.RuneLen(r)
		if isNewline(r) {
			afterBreak = whole
		}
	}
	switch {
	case afterBreak > 0:
		return afterBreak
	case whole == len(text) || beforeLast == 0:
		return whole
	}
	return beforeLast
}

// span is the length of the leading run of characters of a kind.
func span(text string, of func(rune) bool) int {
	for i, r := range text {
		if !of(r) {
			return i
		}
	}
	return len(text)
}

func isLetter(r rune) bool  { return unicode.IsLetter(r) || unicode.IsMark(r) }
func isDigit(r rune) bool   { return unicode.IsNumber(r) }
func isNewline(r rune) bool { return r == '\n' || r == '\r' }
func isMark(r rune) bool    { return !unicode.IsSpace(r) && !isLetter(r) && !isDigit(r) }
