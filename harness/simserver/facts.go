package simserver

import (
	"slices"
	"strings"
)

// facts are what rules may ask about a prompt. They are computed when they are first asked for and
// belong to the goroutine that runs the engine.
type facts struct {
	vocab *vocabulary
	ids   []int

	nDistinct int // 0 until known
	nPeriod   int // -1 until known
	shapes    []string
	text      string
}

func newFacts(v *vocabulary, ids []int) *facts {
	return &facts{vocab: v, ids: ids, nPeriod: -1}
}

// distinct is the number of different ids.
func (f *facts) distinct() int {
	if f.nDistinct == 0 {
		seen := make([]bool, len(f.vocab.pieces))
		for _, id := range f.ids {
			if !seen[id] {
				seen[id] = true
				f.nDistinct++
			}
		}
	}
	return f.nDistinct
}

// body is the middle half of the prompt: without a nonce at its head and without what a chat
// template adds at its tail.
func (f *facts) body() []int {
	n := len(f.ids)
	if n < 8 {
		return f.ids
	}
	return f.ids[n/4 : n-n/4]
}

// periodWindow bounds the part of the body that is searched for a period.
const periodWindow = 1 << 14

// period is the smallest p with id[i] == id[i-p] all over the body, 0 where there is none that fits
// in twice.
func (f *facts) period() int {
	if f.nPeriod < 0 {
		body := f.body()
		f.nPeriod = smallestPeriod(body[:min(len(body), periodWindow)])
	}
	return f.nPeriod
}

// smallestPeriod is what the failure function of Knuth, Morris and Pratt leaves over.
func smallestPeriod(ids []int) int {
	n := len(ids)
	if n < 2 {
		return 0
	}
	fail := make([]int, n)
	for i, k := 1, 0; i < n; i++ {
		for k > 0 && ids[i] != ids[k] {
			k = fail[k-1]
		}
		if ids[i] == ids[k] {
			k++
		}
		fail[i] = k
	}
	if p := n - fail[n-1]; 2*p <= n {
		return p
	}
	return 0
}

// contains reports whether the prompt's text has word in it.
func (f *facts) contains(word string) bool {
	if f.text == "" {
		f.text = f.vocab.decode(f.ids)
	}
	return strings.Contains(f.text, word)
}

// isShape reports whether the prompt looks like that shape.
func (f *facts) isShape(name string) bool {
	if f.shapes == nil {
		f.shapes = f.vocab.recognise(f)
	}
	return slices.Contains(f.shapes, name)
}
