package prompts_test

import (
	"context"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"ctxcliff/prompts"
)

// A grown prompt is the held ids and then the recipe's; without a reply among them it is the shorter
// prompt of the same recipe.
func TestAPromptGrowsByAppending(t *testing.T) {
	maker := prompts.NewMaker(letters{})
	whole, err := maker.Make(context.Background(), prompts.Recipe{Shape: shape(t, "natural"), Seed: 3, Tokens: 3000, Nonce: "abc", Form: prompts.IDs})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.IntRange(1, 2000).Draw(t, "first")
		reply := rapid.SliceOfN(rapid.Int32Range(0, 255), 0, 8).Draw(t, "reply")
		n := rapid.IntRange(first+len(reply)+1, 3000).Draw(t, "n")
		held := append(slices.Clone(whole.IDs[:first]), reply...)
		got := whole.After(held, n)
		if len(got.IDs) != n || got.Target != n || got.Tokens != n || got.Recipe.Tokens != n {
			t.Fatalf("%d ids, target %d, %d tokens; want %d", len(got.IDs), got.Target, got.Tokens, n)
		}
		if !slices.Equal(got.IDs[:len(held)], held) || !slices.Equal(got.IDs[len(held):], whole.IDs[len(held):n]) {
			t.Fatal("it is not what was held and then the recipe")
		}
		shorter, err := maker.Make(context.Background(), prompts.Recipe{Shape: whole.Recipe.Shape, Seed: 3, Tokens: n, Nonce: "abc", Form: prompts.IDs})
		if err != nil {
			t.Fatal(err)
		}
		if same := whole.After(whole.IDs[:first], n); same.Hash != shorter.Hash {
			t.Fatal("without a reply it is not the recipe's own prompt of that length")
		}
	})
}
