package plan

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

var sizeUnits = []struct {
	suffix string
	factor int
}{
	// Longest suffix first, so that "Ki" is not read as a number ending in "K" and an "i".
	{"Ki", 1 << 10}, {"Mi", 1 << 20}, {"k", 1000}, {"K", 1000}, {"M", 1000000},
}

// ParseSize reads a token count: 5010, 32k (= 32000), 32Ki (= 32768), 1M, 1Mi, 1.5k. The result is
// at least 1; a fraction of a token is an error.
func ParseSize(text string) (int, error) {
	number, factor := strings.TrimSpace(text), 1
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(number, u.suffix); ok {
			number, factor = rest, u.factor
			break
		}
	}
	value, err := strconv.ParseFloat(strings.ReplaceAll(number, "_", ""), 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return 0, fmt.Errorf("%q is not a size; write a number of tokens such as 5010, 32k (= 32000) or 32Ki (= 32768)", text)
	}
	tokens := value * float64(factor)
	switch {
	case tokens != math.Trunc(tokens):
		return 0, fmt.Errorf("%q is not a whole number of tokens", text)
	case tokens < 1:
		return 0, fmt.Errorf("%q is not a size; it must be at least 1 token", text)
	case tokens > 1<<31-1:
		return 0, fmt.Errorf("%q is larger than any context (%d tokens at the most)", text, 1<<31-1)
	}
	return int(tokens), nil
}

// ParseSizes reads a list of sizes separated by commas; repeated ones are kept once.
func ParseSizes(list string) ([]int, error) {
	var sizes []int
	for part := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(part) == "" {
			return nil, fmt.Errorf("there is nothing before or after a comma of %q; remove the comma", list)
		}
		n, err := ParseSize(part)
		if err != nil {
			return nil, err
		}
		sizes = appendOnce(sizes, n)
	}
	return sizes, nil
}

// Label prints a size in the shortest form that [ParseSize] reads back to the same integer:
// 32000 is 32k, 32768 is 32Ki, 5010 is 5010. Thousands are preferred where both would do.
func Label(tokens int) string {
	switch {
	case tokens <= 0:
		return strconv.Itoa(tokens)
	case tokens%1000000 == 0:
		return strconv.Itoa(tokens/1000000) + "M"
	case tokens%1000 == 0:
		return strconv.Itoa(tokens/1000) + "k"
	case tokens%(1<<20) == 0:
		return strconv.Itoa(tokens>>20) + "Mi"
	case tokens%(1<<10) == 0:
		return strconv.Itoa(tokens>>10) + "Ki"
	}
	return strconv.Itoa(tokens)
}

// Fill is a share of a slot's usable context, in (0, 1].
type Fill float64

// ParseFill reads a share: 50% or 0.5.
func ParseFill(text string) (Fill, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	value, err := strconv.ParseFloat(number, 64)
	if percent {
		value /= 100
	}
	if err != nil || !(value > 0 && value <= 1) {
		return 0, fmt.Errorf("%q is not a fill; write a share of the slot's context such as 50%% or 0.9", text)
	}
	return Fill(value), nil
}

// ParseFills reads a list of shares separated by commas.
func ParseFills(list string) ([]Fill, error) {
	var fills []Fill
	for part := range strings.SplitSeq(list, ",") {
		f, err := ParseFill(part)
		if err != nil {
			return nil, err
		}
		fills = appendOnce(fills, f)
	}
	return fills, nil
}

// Tokens is the prompt size that fills this share of a slot while leaving room for the reply:
// 100 % of a slot of 4096 with a reply of 16 is 4080 tokens. It is at least 1.
func (f Fill) Tokens(slotContext, reply int) int {
	return max(1, int(float64(f)*float64(slotContext-reply)))
}

func appendOnce[T comparable](list []T, value T) []T {
	for _, have := range list {
		if have == value {
			return list
		}
	}
	return append(list, value)
}
