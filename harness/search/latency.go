package search

import "math"

// Latency is a running least-squares fit of t(n) = a n + b n^2: seconds to process a prompt of n
// tokens. It is fitted as t/n = a + b n, so that an error of one percent weighs the same at every
// length. The zero value has seen nothing.
type Latency struct {
	n, x, y, xx, xy float64
}

// See adds one measurement.
func (l *Latency) See(tokens int, seconds float64) {
	if tokens <= 0 || !(seconds > 0) || math.IsInf(seconds, 0) {
		return
	}
	x, y := float64(tokens), seconds/float64(tokens)
	l.n, l.x, l.y, l.xx, l.xy = l.n+1, l.x+x, l.y+y, l.xx+x*x, l.xy+x*y
}

// Known says whether anything was measured.
func (l Latency) Known() bool { return l.n > 0 }

// Bends says whether more than one length was measured: without that b is not known.
func (l *Latency) Bends() bool { return l.n > 0 && l.xx-l.x*l.x/l.n > 1e-9*l.xx }

// Size is the mean of the measured lengths; 0 when nothing was measured.
func (l *Latency) Size() int {
	if l.n == 0 {
		return 0
	}
	return int(l.x/l.n + 0.5)
}

// Coefficients are a (seconds per token) and b (seconds per token squared), neither negative.
func (l Latency) Coefficients() (a, b float64) {
	if l.n == 0 {
		return 0, 0
	}
	if l.Bends() {
		b = (l.xy - l.x*l.y/l.n) / (l.xx - l.x*l.x/l.n)
	}
	if b = math.Max(0, b); b > 0 {
		a = (l.y - b*l.x) / l.n
	}
	if a <= 0 && b > 0 { // everything is the square: fit that alone
		return 0, l.xy / l.xx
	}
	return orElse(a, l.xy/l.x), b // without a bend: all seconds over all tokens
}

// At predicts the seconds of a prompt; 0 when nothing was measured.
func (l Latency) At(tokens int) float64 {
	a, b := l.Coefficients()
	n := float64(tokens)
	return a*n + b*n*n
}

// Inverse is the prompt length that takes the given seconds; 0 when nothing was measured.
func (l Latency) Inverse(seconds float64) int {
	a, b := l.Coefficients()
	switch {
	case a <= 0 && b <= 0:
		return 0
	case b <= 0:
		return int(seconds / a)
	}
	return int((math.Sqrt(a*a+4*b*seconds) - a) / (2 * b))
}

// measured is what an answer says about latency: its marks, or at least the length of a cold
// prompt that passed.
func measured(p Probe, a Answer) []Mark {
	switch {
	case len(a.Marks) > 0 || p.Limit || a.Outcome != Passed || p.Path != Cold || a.Cached != 0:
		return a.Marks
	}
	return []Mark{{Tokens: p.Tokens, Seconds: a.Seconds}}
}
