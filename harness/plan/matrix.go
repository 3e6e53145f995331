package plan

import (
	"cmp"
	"fmt"
	"slices"

	"ctxcliff/shapes"
)

// Matrix is the product of axes that a screen walks. Exactly one of Ctx and PerSlot and exactly
// one of Tokens and Fills is set.
type Matrix struct {
	Targets []Target
	NP      []int // slots
	Ctx     []int // total context (-c) in tokens
	PerSlot []int // context per slot; the total is this times np
	Shapes  []shapes.Shape
	Tokens  []int  // prompt sizes per slot, sent as they are
	Fills   []Fill // prompt sizes as shares of a slot
	Reply   int    // tokens asked for in each reply
	Cases   []Case // parts that are walked instead of the whole product; none: that
	Exclude []Exclusion
}

// Plan is what a run will do, in order: one configuration after the other, its cells from the
// smallest prompt to the largest, so that the gentle cells of a configuration have run before one
// kills the server.
type Plan struct {
	Configurations []Work
	Skips          []Skip
}

// Work is one configuration with the cells that share it.
type Work struct {
	Configuration Configuration
	Cells         []Cell
	Need          Need
}

// Skip is a cell that will not be run, with the reason in words.
type Skip struct {
	Cell   Cell
	Reason string
}

// maxParallel is LLAMA_MAX_SEQ of llama.cpp (src/llama-cparams.h): "n_seq_max must be <= 256".
const maxParallel = 256

// Plan enumerates the matrix. It yields no cell twice; the order depends on nothing but the
// matrix. An error names the axis that makes no sense.
func (m Matrix) Plan() (Plan, error) {
	if len(m.Targets) == 0 {
		return Plan{}, fmt.Errorf("nothing to test: no target")
	}
	if err := m.Check(); err != nil {
		return Plan{}, err
	}
	if err := distinct(m.Targets); err != nil {
		return Plan{}, err
	}
	var p Plan
	for i, part := range m.parts() {
		for _, c := range part.configurations() {
			if w := (Work{Configuration: c, Cells: part.cells(c)}); i == 0 || !p.join(w) {
				p.Configurations = append(p.Configurations, w)
			}
		}
	}
	if p = p.exclude(m.Exclude); len(p.Configurations) == 0 {
		return Plan{}, fmt.Errorf("nothing to test: all cells are excluded")
	}
	return p, nil
}

// Cells is the number of cells in all configurations.
func (p Plan) Cells() int {
	n := 0
	for _, w := range p.Configurations {
		n += len(w.Cells)
	}
	return n
}

// Without makes skips of the cells of configurations for which there is a reason to leave them out.
func (p Plan) Without(reason func(Work) string) Plan {
	left := Plan{Skips: p.Skips}
	for _, w := range p.Configurations {
		why := reason(w)
		if why == "" {
			left.Configurations = append(left.Configurations, w)
			continue
		}
		for _, c := range w.Cells {
			left.Skips = append(left.Skips, Skip{c, why})
		}
	}
	return left
}

// Keep is the plan with only the cells that are wanted, and without skips.
func (p Plan) Keep(wanted func(Cell) bool) (kept Plan) {
	for _, w := range p.Configurations {
		w.Cells = slices.DeleteFunc(slices.Clone(w.Cells), func(c Cell) bool { return !wanted(c) })
		if len(w.Cells) > 0 {
			kept.Configurations = append(kept.Configurations, w)
		}
	}
	return kept
}

// Check says whether the axes make sense, targets aside: they are often known later.
func (m Matrix) Check() error {
	if len(m.Cases) > 0 {
		for _, part := range m.parts() {
			if err := part.Check(); err != nil {
				return err
			}
		}
		return nil
	}
	switch {
	case len(m.Shapes) == 0:
		return fmt.Errorf("nothing to test: no shape")
	case len(m.NP) == 0:
		return fmt.Errorf("nothing to test: no np")
	case (len(m.Ctx) > 0) == (len(m.PerSlot) > 0):
		return fmt.Errorf("the context is given either in total (--ctx) or per slot (--ps); give one of the two")
	case (len(m.Tokens) > 0) == (len(m.Fills) > 0):
		return fmt.Errorf("prompt sizes are given either in tokens (--tokens) or as shares of a slot (--fill); give one of the two")
	case m.Reply < 1:
		return fmt.Errorf("the reply must be at least 1 token: llama-server generates one even when asked for 0")
	}
	for _, np := range m.NP {
		if np < 1 || np > maxParallel {
			return fmt.Errorf("np %d is not possible: llama-server takes 1 to %d slots", np, maxParallel)
		}
		for _, ctx := range m.Ctx {
			if ctx < np {
				return fmt.Errorf("a context of %d tokens cannot be split over %d slots", ctx, np)
			}
		}
	}
	return nil
}

// distinct refuses targets that would share the ids of their cells.
func distinct(targets []Target) error {
	seen := map[string]bool{}
	for _, t := range targets {
		if seen[t.ID()] {
			return fmt.Errorf("two targets are called %s, and their cells could not be told apart; give model, backend or topology names of their own", t.ID())
		}
		seen[t.ID()] = true
	}
	return nil
}

// configurations lists target × np × context, small contexts first within a target.
func (m Matrix) configurations() []Configuration {
	var all []Configuration
	for _, t := range m.Targets {
		first := len(all)
		for _, np := range m.NP {
			for _, ctx := range m.Ctx {
				all = append(all, Configuration{Target: t, NP: np, Ctx: ctx, Reply: m.Reply})
			}
			for _, ps := range m.PerSlot {
				all = append(all, Configuration{Target: t, NP: np, Ctx: ps * np, Reply: m.Reply})
			}
		}
		slices.SortStableFunc(all[first:], func(a, b Configuration) int {
			return cmp.Or(cmp.Compare(a.NP, b.NP), cmp.Compare(a.Ctx, b.Ctx))
		})
	}
	return uniqueBy(all, Configuration.ID)
}

func (m Matrix) cells(c Configuration) []Cell {
	sizes := slices.Clone(m.Tokens)
	for _, f := range m.Fills {
		sizes = append(sizes, f.Tokens(c.SlotContext(), c.Reply))
	}
	slices.Sort(sizes)
	var cells []Cell
	for _, n := range slices.Compact(sizes) {
		for _, s := range m.Shapes {
			cells = append(cells, Cell{Configuration: c, Shape: s, Tokens: n})
		}
	}
	return uniqueBy(cells, Cell.ID)
}

func uniqueBy[T any](list []T, id func(T) string) []T {
	seen := map[string]bool{}
	return slices.DeleteFunc(list, func(v T) bool {
		dup := seen[id(v)]
		seen[id(v)] = true
		return dup
	})
}
