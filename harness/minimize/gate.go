package minimize

import "ctxcliff/harness/scenario"

// controlRuns is how often what should stay clean is run.
const controlRuns = 3

// controls asks of what should hold if the result says the truth: half the length, and plain filler
// where the content matters. A control that breaks is no trouble: it is a smaller reproducer, and the
// length is looked at again.
func (m *minimizer) controls() {
	m.reserve, m.result.Controls = gateRuns(m.p), nil
	if plain := m.drawn(1); m.content && plain.Key() != m.best.Key() {
		if !m.staysClean(plain, "the control: nothing but filler") {
			m.length()
		}
		m.without(plain, func(f *Facts) { f.Content = true })
	}
	for !m.spent() {
		n := m.best.LongestPrompt()
		half := atMost(m.best, rounded(n/2, 0, n))
		if n/2 < shortest || m.staysClean(half, "the control: half as long") {
			return
		}
		m.length()
	}
}

// staysClean runs a control until it was clean three times, runs of an earlier rejection included. One
// that broke is the new best.
func (m *minimizer) staysClean(s scenario.Scenario, why string) bool {
	for m.silent(s) < controlRuns && !m.spent() {
		got, a := m.run(Control, s, "", why)
		if got == hit {
			m.accept(s, a)
			return false
		}
		if got != clean {
			break
		}
	}
	if runs := m.silent(s); runs > 0 {
		m.result.Controls = append(m.result.Controls, Check{Scenario: s, Why: why, Runs: runs})
	}
	return true
}

// gate measures the result. One that breaks much less often than what was begun with is no good: then
// what was half the way back is measured, and so on, down to what was found sound before.
func (m *minimizer) gate() {
	m.reserve = 0
	for at := len(m.chain) - 1; at > m.sound.at; at = (at + m.sound.at) / 2 {
		hits, runs, latest := m.gauge(Gate, m.chain[at].Scenario, "how often does the result break", true)
		if m.ended != "" {
			return
		}
		if after := rateOf(hits, runs); holdsUp(m.result.Before, after) {
			m.sound = sound{at, after, latest}
			m.learn(after.Estimate)
			break
		}
		m.result.Refused++
	}
	m.chain = m.chain[:m.sound.at+1]
	m.best, m.seenAt = m.chain[m.sound.at].Scenario, m.sound.seen
	m.result.After, m.result.Gated = m.sound.rate, true
}
