package server

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// plainRequest is the request as encoding/json writes it.
type plainRequest struct {
	Prompt         any      `json:"prompt"`
	Stream         bool     `json:"stream"`
	ReturnProgress bool     `json:"return_progress"`
	ReturnTokens   bool     `json:"return_tokens"`
	Temperature    int      `json:"temperature"`
	IgnoreEOS      bool     `json:"ignore_eos"`
	Seed           int      `json:"seed"`
	NPredict       int      `json:"n_predict"`
	Slot           int      `json:"id_slot"`
	CachePrompt    bool     `json:"cache_prompt"`
	ResponseFields []string `json:"response_fields"`
	NProbs         int      `json:"n_probs,omitempty"`
}

func decoded(t *rapid.T, data []byte) (v any) {
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, data)
	}
	return v
}

func TestARequestSaysWhatEncodingJSONWouldSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := CompletionRequest{
			Prompt: rapid.SliceOf(rapid.Int32()).Draw(t, "ids"), Text: rapid.String().Draw(t, "text"),
			Slot: rapid.IntRange(-1, 300).Draw(t, "slot"), Reply: rapid.IntRange(-3, 1<<20).Draw(t, "reply"), Cache: rapid.Bool().Draw(t, "cache"),
			Probs: rapid.SampledFrom([]int{0, 0, 1, 4}).Draw(t, "probs"),
		}
		want := plainRequest{
			Prompt: r.Prompt, Stream: true, ReturnProgress: true, ReturnTokens: true, IgnoreEOS: true, Seed: 1,
			NPredict: max(1, r.Reply), Slot: r.Slot, CachePrompt: r.Cache,
			ResponseFields: []string{"index", "content", "tokens", "stop", "id_slot", "tokens_predicted", "tokens_evaluated", "truncated", "stop_type", "timings", "error"},
			NProbs:         r.Probs,
		}
		if r.Probs > 0 {
			want.ResponseFields = append(want.ResponseFields, "completion_probabilities")
		}
		switch {
		case r.Text != "":
			want.Prompt = r.Text
		case len(r.Prompt) == 0:
			want.Prompt = []int32{}
		}
		plain, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := r.encode()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(decoded(t, plain), decoded(t, ours)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestTextThatJSONCannotCarryIsNotSentAsAnotherText(t *testing.T) {
	_, err := CompletionRequest{Text: "a\xff"}.encode()
	oneSentence(t, err, "not valid UTF-8")
}

func BenchmarkEncode300kIDs(b *testing.B) {
	prompt := make([]int32, 300_000)
	for i := range prompt {
		prompt[i] = int32(i*7919) % 150_000
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (CompletionRequest{Prompt: prompt, Reply: 16}).encode(); err != nil {
			b.Fatal(err)
		}
	}
}
