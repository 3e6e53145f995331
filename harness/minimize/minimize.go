package minimize

import (
	"ctxcliff/harness/rates"
	"ctxcliff/harness/scenario"
)

// minimizer is one story of shrinking. Its invariant: best is a scenario that was run and broke with the
// bug, and every step replaces it only by one that is in no respect larger and was run and broke too. So
// the story may end at any point, and what it has is right, if not the smallest.
type minimizer struct {
	*desk
	set       Settings
	best      scenario.Scenario
	chain     []scenario.Scenario // every best so far, the latest last
	measured  int                 // index in chain of what was measured first
	seenFirst Answer              // the latest run in which that broke
	seenAt    Answer              // the latest run in which best broke
	rate      Rate                // of best when it was last measured
	p         float64             // rate that the number of attempts follows; only ever falls
	tries     int                 // clean runs that reject a candidate
	reserve   int                 // runs that are kept for the gate
	content   bool                // plain filler was rejected
	claims    []claim
	result    Result
}

// Minimize shrinks a scenario. The session ends with the smallest that was found within the budget.
func Minimize(set Settings) (*Session[Result], error) {
	set = set.WithDefaults()
	if err := set.Validate(); err != nil {
		return nil, err
	}
	return newSession(func(ask Ask) Result { return shrink(set, ask) }), nil
}

// shrink tells the whole story: settings are valid and have their defaults.
func shrink(set Settings, ask Ask) Result {
	m := &minimizer{desk: newDesk(ask, newBug(set.Signatures)), set: set}
	m.hours, m.desk.runs = max(0, set.Hours), orElse(set.Runs, flakyRuns)
	m.result.Start = set.Scenario
	if !m.replay() || !m.measureStart() {
		return m.finish()
	}
	m.bug.fixed = true
	for range rounds {
		believed := m.tries
		m.shrinkScenario()
		m.shrinkRequests()
		m.length()
		m.shrinkContent()
		m.companions()
		m.controls()
		m.gate()
		if believed > 1 || m.tries == 1 {
			break
		}
	}
	m.diagnose()
	return m.finish()
}

// rounds is how often everything is tried: once, and again when what was taken for a sure bug
// turned out to be flaky at the gate. Rejections then only need the runs that they lack.
const rounds = 2

// replay looks for the first hit, and takes ten clean runs for an answer: six, as the field notes have it,
// miss every eighth bug that breaks at .3.
func (m *minimizer) replay() bool {
	why := "does it break as it is"
	for t := m.of(Replay, m.set.Scenario, "", why); t.clean() < enoughRuns && t.Others < enoughRuns; {
		switch got, a := m.run(Replay, m.set.Scenario, "", why); got {
		case nothing, unfit:
			m.result.Verdict = Inconclusive
			return false
		case hit:
			m.accept(m.set.Scenario, a)
			m.result.First = 1 + t.clean()
			return true
		}
	}
	m.result.Verdict = NotReproduced
	if len(m.bug.others) > 0 {
		m.result.Verdict = AnotherBug
	}
	return false
}

// measureStart measures the rate after the free cut, so that every later run is cheaper; if the cut took
// too much, that of the whole.
func (m *minimizer) measureStart() bool {
	m.result.Verdict = SameBug
	cut := m.freeCut()
	hits := m.measureBest(cut, "how often does it break, cut off where it broke")
	if hits == 0 && m.ended == "" && cut.Key() != m.best.Key() {
		hits = m.measureBest(m.best, "how often does the whole break")
	}
	if m.ended != "" || hits == 0 {
		return false
	}
	m.result.Before = m.rate
	if !m.rate.usable() {
		m.result.Unreliable = true
		return false
	}
	// The runs to the first hit tell as well: three hits in three runs alone are no proof of a sure bug.
	m.learn(rates.Stopped(1+m.rate.Hits, m.result.First+m.rate.Runs, 1+m.rate.Hits))
	m.reserve = gateRuns(m.p)
	return true
}

// measureBest measures a scenario and makes it the best if it broke.
func (m *minimizer) measureBest(s scenario.Scenario, why string) int {
	hits, runs, latest := m.gauge(Measure, s, why, true)
	if hits > 0 {
		m.accept(s, latest)
		m.rate, m.measured, m.seenFirst = rateOf(hits, runs), len(m.chain)-1, latest
	}
	return hits
}

// freeCut is the best without what it did not need to break: steps after the one in which it broke, and
// tokens beyond one batch above the position.
func (m *minimizer) freeCut() scenario.Scenario {
	at, cut := m.seenAt.At, m.best
	if cut.At(at) == nil {
		return cut
	}
	var places []scenario.Place
	for _, p := range cut.Places() {
		if p.Step <= at.Step {
			places = append(places, p)
		}
	}
	cut = cut.Only(places...)
	if n := m.upper(); n > 0 {
		cut = atMost(cut, n)
	}
	return cut
}

// upper is the number of prompt tokens that the latest hit had surely not gone beyond; 0 unknown.
func (m *minimizer) upper() int {
	if r := m.best.At(m.seenAt.At); r != nil && m.seenAt.InPrompt && m.seenAt.Position > 0 {
		return min(r.Recipe.Tokens, m.seenAt.Position+m.set.Batch)
	}
	return 0
}

// atMost cuts all prompts to so many tokens: what two of them share stays shared.
func atMost(s scenario.Scenario, tokens int) scenario.Scenario {
	return s.Each(func(_ scenario.Place, r *scenario.Request) { *r = r.Cut(tokens) })
}

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

// spent says that nothing more can be tried.
func (m *minimizer) spent() bool {
	return m.ended != "" || m.desk.runs > 0 && m.used+m.reserve >= m.desk.runs
}

func (m *minimizer) accept(s scenario.Scenario, a Answer) {
	m.best, m.seenAt = s, a
	m.chain = append(m.chain, s)
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
