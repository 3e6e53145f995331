package minimize

import (
	"ctxcliff/harness/rates"
	"ctxcliff/harness/scenario"
)

// Row is one line of the diagnosis: the result with one thing changed.
type Row struct {
	Variant
	Hits   int     `json:"hits"`
	Others int     `json:"others,omitempty"` // runs that broke with another bug
	Runs   int     `json:"runs"`
	Unfit  bool    `json:"unfit,omitempty"` // the server would not run like this
	Luck   float64 `json:"luck"`            // chance that the bug would have been so silent by luck; 1 once it broke
}

// diagnose runs the result once with each value, and asks how many different ids it stands.
func (m *minimizer) diagnose() {
	if !m.result.Gated || m.ended != "" || len(m.set.Variants) == 0 {
		return
	}
	runs := 1
	if m.set.Thorough {
		runs = rates.RunsToExclude(m.p, 0.95)
	}
	for _, v := range m.set.Variants {
		s := v.apply(m.best)
		if s.Validate() != nil || s.Key() == m.best.Key() {
			continue
		}
		row, ok := m.row(v, s, runs)
		if !ok {
			return
		}
		m.result.Diagnosis = append(m.result.Diagnosis, row)
	}
	m.variety()
	for _, c := range m.claims {
		m.confirm(c.without)
	}
}

// row runs a changed result until it breaks. Earlier runs of the same scenario count.
func (m *minimizer) row(v Variant, s scenario.Scenario, runs int) (Row, bool) {
	m.judge(Diagnose, s, "", v.Setting+" "+v.Value, runs)
	m.confirm(s)
	if m.ended != "" {
		return Row{}, false
	}
	t := m.known(s)
	row := Row{Variant: v, Hits: t.Hits, Others: t.Others, Runs: t.Runs, Unfit: t.Unfit, Luck: 1}
	if row.Hits == 0 {
		hits, runs := m.evidence()
		row.Luck = silence(hits, runs, t.clean())
	}
	return row, true
}

// confirm runs a scenario that never broke once more, where that makes a fact of it.
func (m *minimizer) confirm(s scenario.Scenario) {
	t := m.known(s)
	if t == nil || t.Hits > 0 || t.Unfit || !m.affords() {
		return
	}
	hits, runs := m.evidence()
	if n := t.clean(); silence(hits, runs, n) > maxLuck && silence(hits, runs, n+1) <= maxLuck {
		m.run(Diagnose, s, "", "clean: once more, to be sure")
	}
}

// evidence is every run of what was once the best: the more of them broke, the less a clean run of
// something else is luck.
func (m *minimizer) evidence() (hits, runs int) {
	seen := map[*Tally]bool{}
	for _, t := range m.chain {
		if !seen[t] {
			seen[t] = true
			hits, runs = hits+t.Hits, runs+t.Hits+t.clean()
		}
	}
	return hits, runs
}

// variety asks whether a result that breaks with plain filler breaks with any ids, and if not, up to which
// power of two. Of a flaky bug only the first: the rest takes more runs than it is worth.
func (m *minimizer) variety() {
	if m.best.Size().Distinct != 1 {
		return
	}
	if m.stillBreaks(m.set.Distinct) {
		m.result.MostIDs = m.set.Distinct
		return
	}
	low, high := 0, 1
	for 1<<high < m.set.Distinct {
		high++
	}
	if m.tries > 1 && !m.set.Thorough {
		low = high
	}
	for high-low > 1 && m.ended == "" {
		if mid := (low + high) / 2; m.stillBreaks(1 << mid) {
			low = mid
		} else {
			high = mid
		}
	}
	if low < high && m.ended == "" {
		m.result.MostIDs = 1 << low
		not := min(1<<high, m.set.Distinct)
		m.without(m.drawn(not), func(f *Facts) { f.NotIDs = not })
	}
}

// stillBreaks says whether the result does with so many distinct ids.
func (m *minimizer) stillBreaks(distinct int) bool {
	state, _ := m.judge(Diagnose, m.drawn(distinct), "", "with "+scenario.Count(distinct)+" different ids", m.tries)
	return state == There
}
