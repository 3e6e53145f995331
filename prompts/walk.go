package prompts

import (
	"errors"

	"ctxcliff/shapes"
)

// walk is an endless way over the pieces of a recipe, from its head. Its nonce and pad are copies: the
// maker's lock is not needed any more.
type walk struct {
	recipe Recipe
	spans  []*stretch
	nonce  [][]int32 // by letter
	pad    string
}

// stretch is one span of the walk. It keeps its place when the walk goes round to it again.
type stretch struct {
	tokens   int // 0 = to the end
	lexicon  *lexicon
	ordinary []int32
	stream   *shapes.Stream
	symbols  []shapes.Symbol // read from the stream
	used     int             // of symbols
}

// barren is how many symbols in a row may have no token before the walk gives up.
const barren = 1 << 20

func newWalk(v *vocabulary, r Recipe) *walk {
	w := &walk{recipe: r, pad: v.pad}
	for i, s := range r.Shape.Spans() {
		w.spans = append(w.spans, &stretch{
			tokens: s.Tokens, lexicon: v.lexicons[lexiconKey(s)], ordinary: v.ordinary,
			stream: s.Stream(shapes.Derive(r.Seed, i)), symbols: make([]shapes.Symbol, 0, 512),
		})
	}
	for _, letter := range spell(r.Nonce) {
		w.nonce = append(w.nonce, v.pieces[letter])
	}
	return w
}

// restart goes back to the head.
func (w *walk) restart() {
	for i, s := range w.recipe.Shape.Spans() {
		w.spans[i].stream = s.Stream(shapes.Derive(w.recipe.Seed, i))
		w.spans[i].symbols, w.spans[i].used = w.spans[i].symbols[:0], 0
	}
}

func (s *stretch) next() shapes.Symbol {
	if s.used == len(s.symbols) {
		s.symbols, s.used = s.symbols[:cap(s.symbols)], 0
		s.stream.Fill(s.symbols)
	}
	s.used++
	return s.symbols[s.used-1]
}

// ids appends ids until there are n. A span ends in the middle of a piece if its length says so: the
// rest of that piece is dropped.
func (w *walk) ids(dst []int32, n int) ([]int32, error) {
	var err error
	for at := 0; len(dst) < n; at = (at + 1) % len(w.spans) {
		s, end := w.spans[at], n
		if s.tokens > 0 {
			end = min(n, len(dst)+s.tokens)
		}
		if dst, err = s.ids(dst, end); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func (s *stretch) ids(dst []int32, end int) ([]int32, error) {
	empty := 0
	for len(dst) < end {
		symbol := s.next()
		if i, drawn := symbol.Drawn(len(s.ordinary)); drawn {
			dst = append(dst, s.ordinary[i])
			continue
		}
		piece := s.lexicon.of(symbol)
		if len(piece) == 0 {
			if empty++; empty > barren {
				return nil, errNoTokens
			}
			continue
		}
		empty = 0
		dst = append(dst, piece...)
	}
	return dst[:end], nil
}

// pieces calls visit with piece after piece, from the head, until their ids number n or visit returns
// false. A drawn id has no text. Spans end with the piece that reaches their length.
func (w *walk) pieces(n int, visit func(text string, ids []int32) bool) error {
	w.restart()
	sum, empty := 0, 0
	for at := 0; sum < n; at = (at + 1) % len(w.spans) {
		s, end := w.spans[at], n
		if s.tokens > 0 {
			end = min(n, sum+s.tokens)
		}
		for sum < end {
			text, ids := s.piece()
			if !visit(text, ids) {
				return nil
			}
			if sum += len(ids); len(ids) > 0 {
				empty = 0
			} else if empty++; empty > barren {
				return errNoTokens
			}
		}
	}
	return nil
}

func (s *stretch) piece() (string, []int32) {
	symbol := s.next()
	if i, drawn := symbol.Drawn(len(s.ordinary)); drawn {
		return "", s.ordinary[i : i+1]
	}
	return s.lexicon.texts[symbol], s.lexicon.of(symbol)
}

var errNoTokens = errors.New("the tokenizer makes no tokens of the shape's pieces; choose another shape")

// assemble makes the ids of a prompt: the nonce, cut at its end if there is no room, and the walk.
func (p *Prompt) assemble(w *walk) error {
	ids := make([]int32, 0, p.Target+64)
	for _, letter := range w.nonce {
		ids = append(ids, letter...)
	}
	ids = ids[:min(len(ids), p.Target)]
	p.NonceTokens = len(ids)
	var err error
	if p.IDs, err = w.ids(ids, p.Target); err != nil {
		return err
	}
	p.Tokens, p.Hash = len(p.IDs), hashIDs(p.IDs)
	return nil
}
