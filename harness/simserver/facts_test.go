package simserver

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestTextSurvivesTokens(t *testing.T) {
	v := vocab()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		for _, id := range rapid.SliceOf(rapid.IntRange(0, len(v.pieces)-1)).Draw(t, "ids") {
			text += v.pieces[id]
		}
		for _, special := range []bool{false, true} {
			ids := v.encode(text, special)
			if got := v.decode(ids); got != text {
				t.Fatalf("special %v: %q became %q", special, text, got)
			}
			if !v.valid(ids) {
				t.Fatalf("special %v: invalid ids %v", special, ids)
			}
		}
	})
}

func TestEveryPieceIsOneToken(t *testing.T) {
	v := vocab()
	for id, piece := range v.pieces {
		if got := v.encode(piece, true); len(got) != 1 || got[0] != id {
			t.Errorf("piece %d %q is %v", id, piece, got)
		}
	}
}

func TestSmallestPeriod(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SliceOfN(rapid.IntRange(0, 3), 1, 8).Draw(t, "unit")
		ids := slices.Repeat(unit, rapid.IntRange(1, 6).Draw(t, "times"))
		ids = append(ids, rapid.SliceOfN(rapid.IntRange(0, 3), 0, 2).Draw(t, "tail")...)
		want := 0
		for p := 1; 2*p <= len(ids) && want == 0; p++ {
			if slices.Equal(ids[p:], ids[:len(ids)-p]) {
				want = p
			}
		}
		if got := smallestPeriod(ids); got != want {
			t.Fatalf("%v: period %d, want %d", ids, got, want)
		}
	})
}

func TestFactsLookPastNonceAndTemplate(t *testing.T) {
	v := vocab()
	text := "<|im_start|>user\n[nonce 8f3a-17] " + fmt.Sprint(slices.Repeat([]string{"zq"}, 500)) + "<|im_end|>\n<|im_start|>assistant\n"
	f := newFacts(v, v.encode(text, true))
	if f.period() != 3 || !f.isShape(shapeRepeat) || !f.contains("8f3a") || f.contains("8f3b") {
		t.Errorf("period %d, repeat %v", f.period(), f.isShape(shapeRepeat))
	}
}

func TestOneTokenPrompts(t *testing.T) {
	f := newFacts(vocab(), []int{'x'})
	if f.distinct() != 1 || f.period() != 0 || f.isShape(shapeRepeat) {
		t.Errorf("distinct %d period %d", f.distinct(), f.period())
	}
}
