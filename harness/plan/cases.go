package plan

import (
	"cmp"
	"slices"

	"ctxcliff/shapes"
)

// Case is a part of a matrix: axes that stand in it replace those of the matrix. It is for runs that are no
// product, such as one np with small contexts and another with large ones.
type Case struct {
	NP      []int
	Ctx     []int // instead of any context of the matrix, as is PerSlot
	PerSlot []int
	Shapes  []shapes.Shape
	Tokens  []int // instead of any sizes of the matrix, as are Fills
	Fills   []Fill
}

// parts are the matrix of each case, or the matrix itself.
func (m Matrix) parts() []Matrix {
	if len(m.Cases) == 0 {
		return []Matrix{m}
	}
	list := make([]Matrix, len(m.Cases))
	for i, c := range m.Cases {
		list[i] = m.In(c)
	}
	return list
}

// In is the matrix of a case of it.
func (m Matrix) In(c Case) Matrix {
	m.Cases = nil
	if len(c.NP) > 0 {
		m.NP = c.NP
	}
	if len(c.Ctx)+len(c.PerSlot) > 0 {
		m.Ctx, m.PerSlot = c.Ctx, c.PerSlot
	}
	if len(c.Shapes) > 0 {
		m.Shapes = c.Shapes
	}
	if len(c.Tokens)+len(c.Fills) > 0 {
		m.Tokens, m.Fills = c.Tokens, c.Fills
	}
	return m
}

// join adds the cells of a configuration that an earlier case has named, too, from the smallest prompt to
// the largest and none of them twice; false where none has.
func (p *Plan) join(more Work) bool {
	id := more.Configuration.ID()
	i := slices.IndexFunc(p.Configurations, func(w Work) bool { return w.Configuration.ID() == id })
	if i < 0 {
		return false
	}
	w := &p.Configurations[i]
	w.Cells = uniqueBy(append(w.Cells, more.Cells...), Cell.ID)
	slices.SortStableFunc(w.Cells, func(a, b Cell) int { return cmp.Compare(a.Tokens, b.Tokens) })
	return true
}
