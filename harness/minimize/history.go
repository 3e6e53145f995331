package minimize

import (
	"slices"

	"ctxcliff/harness/scenario"
)

// shrinkScenario finds which requests are needed: first the one that broke alone on one slot, then alone
// on as many slots as there were, then the history in slices.
func (m *minimizer) shrinkScenario() {
	alone := m.best.Only(m.target())
	if m.try(alone.OnSlots(1), "the request that broke, alone on one slot") {
		return
	}
	switch places := m.best.Places(); {
	case len(places) == 1 || m.try(alone, "the request that broke, alone"):
		if m.best.NP > 2 {
			m.try(m.best.OnSlots(2), "alone, on two slots")
		}
		m.without(alone.OnSlots(1), func(f *Facts) { f.Slots = true })
	default:
		m.sliceHistory(places)
		m.unfold()
	}
}

// sliceHistory drops whatever is not needed of the requests besides the one that broke.
func (m *minimizer) sliceHistory(places []scenario.Place) {
	target, whole := m.target(), m.best
	others := slices.DeleteFunc(slices.Clone(places), func(p scenario.Place) bool { return p == target })
	slice(len(others), m.tries == 1, func(keep []bool) bool {
		left := []scenario.Place{target}
		for i, p := range others {
			if keep[i] {
				left = append(left, p)
			}
		}
		return m.try(whole.Only(left...), "without some of the other requests")
	}, m.spent)
	m.without(whole.Only(target), func(f *Facts) { f.Company = true })
	// The request at work when a server dies need not be the one that made it die.
	if left := slices.DeleteFunc(m.best.Places(), func(p scenario.Place) bool { return p == m.target() }); len(left) > 0 {
		m.try(m.best.Only(left...), "without the request that was at work")
	}
}

// unfold takes the overlap, cancels and slots from what is left of the history.
func (m *minimizer) unfold() {
	if m.overlaps() {
		serial := m.best.Serial()
		m.try(serial, "one after the other")
		m.without(serial, func(f *Facts) { f.Overlap = true })
	}
	if m.best.NP > 1 && !m.overlaps() && m.try(m.best.OnSlots(1), "on one slot") {
		return
	}
	used := map[int]int{} // slots that are left, numbered anew
	for _, p := range m.best.Places() {
		if slot := m.best.At(p).Slot; !has(used, slot) {
			used[slot] = len(used)
		}
	}
	if len(used) < m.best.NP {
		fewer := m.best.Each(func(_ scenario.Place, r *scenario.Request) { r.Slot = used[r.Slot] })
		m.try(fewer.OnSlots(len(used)), "on no more slots than are used")
	}
	m.without(m.best.OnSlots(1), func(f *Facts) { f.Slots = true })
}

func has(m map[int]int, key int) bool { _, ok := m[key]; return ok }

func (m *minimizer) overlaps() bool { return m.best.Size().Overlaps > 0 }

// shrinkRequests makes the requests plain: replies of one token, everything cold, no cancels, parameters
// and delays. All at once first: mostly none of it matters.
func (m *minimizer) shrinkRequests() {
	plain := []struct {
		why   string
		fact  func(*Facts)
		apply func(*scenario.Request)
	}{
		{"replies of one token", func(f *Facts) { f.Reply = true }, func(r *scenario.Request) { r.Reply = 1 }},
		{"nothing from the cache", func(f *Facts) { f.Cache = true }, func(r *scenario.Request) { r.Cache, r.Grown = false, false }},
		{"nothing cancelled", func(f *Facts) { f.Cancel = true }, func(r *scenario.Request) { r.CancelAfter = 0 }},
		{"plain completions", func(f *Facts) { f.API = true }, func(r *scenario.Request) { r.Endpoint, r.Params = "", "" }},
		{"nothing delayed", func(f *Facts) { f.Delay = true }, func(r *scenario.Request) { r.Delay = 0 }},
	}
	all := m.best.Each(func(_ scenario.Place, r *scenario.Request) {
		for _, p := range plain {
			p.apply(r)
		}
	})
	if all.Key() == m.best.Key() || m.try(all, "plain requests: one token each, cold, whole, at once") {
		return
	}
	for _, p := range plain {
		m.without(m.simplify(p.why, p.apply), p.fact)
	}
}

// simplify changes all requests, or else all but the one that broke. It returns the change of all.
func (m *minimizer) simplify(why string, apply func(*scenario.Request)) scenario.Scenario {
	target := m.target()
	all := m.best.Each(func(_ scenario.Place, r *scenario.Request) { apply(r) })
	if all.Key() == m.best.Key() || m.try(all, why) {
		return all
	}
	m.try(m.best.Each(func(at scenario.Place, r *scenario.Request) {
		if at != target {
			apply(r)
		}
	}), why+", but for the one that broke")
	return all
}

// small is a prompt that is hardly there.
const small = 256

// companions shortens the prompts of the requests besides the one that broke: to almost nothing, else
// to half.
func (m *minimizer) companions() {
	target := m.target()
	for _, p := range m.best.Places() {
		for _, n := range []int{small, m.best.At(p).Recipe.Tokens / 2} {
			if p == target || m.best.At(p).Recipe.Tokens <= max(1, n) {
				continue
			}
			if m.try(m.best.Each(func(at scenario.Place, r *scenario.Request) {
				if at == p {
					*r = r.Cut(n)
				}
			}), "another request with "+scenario.Count(n)+" tokens") {
				break
			}
		}
	}
}
