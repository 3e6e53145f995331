package simserver

import "math"

// sampleTail is how many of the last tokens the next one depends on.
const sampleTail = 8

// pick is the k-th best next token after the last tokens (k = 0 is what a greedy sampler takes). It
// depends on the last tokens and the salt alone: the same in every slot, life and batch. Sampling
// parameters are ignored: every answer is greedy.
func (v *vocabulary) pick(tail []int, salt uint64, k int) int {
	return v.speech[(v.hash(tail, salt)+uint64(k)*7)%uint64(len(v.speech))]
}

// ends reports whether the token after tail is the end token, once in 256 times.
func (v *vocabulary) ends(tail []int, salt uint64) bool {
	return v.hash(tail, salt)>>40&0xff == 0
}

func (v *vocabulary) hash(tail []int, salt uint64) uint64 {
	h := mix(salt + 0x9e3779b97f4a7c15)
	for _, id := range tail[max(0, len(tail)-sampleTail):] {
		h = mix(h + uint64(id) + 0x9e3779b97f4a7c15)
	}
	return h
}

// logprob is the k-th best token's, always below that of the better ones.
func logprob(id, k int) float64 {
	jitter := float64(mix(uint64(id))%1000) / 4000
	return math.Log(0.6*math.Pow(0.4, float64(k))) - jitter
}
