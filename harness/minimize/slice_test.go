package minimize

import (
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Of up to six things that are needed slice finds exactly those, sure or not, in a number of questions
// that grows with the logarithm.
func TestSliceFindsExactlyWhatIsNeeded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "n")
		needed := map[int]bool{}
		for range rapid.IntRange(1, min(n, maxChunks)).Draw(t, "needed") {
			needed[rapid.IntRange(0, n-1).Draw(t, "which")] = true
		}
		sure := rapid.Bool().Draw(t, "sure")
		questions := 0
		kept := slice(n, sure, func(keep []bool) bool {
			questions++
			for i := range needed {
				if !keep[i] {
					return false
				}
			}
			return true
		}, func() bool { return false })
		for i := range kept {
			if kept[i] != needed[i] {
				t.Fatalf("%d is kept: %v, needed: %v", i, kept[i], needed[i])
			}
		}
		if most := 3 + len(needed)*(2*bits.Len(uint(n))+1); questions > most {
			t.Fatalf("%d questions for %d of %d, want at most %d", questions, len(needed), n, most)
		}
	})
}

// However it is lied to, what slice keeps was tried with success or is everything, and it ends.
func TestWhatSliceKeepsWasTried(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 100).Draw(t, "n")
		answers := rapid.SliceOfN(rapid.Bool(), 50, 50).Draw(t, "answers")
		good, questions := slices.Repeat([]bool{true}, n), 0
		kept := slice(n, rapid.Bool().Draw(t, "sure"), func(keep []bool) bool {
			questions++
			if answers[questions%len(answers)] {
				good = slices.Clone(keep)
				return true
			}
			return false
		}, func() bool { return questions > 5*n+20 })
		if !slices.Equal(kept, good) {
			t.Fatalf("kept %v, last tried with success %v", kept, good)
		}
	})
}
