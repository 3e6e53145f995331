package minimize

import "ctxcliff/harness/scenario"

// controls is how often what should stay clean is run.
const controlRuns = 3

// controls asks of what should hold if the result says the truth: half the length, and plain filler
// where the content matters. A control that breaks is no trouble: it is a smaller reproducer, and the
// length is looked at again.
func (m *minimizer) controls() {
	m.reserve = gateRuns(m.p)
	if m.facts.Content && !m.rejectedTwice(m.filled(1), "the control: nothing but filler") {
		m.length()
	}
	half := atMost(m.best, rounded(m.best.LongestPrompt()/2, 0, m.best.LongestPrompt()))
	if half.LongestPrompt() >= shortest && !m.rejectedTwice(half, "the control: half as long") {
		m.length()
	}
}

// rejectedTwice runs a control until it was clean three times, runs of an earlier rejection included.
func (m *minimizer) rejectedTwice(s scenario.Scenario, why string) bool {
	control := Check{Scenario: s, Why: why}
	for control.Runs = m.silent(s); control.Runs < controlRuns; control.Runs++ {
		if m.spent() {
			break
		}
		got, a := m.run(Control, s, "", why)
		if got == hit {
			m.accept(s, a)
			return false
		}
		if got != clean {
			break
		}
	}
	if control.Runs > 0 {
		m.result.Controls = append(m.result.Controls, control)
	}
	return true
}

// gate measures the result. One that breaks much less often than what was begun with is no good: then
// what was half the way back is measured, and so on.
func (m *minimizer) gate() {
	m.reserve = 0
	for at := len(m.chain) - 1; m.ended == ""; at /= 2 {
		s := m.chain[at]
		hits, runs, latest := m.gauge(Gate, s, "how often does the result break", true)
		if m.ended != "" {
			return
		}
		if after := rateOf(hits, runs); at == 0 || holdsUp(m.rate, after) {
			m.result.After, m.result.Gated = after, holdsUp(m.rate, after)
			if m.best = s; hits > 0 {
				m.seenAt = latest
				m.learn(after.Estimate)
			}
			return
		}
		m.result.Refused++
	}
}
