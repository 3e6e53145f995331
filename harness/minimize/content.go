package minimize

import (
	"slices"

	"ctxcliff/harness/scenario"
	"ctxcliff/shapes"
)

// shrinkContent finds what the prompts must be made of: nothing in particular, so many different ids, or
// certain stretches of the shape, and then of which part of the shape.
func (m *minimizer) shrinkContent() {
	plain := m.drawn(1)
	if plain.Key() == m.best.Key() || m.try(plain, "nothing but filler: is it the content at all") {
		return
	}
	m.content = true
	if m.try(m.drawn(m.set.Distinct), "as many different ids, in no order") {
		m.vocabulary()
		return
	}
	m.spans()
	m.trim()
	m.families()
}

// drawn is the best with nothing in its prompts but so many distinct ids in no order; for 1, the filler.
func (m *minimizer) drawn(distinct int) scenario.Scenario {
	return m.best.Each(func(_ scenario.Place, r *scenario.Request) { r.Recipe = r.Recipe.Drawn(m.set.Filler, distinct) })
}

// vocabulary bisects the power of two of the number of distinct ids: 1 stays clean, all break.
func (m *minimizer) vocabulary() {
	low, high := 0, 1
	for 1<<high < m.set.Distinct {
		high++
	}
	for high-low > 1 && !m.spent() {
		if mid := (low + high) / 2; m.try(m.drawn(1<<mid), "with "+scenario.Count(1<<mid)+" different ids") {
			high = mid
		} else {
			low = mid
		}
	}
	m.without(m.drawn(1<<low), func(f *Facts) { f.FewerIDs = 1 << low })
}

// spans replaces stretches of the prompts with filler, the same in all of them, the late ones first: where
// one of several will do, the earliest stays, and what follows can be cut.
func (m *minimizer) spans() {
	whole, grain := m.best, m.set.Grain
	if m.best.At(m.target()).Recipe.Period > 0 { // what repeats itself is mostly needed for that: thirds will tell
		grain = max(grain, (m.best.LongestPrompt()+2)/3)
	}
	cells := (m.best.LongestPrompt() + grain - 1) / grain
	slice(cells, m.tries == 1, func(keep []bool) bool {
		var live []scenario.Range
		for i := range keep {
			if at := cells - 1 - i; keep[i] {
				live = append(live, scenario.Range{From: at * grain, To: (at + 1) * grain})
			}
		}
		return m.try(whole.Each(func(_ scenario.Place, r *scenario.Request) {
			tokens := r.Recipe.Tokens
			r.Recipe = r.Recipe.Kept(m.set.Filler, live).Cut(tokens)
		}), "filler where "+scenario.Count((cells-count(keep))*grain)+" tokens were")
	}, m.spent)
}

// trim cuts the filler at the end, if it is a quarter or more and the position does not speak against it.
func (m *minimizer) trim() {
	live := m.best.At(m.target()).Recipe.Live()
	if len(live) == 0 {
		return
	}
	end, tokens := live[len(live)-1].To, m.best.LongestPrompt()
	if end <= tokens/4*3 && (m.upper() == 0 || end > m.seenAt.Position) {
		m.try(atMost(m.best, end), "cut after the last that matters")
	}
}

func count(keep []bool) int {
	n := 0
	for _, k := range keep {
		if k {
			n++
		}
	}
	return n
}

// families tries the parts of a shape that has several, each as the whole shape.
func (m *minimizer) families() {
	shape := m.best.At(m.target()).Recipe.Shape
	for _, part := range parts(shape) {
		if m.try(m.best.Each(func(_ scenario.Place, r *scenario.Request) { r.Recipe.Shape = part }), "what is left as plain "+part.String()) {
			return
		}
	}
}

// parts are the shapes that a shape is made of, none if it is one family.
func parts(shape shapes.Shape) []shapes.Shape {
	var all []shapes.Shape
	add := func(span shapes.Span) {
		span.Tokens = 0
		part, err := shapes.New(span)
		if err == nil && !slices.ContainsFunc(all, func(s shapes.Shape) bool { return s.String() == part.String() }) {
			all = append(all, part)
		}
	}
	for _, span := range shape.Spans() {
		for _, p := range span.Parts {
			add(shapes.Span{Family: p.Family, Word: p.Word})
		}
		if len(span.Parts) == 0 {
			add(span)
		}
	}
	if len(all) < 2 {
		return nil
	}
	return all
}
