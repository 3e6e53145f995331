package prompts_test

import (
	"context"
	"testing"

	"ctxcliff/prompts"
)

// A prompt of 300k token ids once the lexicon is known; ns/op is for the whole prompt, hash included.
func BenchmarkMake300k(b *testing.B) {
	ctx := context.Background()
	for _, s := range []string{"opt", "repeat", "natural", "mixed", "code", "random"} {
		b.Run(s, func(b *testing.B) {
			maker := prompts.NewMaker(offline(b, "o200k_base"))
			r := prompts.Recipe{Form: prompts.IDs, Shape: shape(b, s), Tokens: 300000, Nonce: "3fa9c2e1b0d4"}
			if _, err := maker.Make(ctx, r); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				r.Seed++
				if _, err := maker.Make(ctx, r); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/300000, "ns/token")
		})
	}
}

// The first prompt of a vocabulary: building the tables and tokenising the lexicon.
func BenchmarkFirstPrompt(b *testing.B) {
	for b.Loop() {
		tokenizer, err := prompts.Offline("o200k_base")
		if err != nil {
			b.Fatal(err)
		}
		r := prompts.Recipe{Form: prompts.IDs, Shape: shape(b, "mixed"), Tokens: 32000}
		if _, err := prompts.NewMaker(tokenizer).Make(context.Background(), r); err != nil {
			b.Fatal(err)
		}
	}
}
