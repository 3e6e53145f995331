package prompts

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"ctxcliff/shapes"
)

// Recipe is everything that makes one prompt again: the same recipe gives the same token ids.
type Recipe struct {
	Shape      shapes.Shape
	Seed       uint64
	Tokens     int    // how many are asked for, 1 or more
	Vocabulary string // a [Tokenizer]'s name; empty: that of whichever makes it
	Nonce      string // text at the head that no other slot has; may be empty
	Form       Form
}

// Form says how the prompt travels.
type Form uint8

const (
	FormUnknown Form = iota
	IDs              // token ids, used by the server as they are: no BOS, no template
	Text             // text for a completion endpoint, which may put a BOS before it
	Chat             // text of the one user message of a chat
)

func (f Form) String() string {
	switch f {
	case IDs:
		return "ids"
	case Text:
		return "text"
	case Chat:
		return "chat"
	}
	return "unknown"
}

// ParseForm reads what [Form.String] writes.
func ParseForm(text string) (Form, error) {
	for _, f := range []Form{IDs, Text, Chat} {
		if f.String() == text {
			return f, nil
		}
	}
	return FormUnknown, fmt.Errorf("%q is not a form of prompts; write ids, text or chat", text)
}

// Prompt is a recipe made real for one vocabulary.
type Prompt struct {
	Recipe        Recipe  // as asked, with the vocabulary filled in
	IDs           []int32 // of form IDs; nil for the others
	Text          string  // of forms Text and Chat; empty for IDs, unless the prompt was [Prompt.Said]
	Target        int     // tokens asked for
	Tokens        int     // tokens achieved, as the server counts: BOS and template included. At most Target
	NonceTokens   int     // how many of them are the nonce; in texts by its pieces, so give or take a few
	Hash          string  // SHA-256 in hexadecimal, of the ids as little-endian int32 or of the text
	TokeniseCalls int     // questions that this prompt cost the tokenizer; 0 = all from memory
}

// check says why the recipe cannot be made in a vocabulary, in one sentence.
func (r Recipe) check(vocabulary string) error {
	spans := r.Shape.Spans()
	switch {
	case len(spans) == 0:
		return errors.New("the recipe has no shape; give one such as natural")
	case r.Tokens < 1:
		return fmt.Errorf("a prompt of %d tokens cannot be; ask for 1 or more", r.Tokens)
	case r.Form != IDs && r.Form != Text && r.Form != Chat:
		return errors.New("the recipe does not say in which form; choose ids, text or chat")
	case r.Vocabulary != "" && r.Vocabulary != vocabulary:
		return fmt.Errorf("the recipe belongs to the vocabulary %s, and this tokenizer has %s; its ids mean other text there", r.Vocabulary, vocabulary)
	}
	if r.Form != IDs {
		for _, s := range spans {
			if draws(s) {
				return fmt.Errorf("%s consists of token ids and has no text form; send it as ids", s)
			}
		}
	}
	return nil
}

// draws reports whether the span asks for random token ids.
func draws(s shapes.Span) bool {
	for _, p := range s.Parts {
		if p.Family == "random" {
			return true
		}
	}
	return s.Family == "random"
}

func hashIDs(ids []int32) string {
	h := sha256.New()
	var chunk [4096]byte
	for len(ids) > 0 {
		n := min(len(ids), len(chunk)/4)
		for i, id := range ids[:n] {
			binary.LittleEndian.PutUint32(chunk[4*i:], uint32(id))
		}
		h.Write(chunk[:4*n])
		ids = ids[n:]
	}
	return hex.EncodeToString(h.Sum(nil))
}

func hashText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
