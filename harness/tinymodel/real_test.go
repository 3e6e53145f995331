package tinymodel

import (
	"flag"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRealServer runs each family in a real llama-server.
func TestRealServer(t *testing.T) {
	for _, f := range Families() {
		t.Run(string(f), func(t *testing.T) {
			s := start(t, Options{Family: f, Seed: 1}, 1, 2048)
			t.Run("text round trip", s.textRoundTrip)
			t.Run("words cost few tokens", s.wordsAreShort)
			t.Run("chat template", s.chatTemplate)
			t.Run("greedy answers repeat and vary", s.greedyAnswers)
			t.Run("sampled answers do not end early", s.sampledAnswers)
			t.Run("context limit", s.contextLimit)
		})
	}
}

// TestRealServerCutsText runs each pre-tokeniser on all kinds of text. Where contractions are no words of their own, the
// merges make fewer tokens of what follows an apostrophe.
func TestRealServerCutsText(t *testing.T) {
	const contracted = "'the"
	count := map[Pre]int{}
	for _, o := range Variety() {
		if o.Family != Mamba {
			continue
		}
		t.Run(o.Name(), func(t *testing.T) {
			s := start(t, o, 1, 512)
			s.textRoundTrip(t)
			s.wordsAreShort(t)
			var cut struct{ Tokens []int32 }
			s.post(t, "/tokenize", map[string]any{"content": contracted}, &cut)
			count[o.Pre] = len(cut.Tokens)
		})
	}
	for _, p := range []Pre{DeepSeekV3, Tekken} {
		if count[p] >= count[Qwen2] || count[Qwen2] != count[LlamaBPE] || count[Qwen2] != count[""] {
			t.Errorf("%q costs %v tokens", contracted, count)
		}
	}
}

func (s *server) textRoundTrip(t *testing.T) {
	for _, text := range []string{
		"The quick brown fox jumps over the lazy dog.", "  two  spaces\tand\n\nlines\r\n", "if err != nil { return 1e-9 }",
		"Ünïcödé Привет 你好 😀👩‍👩‍👧", "<|im_start|> and <|bos|> as text", "\u0000\u0001\u007f",
	} {
		var cut struct{ Tokens []int32 }
		s.post(t, "/tokenize", map[string]any{"content": text, "parse_special": false}, &cut)
		var joined struct{ Content string }
		s.post(t, "/detokenize", map[string]any{"tokens": cut.Tokens}, &joined)
		if joined.Content != text {
			t.Errorf("%q came back as %q by way of %d", text, joined.Content, cut.Tokens)
		}
	}
	var special struct{ Tokens []int32 }
	s.post(t, "/tokenize", map[string]any{"content": "<|im_start|>A<|im_end|>", "add_special": true}, &special)
	want := []int32{int32(control("<|bos|>")), int32(control("<|im_start|>")), 'A', int32(control("<|im_end|>"))}
	if diff := cmp.Diff(want, special.Tokens); diff != "" {
		t.Errorf("control tokens: -want +got\n%s", diff)
	}
}

func (s *server) wordsAreShort(t *testing.T) {
	list, err := os.ReadFile("testdata/words.txt")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(string(list))
	var cut struct{ Tokens []int32 }
	s.post(t, "/tokenize", map[string]any{"content": " " + strings.Join(words, " ")}, &cut)
	if most := 2 * len(words); len(cut.Tokens) > most {
		t.Errorf("%d known words cost %d tokens, more than %d", len(words), len(cut.Tokens), most)
	}
	unknown := strings.Fields("clockwork sandstone volunteer departure neighbour lighthouse astronomy merchant blanket repair")
	s.post(t, "/tokenize", map[string]any{"content": " " + strings.Join(unknown, " ")}, &cut)
	if most := 4 * len(unknown); len(cut.Tokens) > most {
		t.Errorf("%d unknown words cost %d tokens, more than %d", len(unknown), len(cut.Tokens), most)
	}
}

func (s *server) chatTemplate(t *testing.T) {
	var applied struct{ Prompt string }
	s.post(t, "/apply-template", map[string]any{"messages": []any{
		map[string]any{"role": "system", "content": "Be brief."},
		map[string]any{"role": "user", "content": "hi"},
		map[string]any{"role": "assistant", "content": nil, "tool_calls": []any{
			map[string]any{"id": "1", "type": "function", "function": map[string]any{"name": "f", "arguments": "{}"}},
		}},
		map[string]any{"role": "tool", "tool_call_id": "1", "content": "42"},
	}}, &applied)
	want := "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n<|im_end|>\n" +
		"<|im_start|>tool\n42<|im_end|>\n<|im_start|>assistant\n"
	if applied.Prompt != want {
		t.Errorf("got  %q\nwant %q", applied.Prompt, want)
	}
}

// greedyAnswers asks everything twice. A repeated prompt is the hard one: attention sees the same
// everywhere, and a model that answers a single token again and again looks like a broken server.
func (s *server) greedyAnswers(t *testing.T) {
	answers := map[string]bool{}
	prompts := [][]int32{randomIDs(1, 1), randomIDs(2, 700), repeated(700, 300), repeated(700, 301), repeated(1500, 302, 303), repeated(1500, 1000)}
	for _, prompt := range prompts {
		first, second := s.complete(t, prompt, 64), s.complete(t, prompt, 64)
		if diff := cmp.Diff(first.Tokens, second.Tokens); diff != "" {
			t.Errorf("the second answer differs from the first\n%s", diff)
		}
		if first.Evaluated != len(prompt) || first.StopType != "limit" || len(first.Tokens) != 64 {
			t.Errorf("%d of %d tokens evaluated, answer of %d, stopped by %s", first.Evaluated, len(prompt), len(first.Tokens), first.StopType)
		}
		distinct := map[int32]bool{}
		for i, id := range first.Tokens {
			distinct[id] = true
			if !printable(int(id)) {
				t.Errorf("token %d of the answer is %d, which nobody can print", i, id)
			}
		}
		if len(distinct) < 20 {
			t.Errorf("an answer of 64 tokens has only %d different ones: %q", len(distinct), first.Content)
		}
		for i, p := range first.Probabilities {
			if p.Logprob == nil {
				t.Fatalf("token %d of the answer has no probability", i)
			}
		}
		answers[first.Content] = true
	}
	if len(answers) != len(prompts) {
		t.Errorf("%d prompts have %d different answers", len(prompts), len(answers))
	}
}

func (s *server) sampledAnswers(t *testing.T) {
	for seed := range 5 {
		var a answer
		s.post(t, "/completion", map[string]any{"prompt": "once upon a time", "n_predict": 100, "seed": seed}, &a)
		if a.StopType != "limit" {
			t.Errorf("seed %d: stopped by %s after %d tokens", seed, a.StopType, a.Predicted)
		}
	}
}

func (s *server) contextLimit(t *testing.T) {
	if a := s.complete(t, randomIDs(3, s.ctx-1), 4); a.Evaluated != s.ctx-1 || a.Predicted != 1 {
		t.Errorf("%d tokens fit: %d evaluated, %d predicted", s.ctx-1, a.Evaluated, a.Predicted)
	}
	status, body := s.send(t, "/completion", map[string]any{"prompt": randomIDs(3, s.ctx), "n_predict": 4})
	if status != 400 || !strings.Contains(string(body), `"exceed_context_size_error"`) {
		t.Errorf("%d tokens do not fit: status %d, %s", s.ctx, status, body)
	}
}

var long = flag.Bool("long", false, "send the field's prompts to all families that take linear time")

// TestRealServerAtFieldSizes sends prompts of the sizes that users send, four at a time.
func TestRealServerAtFieldSizes(t *testing.T) {
	if testing.Short() {
		t.Skip("fifteen seconds of prompts")
	}
	const tokens = 149_999
	for _, f := range []Family{Gemma3, Mamba} {
		t.Run(string(f), func(t *testing.T) {
			if f == Mamba && !*long {
				t.Skip("only with -long")
			}
			s := start(t, Options{Family: f, Seed: 1}, 4, 600_000)
			began := time.Now()
			s.complete(t, randomIDs(9, tokens), 2)
			t.Logf("%d tokens: %v", tokens, time.Since(began).Round(time.Millisecond))
			began = time.Now()
			var wave sync.WaitGroup
			for slot := range 4 {
				wave.Go(func() {
					a := s.completeIn(t, slot, randomIDs(uint64(slot), tokens), 2)
					if a.Evaluated != tokens || a.Timings.Cached != 0 || a.Timings.Prompt != tokens {
						t.Errorf("slot %d: %+v", slot, a)
					}
				})
			}
			wave.Wait()
			t.Logf("4 × %d tokens: %v", tokens, time.Since(began).Round(time.Millisecond))
		})
	}
}

// TestNaNIsSilent writes a model with one broken tensor. A server answers it with status 200, which
// is why the NaN option exists.
func TestNaNIsSilent(t *testing.T) {
	s := start(t, Options{Family: Llama, Seed: 1, NaN: "blk.1.ffn_norm.weight"}, 1, 512)
	a := s.complete(t, randomIDs(1, 20), 4)
	if len(a.Probabilities) == 0 {
		t.Fatalf("no probabilities: %+v", a)
	}
	for _, p := range a.Probabilities {
		if p.Logprob != nil {
			t.Errorf("a broken model gives a probability: %v", *p.Logprob)
		}
	}
}

// randomIDs are n ordinary tokens.
func randomIDs(seed uint64, n int) []int32 {
	r := rand.New(rand.NewPCG(seed, 1))
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = r.Int32N(vocabSize - int32(len(controls)))
	}
	return ids
}

// repeated is the same tokens n times.
func repeated(n int, ids ...int32) []int32 {
	var all []int32
	for len(all) < n {
		all = append(all, ids...)
	}
	return all
}
