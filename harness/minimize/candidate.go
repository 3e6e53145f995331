package minimize

import "ctxcliff/harness/scenario"

// learn takes a new rate: the number of attempts and the budget follow the lowest seen.
func (m *minimizer) learn(p float64) {
	if m.p == 0 || p < m.p {
		m.p = p
	}
	m.tries = attempts(m.p, m.set.Thorough)
	if m.desk.runs = orElse(m.set.Runs, flakyRuns); m.set.Runs == 0 && m.tries == 1 {
		m.desk.runs = sureRuns
	}
}

// try runs a candidate until it breaks or has stayed clean often enough. It reports whether the
// candidate is the new best. What was answered once is not asked again.
func (m *minimizer) try(s scenario.Scenario, why string) bool {
	if s.Validate() != nil || s.Key() == m.best.Key() || !s.Canonical().Size().NoLarger(m.best.Canonical().Size()) {
		return false
	}
	for !m.rejected(s) && !m.spent() {
		switch got, a := m.run(Shrink, s, "", why); got {
		case nothing:
			return false
		case hit:
			m.accept(s, a)
			m.of(Shrink, s, "", why).Accepted = true
			return true
		}
	}
	return false
}

// rejected says that a candidate is answered and not the best: it cannot be run, was clean often enough,
// broke and was passed over since by the gate, or another bug is in its way.
func (m *minimizer) rejected(s scenario.Scenario) bool {
	t := m.known(s)
	return t != nil && s.Key() != m.best.Key() && (t.Unfit || t.Hits > 0 || t.clean() >= m.tries || t.Others >= inTheWay(m.tries))
}

// spent says that nothing more can be tried, if there is to be enough for the gate: in runs, and in time as
// long as a run took on average.
func (m *minimizer) spent() bool {
	gate := m.second / float64(max(1, m.used)) * float64(m.reserve)
	return m.ended != "" || m.desk.runs > 0 && m.used+m.reserve >= m.desk.runs ||
		m.hours > 0 && m.second+gate >= m.hours*3600
}

func (m *minimizer) accept(s scenario.Scenario, a Answer) {
	m.best, m.seenAt = s, a
	m.chain = append(m.chain, m.known(s))
}

// target is the request that broke last.
func (m *minimizer) target() scenario.Place {
	if m.best.At(m.seenAt.At) != nil {
		return m.seenAt.At
	}
	places := m.best.Places()
	return places[len(places)-1]
}

// gateRuns is how many runs a measurement may take.
func gateRuns(p float64) int {
	if p >= 1 {
		return enoughHits
	}
	return enoughRuns
}

// silent is how many runs a scenario has been clean without a hit; 0 if it ever broke.
func (m *minimizer) silent(s scenario.Scenario) int {
	if t := m.known(s); t != nil && t.Hits == 0 {
		return t.clean()
	}
	return 0
}
