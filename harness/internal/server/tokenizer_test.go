package server

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// byteTokenizer tokenises as a byte-level server would: one token for each byte of a string, numbers
// as they are.
func byteTokenizer(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Content any `json:"content"`
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		w.WriteHeader(400)
		return
	}
	tokens := []int{}
	add := func(v any) {
		switch v := v.(type) {
		case string:
			for _, b := range []byte(v) {
				tokens = append(tokens, int(b))
			}
		case float64:
			tokens = append(tokens, int(v))
		}
	}
	if list, ok := request.Content.([]any); ok {
		for _, v := range list {
			add(v)
		}
	} else {
		add(request.Content)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"tokens": tokens})
}

func TestPiecesComeBackOneByOne(t *testing.T) {
	c := fake(t, byteTokenizer)
	rapid.Check(t, func(rt *rapid.T) {
		pieces := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom([]string{"", " ", "<|im_start|>", "-1", "é☃😀", "\x00", "\n"}), rapid.String()), 0, 20).Draw(rt, "pieces")
		tokenizer := c.Tokenizer("v", nil)
		got, err := tokenizer.TokenizePieces(within(t), pieces)
		if err != nil || len(got) != len(pieces) || tokenizer.Calls() != 1 {
			rt.Fatalf("%d pieces, %d calls, %v", len(got), tokenizer.Calls(), err)
		}
		for i, p := range pieces {
			text := []byte{}
			for _, id := range got[i] {
				text = append(text, byte(id))
			}
			if string(text) != p {
				rt.Fatalf("piece %d: %q instead of %q", i, text, p)
			}
		}
	})
}

func TestAServerThatLosesPieces(t *testing.T) {
	for _, answer := range []string{`{"tokens":[1,2]}`, `{"tokens":[-1,1,-1,2]}`, `{}`, `{"tokens":[-1,-1,-1,-1]}`} {
		c := fake(t, func(w http.ResponseWriter, _ *http.Request) { say(w, answer) })
		_, err := c.Tokenizer("v", nil).TokenizePieces(within(t), []string{"a", "b"})
		oneSentence(t, err, "2 pieces were sent")
	}
	c := fake(t, func(w http.ResponseWriter, _ *http.Request) { say(w, `{"tokens":["a"]}`) })
	_, err := c.Tokenizer("v", nil).TokenizePieces(within(t), []string{"a"})
	oneSentence(t, err, "tokenise: read the answer of /tokenize")
}

func TestOrdinaryTokens(t *testing.T) {
	c := NewClient("http://127.0.0.1:1")
	got, err := c.Tokenizer("name", []int32{1, 2}).Ordinary(within(t))
	if diff := cmp.Diff([]int32{1, 2}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	_, err = c.Tokenizer("name", nil).Ordinary(within(t))
	oneSentence(t, err, "its file was not read")
	if name := c.Tokenizer("name", nil).Name(); name != "name" {
		t.Error(name)
	}
}
