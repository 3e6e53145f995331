package oracle

import (
	"fmt"
	"slices"
	"strings"
)

// leastNonce is how many hexadecimal digits must match: all of a nonce of package harness.
//
// How often does chance produce one? Say 100,000 answers in a night. A model that draws bytes at random
// hits 12 given ones in a row with 256^-12 = 1e-29 per position. The worst is one that writes rows of
// random hexadecimal digits: 16^-12 = 3.6e-15 at each place and for each other slot. So a match counts
// only at the beginning of a row of digits (a nonce stands at the head of its prompt), of which a
// reply of 16 tokens has one or two with 12 digits or more. If one answer in 100 were such a row, that
// is 1e5 / 100 * 1 * 3.6e-15 = 3.6e-12 per night and other slot, 9e-10 for all of 256 slots. Eleven
// digits would make it 16 times that and add nothing: what leaks, leaks whole.
const leastNonce = 12

// leak looks for the nonces of other slots in the reply. The nonces are made of hexadecimal digits,
// each in a token of whole characters, so the text shows all that the ids show.
func leak(a Answer) Result {
	others := slices.DeleteFunc(slices.Clone(a.Others), func(n string) bool { return len(n) < leastNonce || n == a.Nonce })
	switch {
	case len(a.Others) == 0: // from where?
		return clean(LeakOracle, a.Slot)
	case len(others) == 0:
		return cannot(LeakOracle, a.Slot, "the nonces of the other slots are no %d digits of their own", leastNonce)
	case len(a.Text) < leastNonce:
		return cannot(LeakOracle, a.Slot, "a reply of under %d characters cannot hold a nonce", leastNonce)
	}
	for _, nonce := range others {
		if at := find(a.Text, nonce); at >= 0 {
			return corrupt(Finding{
				Oracle: LeakOracle, Class: Leak, Title: "another slot's nonce came back", Slot: a.Slot,
				Detail: fmt.Sprintf("slot %d said %s, the nonce of another slot's prompt, after %d characters", a.Slot, nonce, at),
			})
		}
	}
	return clean(LeakOracle, a.Slot)
}

// find is where the nonce begins a row of hexadecimal digits; -1 nowhere.
func find(text, nonce string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], nonce)
		if i < 0 {
			return -1
		}
		at := from + i
		if at == 0 || !strings.ContainsRune("0123456789abcdefABCDEF", rune(text[at-1])) {
			return at
		}
		from = at + 1
	}
}
