package tinymodel

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write golden files again")

// learn derives merges from words by byte-pair encoding: again and again the most frequent pair of
// neighbours becomes one piece, of equals the one that sorts first. Words stand in the order of
// their frequency and count a little less the later they stand, once with the space before them and,
// a third as often, without.
func learn(words []string, merges int) []string {
	type entry struct {
		pieces []string
		count  int
	}
	var entries []entry
	counts := map[[2]string]int{}
	count := func(e entry, sign int) {
		for i := range len(e.pieces) - 1 {
			counts[[2]string{e.pieces[i], e.pieces[i+1]}] += sign * e.count
		}
	}
	for rank, word := range words {
		n := 600/(rank+100) + 2
		entries = append(entries, entry{strings.Split("Ġ"+word, ""), 3 * n}, entry{strings.Split(word, ""), n})
	}
	for _, e := range entries {
		count(e, 1)
	}
	var learnt []string
	for range merges {
		var best [2]string
		for pair, n := range counts {
			most := counts[best]
			if n > most || n == most && pair[0]+" "+pair[1] < best[0]+" "+best[1] {
				best = pair
			}
		}
		learnt = append(learnt, best[0]+" "+best[1])
		for i, e := range entries {
			if joined := join(e.pieces, best); len(joined) < len(e.pieces) {
				count(e, -1)
				entries[i].pieces = joined
				count(entries[i], 1)
			}
		}
		delete(counts, best)
	}
	return learnt
}

// join makes one piece of each occurrence of a pair.
func join(pieces []string, pair [2]string) []string {
	at := slices.Index(pieces, pair[0])
	if at < 0 {
		return pieces
	}
	joined := slices.Clone(pieces[:at])
	for i := at; i < len(pieces); i++ {
		if i+1 < len(pieces) && pieces[i] == pair[0] && pieces[i+1] == pair[1] {
			joined = append(joined, pair[0]+pair[1])
			i++
			continue
		}
		joined = append(joined, pieces[i])
	}
	return joined
}

func TestMergesAreThoseOfTheWordList(t *testing.T) {
	list, err := os.ReadFile("testdata/words.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join(learn(strings.Fields(string(list)), vocabSize-byteTokens-len(controls)), "\n") + "\n"
	if *update {
		if err := os.WriteFile("merges.txt", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		mergeLines = want
	}
	if mergeLines != want {
		t.Error("merges.txt is not what the word list gives; run this test with -update and count up formatVersion")
	}
}

func TestVocabularyIsWhole(t *testing.T) {
	all := tokens()
	if len(all) != vocabSize || len(tokenTypes()) != vocabSize {
		t.Fatalf("%d tokens, %d types", len(all), len(tokenTypes()))
	}
	seen := map[string]int{}
	for id, token := range all {
		if other, twice := seen[token]; twice {
			t.Errorf("%q is token %d and %d", token, other, id)
		}
		seen[token] = id
	}
	for i, m := range merges() {
		left, right, ok := strings.Cut(m, " ")
		l, hasLeft := seen[left]
		r, hasRight := seen[right]
		if made := byteTokens + i; !ok || !hasLeft || !hasRight || l >= made || r >= made || seen[left+right] != made {
			t.Errorf("merge %q of %d and %d does not make token %d", m, l, r, made)
		}
	}
	for id, kind := range tokenTypes() {
		if isControl := strings.HasPrefix(all[id], "<|"); isControl != (kind == tokenControl) {
			t.Errorf("%q has type %d", all[id], kind)
		}
	}
	for i, text := range controls {
		if id := control(text); all[id] != text || id != uint32(vocabSize-len(controls)+i) {
			t.Errorf("%s is token %d", text, id)
		}
	}
	for b, want := range map[byte]string{'A': "A", ' ': "Ġ", '\n': "Ċ", 0: "Ā", 0xff: "ÿ", 0xad: "Ń"} {
		if all[b] != want {
			t.Errorf("byte %#x is %q, want %q", b, all[b], want)
		}
	}
}
