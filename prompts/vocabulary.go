package prompts

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ctxcliff/shapes"
)

// vocabulary is what a maker remembers of one. What it holds is never changed, only added to.
type vocabulary struct {
	lexicons map[string]*lexicon // by a span's text without its length
	pieces   map[string][]int32  // the alphabet of nonces
	pad      string              // a piece that is one token wherever and however often it stands; "" = none known
	ordinary []int32             // nil until random was asked for
}

// lexicon is a span's lexicon as ids: those of symbol s are ids[ends[s]:ends[s+1]].
type lexicon struct {
	texts []string
	ids   []int32
	ends  []uint32
}

func (l *lexicon) of(s shapes.Symbol) []int32 { return l.ids[l.ends[s]:l.ends[s+1]] }

func newLexicon(texts []string, ids [][]int32) *lexicon {
	l := &lexicon{texts: texts, ends: make([]uint32, 1, len(texts)+1)}
	for _, piece := range ids {
		l.ids = append(l.ids, piece...)
		l.ends = append(l.ends, uint32(len(l.ids)))
	}
	return l
}

// pads are tried in this order. A word after a space is a token of its own in every vocabulary of some
// size; the letters are for tiny ones.
var pads = []string{" the", " of", " and", " to", " in", " a", "the", "e", "x", "0", "."}

// padRun is how often a pad is repeated to see whether its tokens add up.
const padRun = 8

func lexiconKey(s shapes.Span) string {
	s.Tokens = 0
	return s.String()
}

// learn asks the tokenizer for all that the recipe needs and that is not known yet: one question for
// pieces of every kind, and one for the ordinary ids if random needs them. It returns how many
// questions that took.
func (v *vocabulary) learn(ctx context.Context, t Tokenizer, r Recipe) (calls int, err error) {
	var pieces []string
	var adopt []func(ids [][]int32) // takes the answers to its own pieces, in the order of pieces
	ask := func(part []string, then func([][]int32)) {
		begin := len(pieces)
		pieces = append(pieces, part...)
		adopt = append(adopt, func(ids [][]int32) { then(ids[begin : begin+len(part)]) })
	}

	first := v.pieces == nil
	if first {
		ask(padQuestions(), func(ids [][]int32) { v.pad = choosePad(ids) })
	}
	if unknown := v.unknownLetters(r.Nonce, first); len(unknown) > 0 {
		ask(unknown, func(ids [][]int32) {
			if v.pieces == nil {
				v.pieces = map[string][]int32{}
			}
			for i, piece := range unknown {
				v.pieces[piece] = ids[i]
			}
		})
	}
	needsOrdinary := false
	asked := map[string]bool{}
	for _, s := range r.Shape.Spans() {
		needsOrdinary = needsOrdinary || draws(s)
		key := lexiconKey(s)
		if v.lexicons[key] == nil && !asked[key] {
			asked[key] = true
			texts := s.Lexicon()
			ask(texts, func(ids [][]int32) { v.lexicons[key] = newLexicon(texts, ids) })
		}
	}

	if len(pieces) > 0 {
		calls++
		ids, err := t.TokenizePieces(ctx, pieces)
		if err == nil && len(ids) != len(pieces) {
			err = fmt.Errorf("%d answers came back", len(ids))
		}
		if err != nil {
			return calls, fmt.Errorf("tokenise %d pieces of %s: %w", len(pieces), r.Shape, err)
		}
		for _, take := range adopt {
			take(ids)
		}
	}
	if needsOrdinary && v.ordinary == nil {
		calls++
		ids, err := t.Ordinary(ctx)
		if err == nil && len(ids) == 0 {
			err = errors.New("the vocabulary has none")
		}
		if err != nil {
			return calls, fmt.Errorf("list the token ids that random may draw: %w", err)
		}
		v.ordinary = ids
	}
	return calls, nil
}

func padQuestions() []string {
	var questions []string
	for _, p := range pads {
		questions = append(questions, p, strings.Repeat(p, padRun))
	}
	return questions
}

func choosePad(answers [][]int32) string {
	for i, p := range pads {
		if len(answers[2*i]) == 1 && len(answers[2*i+1]) == padRun {
			return p
		}
	}
	return ""
}

// hexDigits are what nonces are usually written with.
const hexDigits = "0123456789abcdef"

// spell cuts a nonce into letters of the alphabet: pairs of hexadecimal digits, else characters. The
// ids of a nonce are those of its letters, so that a new nonce needs no tokenizer.
func spell(nonce string) []string {
	var letters []string
	runes := []rune(nonce)
	for i := 0; i < len(runes); i++ {
		n := 1
		if i+1 < len(runes) && strings.ContainsRune(hexDigits, runes[i]) && strings.ContainsRune(hexDigits, runes[i+1]) {
			n = 2
		}
		letters = append(letters, string(runes[i:i+n]))
		i += n - 1
	}
	return letters
}

// unknownLetters are those of the nonce that still have no ids; the first time, also all that nonces of
// plain ASCII can need.
func (v *vocabulary) unknownLetters(nonce string, first bool) []string {
	var letters []string
	if first {
		for c := ' '; c <= '~'; c++ {
			letters = append(letters, string(c))
		}
		for _, a := range hexDigits {
			for _, b := range hexDigits {
				letters = append(letters, string([]rune{a, b}))
			}
		}
	}
	asked := map[string]bool{}
	for _, l := range letters {
		asked[l] = true
	}
	for _, l := range spell(nonce) {
		if _, known := v.pieces[l]; !known && !asked[l] {
			asked[l] = true
			letters = append(letters, l)
		}
	}
	return letters
}
