package simserver

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"ctxcliff/shapes"
)

// prompt makes n tokens of a shape's first span from its stream, with a nonce at the head as the
// harness writes it. As text, the pieces are joined and split again.
func prompt(t *testing.T, text string, seed uint64, n int, asText bool) []int {
	t.Helper()
	shape, err := shapes.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	span := shape.Spans()[0]
	lexicon, v := span.Lexicon(), vocab()
	symbols := make([]shapes.Symbol, n)
	span.Stream(seed).Fill(symbols)
	ids := v.encode(fmt.Sprintf("[%016x] ", seed), false)
	var words strings.Builder
	for _, s := range symbols {
		if id, drawn := s.Drawn(v.bos()); drawn {
			ids = append(ids, id)
		} else if asText {
			words.WriteString(lexicon[s])
		} else {
			ids = append(ids, v.encode(lexicon[s], false)...)
		}
	}
	return append(ids, v.encode(words.String(), false)...)[:n]
}

func TestEveryFamilyIsRecognised(t *testing.T) {
	v := vocab()
	for _, info := range shapes.Families() {
		for _, n := range []int{1000, 5000, 70000} {
			for seed := range uint64(4) {
				for _, asText := range []bool{false, true} {
					f := newFacts(v, prompt(t, info.Name, seed, n, asText))
					for _, other := range shapeNames() {
						if got := f.isShape(other); got != (other == info.Name) {
							t.Errorf("%s, %d tokens, seed %d, text %v: is %s? %v (%v)", info.Name, n, seed, asText, other, got, f.shapes)
						}
					}
				}
			}
		}
	}
}

func TestSmallPromptsOfOneFamilyAreRecognised(t *testing.T) {
	for _, name := range []string{"opt", "repeat", "repeat:foo", "natural", "code", "unicode", "lines"} {
		f := newFacts(vocab(), prompt(t, name, 1, 200, false))
		if want, _, _ := strings.Cut(name, ":"); !f.isShape(want) {
			t.Errorf("%s is %v", name, f.shapes)
		}
	}
}

// TestOrigin replays the field results at their sizes; what the profile says is what ORIGIN saw.
func TestOrigin(t *testing.T) {
	for _, tt := range []struct {
		shape           string
		np, ctx, tokens int
		want            string // ok, refused or dies
	}{
		{"opt", 4, 131072, 5010, "ok"},
		{"repeat:contexttoken", 4, 131072, 5000, "dies"},
		{"opt", 4, 131072, 32010, "ok"},
		{"opt", 1, 300000, 150010, "ok"},
		{"opt", 2, 256000, 128010, "refused"},
		{"opt", 2, 200000, 100010, "ok"},
		{"opt", 2, 200000, 89970, "ok"},
		{"natural", 2, 200000, 90000, "ok"},
		{"mixed", 2, 200000, 48000, "ok"},
		{"mixed", 2, 200000, 69940, "dies"},
		{"mixed", 2, 200000, 89929, "dies"},
	} {
		_, url := inProcess(t, "origin", Options{NP: tt.np, Ctx: tt.ctx})
		request := body{"prompt": prompt(t, tt.shape, 7, tt.tokens, false), "n_predict": 1}
		resp, err := client.Post(url+"/completion", "application/json", strings.NewReader(string(asJSON(t, request))))
		got := "dies"
		if err == nil {
			got = map[int]string{http.StatusOK: "ok", http.StatusBadRequest: "refused"}[resp.StatusCode]
			resp.Body.Close()
		}
		if got != tt.want {
			t.Errorf("%s, %d tokens, np %d, ctx %d: %s, want %s", tt.shape, tt.tokens, tt.np, tt.ctx, got, tt.want)
		}
	}
}

// TestOriginTakesTheTimesThatWereMeasured compares the reported time of a cold prompt with the field's.
func TestOriginTakesTheTimesThatWereMeasured(t *testing.T) {
	for tokens, seconds := range map[int]float64{75010: 417.9, 100010: 636.2, 125004: 894.2, 150010: 1193.4} {
		_, url := inProcess(t, "origin", Options{NP: 1, Ctx: 300000})
		_, m := post(t, url+"/completion", body{"prompt": prompt(t, "opt", 7, tokens, false), "n_predict": 1})
		got := m["timings"].(map[string]any)["prompt_ms"].(float64) / 1000
		if got < 0.97*seconds || got > 1.03*seconds {
			t.Errorf("%d tokens: %.1f s, want about %.1f", tokens, got, seconds)
		}
	}
}
