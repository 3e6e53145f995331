package simserver

import (
	"slices"
	"strings"
	"sync"
)

// vocabulary is the simulated model's: the 256 bytes have the ids 0 to 255, then come the pieces
// that the shapes are made of (two bytes and longer, sorted), then four special tokens. Text is
// split by the longest match. It is the same in every life of every server of one build.
type vocabulary struct {
	pieces   []string         // by id
	next     map[uint64]int32 // trie: node<<8|byte to node
	token    []int32          // by trie node: the id that ends there, or -1
	special  []int            // ids of the special tokens
	speech   []int            // ids that a sane answer is made of
	families []family
}

// The special tokens, in the order of their ids at the end of the vocabulary.
const (
	bosPiece   = "<|bos|>"
	eosPiece   = "<|eos|>"
	startPiece = "<|im_start|>"
	endPiece   = "<|im_end|>"
)

// vocab is the one vocabulary, built when it is first needed.
var vocab = sync.OnceValue(func() *vocabulary { return newVocabulary(lexicons()) })

func newVocabulary(lexicons []lexicon) *vocabulary {
	v := &vocabulary{next: make(map[uint64]int32, 1<<14), token: append(make([]int32, 0, 1<<14), -1)}
	for b := range 256 {
		v.add(string([]byte{byte(b)}))
	}
	for _, piece := range distinctPieces(lexicons) {
		v.add(piece)
	}
	for _, piece := range []string{bosPiece, eosPiece, startPiece, endPiece} {
		v.special = append(v.special, len(v.pieces))
		v.pieces = append(v.pieces, piece)
	}
	v.speech = v.speakable()
	v.families = v.familiesOf(lexicons)
	return v
}

func distinctPieces(lexicons []lexicon) []string {
	var all []string
	for _, l := range lexicons {
		for _, piece := range l.pieces {
			if len(piece) > 1 {
				all = append(all, piece)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (v *vocabulary) add(piece string) {
	node := int32(0)
	for i := range len(piece) {
		key := uint64(node)<<8 | uint64(piece[i])
		n, ok := v.next[key]
		if !ok {
			n = int32(len(v.token))
			v.next[key] = n
			v.token = append(v.token, -1)
		}
		node = n
	}
	v.token[node] = int32(len(v.pieces))
	v.pieces = append(v.pieces, piece)
}

func (v *vocabulary) bos() int { return v.special[0] }
func (v *vocabulary) eos() int { return v.special[1] }

// encode splits text; special says whether the names of special tokens stand for those tokens.
func (v *vocabulary) encode(text string, special bool) []int {
	ids := make([]int, 0, len(text)/4+1)
	for text != "" {
		chunk, tail, id := text, "", -1
		if special {
			chunk, tail, id = v.cutSpecial(text)
		}
		ids = v.encodePlain(ids, chunk)
		if id >= 0 {
			ids = append(ids, id)
		}
		text = tail
	}
	return ids
}

// cutSpecial splits text at its first special token; id is -1 where there is none.
func (v *vocabulary) cutSpecial(text string) (head, tail string, id int) {
	for from := 0; ; {
		i := strings.Index(text[from:], "<|")
		if i < 0 {
			return text, "", -1
		}
		from += i
		for _, id := range v.special {
			if strings.HasPrefix(text[from:], v.pieces[id]) {
				return text[:from], text[from+len(v.pieces[id]):], id
			}
		}
		from += 2
	}
}

func (v *vocabulary) encodePlain(ids []int, text string) []int {
	for i := 0; i < len(text); {
		node, id, end := int32(0), -1, i
		for j := i; j < len(text); j++ {
			n, ok := v.next[uint64(node)<<8|uint64(text[j])]
			if !ok {
				break
			}
			node = n
			if t := v.token[node]; t >= 0 {
				id, end = int(t), j+1
			}
		}
		ids = append(ids, id)
		i = end
	}
	return ids
}

// decode joins the pieces of ids, which must be in the vocabulary.
func (v *vocabulary) decode(ids []int) string {
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(v.pieces[id])
	}
	return b.String()
}

// valid reports whether every id is in the vocabulary.
func (v *vocabulary) valid(ids []int) bool {
	return !slices.ContainsFunc(ids, func(id int) bool { return id < 0 || id >= len(v.pieces) })
}

// speakable are the pieces of plain lower-case letters, with or without a space before them: what
// answers are made of, so that they look like words and never like a run of one character.
func (v *vocabulary) speakable() []int {
	var ids []int
	for id, piece := range v.pieces[256 : len(v.pieces)-len(v.special)] {
		word := strings.TrimPrefix(piece, " ")
		letters := strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") == ""
		if letters && len(word) > 1 && len(word) < len(piece) {
			ids = append(ids, 256+id)
		}
	}
	if len(ids) < 16 { // a vocabulary without words: letters will do
		for c := 'a'; c <= 'z'; c++ {
			ids = append(ids, int(c))
		}
	}
	return ids
}
