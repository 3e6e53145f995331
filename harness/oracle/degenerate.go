package oracle

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// What counts as one unit over and over.
const (
	leastRun     = 12 // tokens of reply
	leastRepeats = 6  // of a unit of more than one token
	longestUnit  = 8  // tokens: a word of a vocabulary of bytes
	otherHead    = 2  // tokens or characters before the first unit
	longestText  = 64 // bytes of a unit of text
)

// degenerate judges a reply that says one thing over and over, which is what most broken backends do.
// It is a finding only where nothing else explains it: greedy models repeat a prompt that repeats,
// base models and random weights repeat by themselves.
func degenerate(a Answer, fresh Reference) Result {
	switch {
	case max(a.Predicted, len(a.Tokens)) < leastRun:
		return cannot(DegenerateOracle, a.Slot, "a reply of under %d tokens is too short", leastRun)
	case hasNaN(a):
		return cannot(DegenerateOracle, a.Slot, "the logits are NaN")
	case len(a.Tokens) < leastRun && a.Text == "":
		return cannot(DegenerateOracle, a.Slot, "neither text nor ids of the reply came")
	}
	class, unit, length := loop(a)
	if class == "" {
		return clean(DegenerateOracle, a.Slot)
	}
	says := "the reply " + repeats(unit)
	switch {
	case a.Noise:
		return cannot(DegenerateOracle, a.Slot, "%s, but the prompt is noise, and a sound model may say anything to it", says)
	case len(a.Tail) == 0:
		return cannot(DegenerateOracle, a.Slot, "%s, but whether the prompt does so too is not known", says)
	case repetitive(a.Tail):
		return cannot(DegenerateOracle, a.Slot, "%s, but so does the prompt, in its way", says)
	}
	sound := 0
	for _, f := range fresh.Answers {
		if class, unit, _ := loop(f); class != "" {
			return cannot(DegenerateOracle, a.Slot, "%s, but the fresh server repeated %q too", says, unit)
		}
		if f.Complete && !hasNaN(f) && len(f.Tokens) >= length {
			sound++
		}
	}
	if sound == 0 {
		return cannot(DegenerateOracle, a.Slot, "%s, but no long enough answer of the fresh server is known", says)
	}
	return corrupt(Finding{
		Oracle: DegenerateOracle, Class: class, Title: repeats(unit), Key: unit, Slot: a.Slot,
		Detail: fmt.Sprintf("%s over all its %d tokens; the prompt does not repeat, nor did any of %d answers of the fresh server", says, max(a.Predicted, len(a.Tokens)), sound),
	})
}

func repeats(unit string) string { return fmt.Sprintf("repeats %q", unit) }

// loop says whether all of the reply but its very beginning is one unit over and over, of what class
// that is, and the unit as text; "" when it is not. Length is how many tokens it takes to show.
func loop(a Answer) (class, unit string, length int) {
	if max(a.Predicted, len(a.Tokens)) < leastRun {
		return "", "", 0
	}
	if r, n := lastRun(a.Text); n >= leastRun && utf8.RuneCountInString(a.Text)-n <= otherHead {
		return RepeatChar, string(r), leastRun
	}
	if a.unseen() > 0 {
		return "", "", 0
	}
	for period := 1; period <= longestUnit; period++ {
		run := periodic(a.Tokens, period)
		length = max(leastRun, period*leastRepeats)
		if run >= length && len(a.Tokens)-run <= otherHead {
			return RepeatToken, unitOf(a.Text, a.Tokens[len(a.Tokens)-period:]), length
		}
	}
	return "", "", 0
}

// lastRun is the last character and how often it stands at the end.
func lastRun(text string) (rune, int) {
	r, _ := utf8.DecodeLastRuneInString(text)
	if r == utf8.RuneError {
		return r, 0
	}
	return r, utf8.RuneCountInString(text) - utf8.RuneCountInString(strings.TrimRightFunc(text, func(other rune) bool { return other == r }))
}

// periodic is how many ids at the end repeat with that period, the first unit included.
func periodic(ids []int32, period int) int {
	n := min(period, len(ids))
	for i := len(ids) - 1 - period; i >= 0 && ids[i] == ids[i+period]; i-- {
		n++
	}
	return n
}

// unitOf is the unit as text: the shortest that repeats at the end. Turned round within itself it
// would be as good, so the smallest of its rotations stands for all, without spaces around it.
func unitOf(text string, ids []int32) string {
	for n := 1; n <= longestText && n*(leastRepeats-1) <= len(text); n++ {
		unit := text[len(text)-n:]
		if !strings.HasSuffix(text, strings.Repeat(unit, leastRepeats-1)) {
			continue
		}
		if whole := smallestRotation(unit); whole != "" {
			return whole
		}
	}
	return "ids " + strings.Trim(fmt.Sprint(ids), "[]")
}

func smallestRotation(unit string) string {
	best := ""
	for i := range unit {
		r := unit[i:] + unit[:i]
		if utf8.ValidString(r) && (best == "" || r < best) {
			best = r
		}
	}
	if trimmed := strings.TrimSpace(best); trimmed != "" {
		return trimmed
	}
	return best
}

// repetitive reports whether a prompt that ends so invites repetition: its end has a period, or a token
// stands three times in a row somewhere.
func repetitive(tail []int32) bool {
	tail = tail[max(0, len(tail)-TailTokens):]
	for period := 1; 3*period <= len(tail); period++ {
		if periodic(tail, period) >= 3*period {
			return true
		}
	}
	for i := 2; i < len(tail); i++ {
		if same := tail[i-2 : i+1]; slices.Max(same) == slices.Min(same) {
			return true
		}
	}
	return false
}
