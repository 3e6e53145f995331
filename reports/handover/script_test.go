package handover

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ctxcliff/harness/scenario"
	"ctxcliff/shapes"
)

func shape(t interface{ Fatal(...any) }, text string) shapes.Shape {
	s, err := shapes.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wanted are the ids of a shape in an imagined vocabulary, in which a piece is one id or two.
func wanted(r scenario.Recipe, ordinary []int32) []int32 {
	var ids []int32
	for i := range len(r.Nonce) {
		ids = append(ids, int32(r.Nonce[i]))
	}
	span := r.Shape.Spans()[0]
	stream := span.Stream(shapes.Derive(r.Seed, 0))
	symbol := make([]shapes.Symbol, 1)
	for len(ids) < r.Tokens {
		stream.Fill(symbol)
		if i, drawn := symbol[0].Drawn(len(ordinary)); drawn {
			ids = append(ids, ordinary[i])
			continue
		}
		ids = append(ids, int32(1000+symbol[0]))
		if symbol[0]%3 == 0 {
			ids = append(ids, int32(9000+symbol[0]/3))
		}
	}
	return ids[:r.Tokens]
}

// made are recipes of all kinds with their ids.
func made(t *rapid.T, ordinary []int32) []Prompt {
	var list []Prompt
	for i := range rapid.IntRange(1, 3).Draw(t, "prompts") {
		r := scenario.Recipe{
			Shape:  shape(t, rapid.SampledFrom([]string{"opt", "random", "natural", "code", "unicode", "repeat:x", "mixed"}).Draw(t, "shape")),
			Seed:   rapid.Uint64().Draw(t, "seed"),
			Tokens: rapid.IntRange(1, 400).Draw(t, "tokens"),
			Nonce:  rapid.StringMatching(`[0-9a-f]{0,12}`).Draw(t, "nonce"),
		}
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			r = r.Filled(" opt", rapid.IntRange(1, 50).Draw(t, "distinct"))
		case 1:
			r = r.Drawn(" opt", rapid.IntRange(1, 50).Draw(t, "distinct"))
		case 2:
			from := rapid.IntRange(0, r.Tokens-1).Draw(t, "from")
			r = r.Kept(" opt", []scenario.Range{{From: from, To: rapid.IntRange(from+1, r.Tokens).Draw(t, "to")}})
		case 3:
			if i > 0 {
				r = list[i-1].Recipe.Cut(rapid.IntRange(1, 700).Draw(t, "cut"))
			}
		}
		head := min(len(r.Nonce), r.Tokens)
		filler := []int32{7, 8, 7}[:rapid.IntRange(1, 3).Draw(t, "filler")]
		ids := r.Apply(wanted(r, ordinary), head, filler)
		list = append(list, Prompt{Recipe: r, IDs: ids, Head: head})
	}
	return list
}

// asked sends one prompt after the other.
func asked(list ...Prompt) scenario.Scenario {
	s := scenario.Scenario{NP: 1, Ctx: 1000}
	for _, p := range list {
		s.Steps = append(s.Steps, scenario.Step{Requests: []scenario.Request{{Reply: 1, Recipe: p.Recipe}}})
	}
	return s
}

// printed are the ids that the script makes of each prompt.
func printed(t interface {
	Helper()
	Fatalf(string, ...any)
}, script string) [][]int32 {
	t.Helper()
	out, err := exec.Command("bash", script, "ids").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var all [][]int32
	for line := range strings.Lines(string(out)) {
		var ids []int32
		for word := range strings.FieldsSeq(line) {
			id, err := strconv.ParseInt(word, 10, 32)
			if err != nil {
				t.Fatalf("%v", err)
			}
			ids = append(ids, int32(id))
		}
		all = append(all, ids)
	}
	return all
}

func needBash(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash here")
	}
}

// TestTheScriptMakesTheSameIDs: whatever the recipe, bash prints the ids that were sent.
func TestTheScriptMakesTheSameIDs(t *testing.T) {
	needBash(t)
	path := filepath.Join(t.TempDir(), "repro.sh")
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Int32Range(0, 300).Draw(t, "hole")
		var ordinary []int32
		for id := range int32(rapid.IntRange(1, 2000).Draw(t, "vocabulary")) {
			if id != low {
				ordinary = append(ordinary, id)
			}
		}
		if len(ordinary) == 0 {
			ordinary = []int32{5}
		}
		list := made(t, ordinary)
		r := Reproducer{Scenario: asked(list...), Code: Encode(list, ordinary)}
		if err := os.WriteFile(path, []byte(r.Script()), 0o600); err != nil {
			t.Fatal(err)
		}
		got := printed(t, path)
		for i, p := range list {
			if !slices.Equal(got[i], p.IDs) {
				t.Fatalf("prompt %d, %s: bash makes\n%v\nwhere there were\n%v\nby %v", i, p.Recipe, got[i], p.IDs, r.Code.Prompts[i])
			}
		}
	})
}

// TestTheScriptIsSmall: what minimising leaves costs next to nothing, whatever its length; the rest less
// than a byte and a half for each token.
func TestTheScriptIsSmall(t *testing.T) {
	needBash(t)
	ordinary := make([]int32, 32000)
	for i := range ordinary {
		ordinary[i] = int32(i)
	}
	fixed := len(Reproducer{Scenario: asked(Prompt{})}.Script())
	for _, c := range []struct {
		recipe scenario.Recipe
		most   int // bytes beside the fixed part
	}{
		{scenario.Recipe{Shape: shape(t, "opt"), Seed: 1, Tokens: 100_000, Nonce: "0123456789ab"}, 200},
		{scenario.Recipe{Shape: shape(t, "random"), Seed: 1, Tokens: 5_000, Nonce: "0123456789ab"}, 400},
		{scenario.Recipe{Shape: shape(t, "random"), Seed: 1, Tokens: 100_000}.Drawn(" opt", 40), 400},
		{scenario.Recipe{Shape: shape(t, "natural"), Seed: 1, Tokens: 100_000}.Kept(" opt", []scenario.Range{{From: 50_000, To: 51_000}}), 6_000},
		{scenario.Recipe{Shape: shape(t, "natural"), Seed: 1, Tokens: 100_000}, 150_000},
		{scenario.Recipe{Shape: shape(t, "code"), Seed: 1, Tokens: 100_000}, 150_000},
		{scenario.Recipe{Shape: shape(t, "mixed"), Seed: 1, Tokens: 100_000}, 150_000},
	} {
		p := Prompt{Recipe: c.recipe, IDs: c.recipe.Apply(wanted(c.recipe, ordinary), len(c.recipe.Nonce), []int32{1070}), Head: len(c.recipe.Nonce)}
		script := Reproducer{Scenario: asked(p), Code: Encode([]Prompt{p}, ordinary)}.Script()
		t.Logf("%s: %d bytes and %d fixed", c.recipe, len(script)-fixed, fixed)
		if n := len(script) - fixed; n > c.most {
			t.Errorf("%s: %d bytes, want at most %d", c.recipe, n, c.most)
		}
		if len(script) > 50_000 {
			continue // the law above has them at smaller sizes
		}
		path := filepath.Join(t.TempDir(), "repro.sh")
		if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := printed(t, path); !slices.Equal(got[0], p.IDs) {
			t.Errorf("%s: bash makes other ids", c.recipe)
		}
	}
}
