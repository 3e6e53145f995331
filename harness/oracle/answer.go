package oracle

import "math"

// Rival is a token that the server listed and did not choose.
type Rival struct {
	ID      int32
	Logprob float64
}

// Answer is what one slot got for one prompt, whole or broken off. Counts are in tokens.
type Answer struct {
	Slot    int // that was asked
	Asked   int // reply tokens asked for
	Sent    int // prompt tokens sent; 0 unknown, as with prompts that travel as text
	Context int // what the slot holds, as the server reports it; 0 unknown

	// Tail is the end of the prompt, of [TailTokens] or more where the prompt has them; nil unknown.
	Tail []int32
	// Free says that the request did not ask for a reply of so many likeliest tokens: it may end anywhere and
	// say anything, such as what a grammar wants.
	Free bool
	// Noise says that the prompt is random ids or characters: a sound model may answer that with
	// anything, a single word again and again included.
	Noise bool

	Counted   int // tokens_evaluated: the prompt as the server counted it
	Cached    int // timings.cache_n
	Processed int // timings.prompt_n
	Predicted int // tokens_predicted
	Stop      string
	Truncated bool
	Complete  bool // the final event arrived

	Text   string  // the reply
	Tokens []int32 // its ids. Fewer than Predicted where the server sends none for tokens that end within a character
	// Logprobs of Tokens, NaN where the server said null; nil when no probabilities came. Rivals are
	// the other tokens that were listed beside each and no likelier, likeliest first; nil unknown.
	Logprobs []float64
	Rivals   [][]Rival

	Nonce  string   // at the head of this slot's prompt
	Others []string // those of all other slots
}

// TailTokens is how much of a prompt's end is looked at.
const TailTokens = 64

// unseen is how many tokens the server generated without telling their ids.
func (a Answer) unseen() int { return max(0, a.Predicted-len(a.Tokens)) }

// logprob of token i; NaN unknown.
func (a Answer) logprob(i int) float64 {
	if i >= len(a.Logprobs) {
		return math.NaN()
	}
	return a.Logprobs[i]
}

// margin is by how much token i led before the likeliest other one; NaN unknown.
func (a Answer) margin(i int) float64 {
	if i >= len(a.Rivals) || len(a.Rivals[i]) == 0 {
		return math.NaN()
	}
	return a.logprob(i) - a.Rivals[i][0].Logprob
}

// marginOver is by how much token i led before that id, or at least led, where the id was not listed:
// it is no likelier then than the last that was. NaN unknown.
func (a Answer) marginOver(id int32, i int) float64 {
	margin := a.margin(i)
	if math.IsNaN(margin) {
		return margin
	}
	for _, r := range a.Rivals[i] {
		margin = a.logprob(i) - r.Logprob
		if r.ID == id {
			break
		}
	}
	return margin
}
