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
	set     Settings
	best    scenario.Scenario
	chain   []*Tally // of every best so far, the latest last
	seenAt  Answer   // the latest run in which best broke
	sound   sound    // the latest best that was measured and found good
	p       float64  // rate that the number of attempts follows; only ever falls
	tries   int      // clean runs that reject a candidate
	reserve int      // runs that are kept for the gate
	content bool     // plain filler was rejected
	claims  []claim
	result  Result
}

// sound is a best whose rate is known.
type sound struct {
	at   int // in the chain
	rate Rate
	seen Answer // the latest run in which it broke
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
			m.ended = orElse(m.ended, CannotRun)
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
	before := m.sound.rate
	if m.result.Before = before; !before.usable() {
		m.result.Unreliable = true
		return false
	}
	// The runs to the first hit tell as well: three hits in three runs alone are no proof of a sure bug.
	m.learn(rates.Stopped(1+before.Hits, m.result.First+before.Runs, 1+before.Hits))
	m.reserve = gateRuns(m.p)
	return true
}

// measureBest measures a scenario and makes it the best if it broke.
func (m *minimizer) measureBest(s scenario.Scenario, why string) int {
	hits, runs, latest := m.gauge(Measure, s, why, true)
	if hits > 0 {
		m.accept(s, latest)
		m.sound = sound{len(m.chain) - 1, rateOf(hits, runs), latest}
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
