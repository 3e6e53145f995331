package plan

import (
	"cmp"
	"fmt"
)

// Exclusion leaves cells out of a plan.
type Exclusion struct {
	Pattern string // over cell ids: * stands for anything, ? for one letter
	Reason  string // why; "" says no more than that they are excluded
}

// Matches reports whether the pattern is that of the cell's id.
func (e Exclusion) Matches(c Cell) bool { return Like(e.Pattern, c.ID()) }

// whole reports whether it is that of all cells of the line, whatever their size.
func (e Exclusion) whole(l Line) bool {
	return Like(e.Pattern, l.ID()) || Like(e.Pattern, l.ID()+"__")
}

// Excluding is the reason why a whole line is left out, if it is.
func Excluding(list []Exclusion, l Line) (reason string, ok bool) {
	e, ok := excluding(list, func(e Exclusion) bool { return e.whole(l) })
	return e.reason(), ok
}

func (e Exclusion) reason() string { return cmp.Or(e.Reason, fmt.Sprintf("excluded by %q", e.Pattern)) }

// exclude makes skips of the cells that an exclusion matches.
func (p Plan) exclude(list []Exclusion) Plan {
	return p.Omit(func(c Cell) (string, bool) {
		e, ok := excluding(list, func(e Exclusion) bool { return e.Matches(c) })
		return e.reason(), ok
	})
}

// Omit makes skips of the cells for which there is a reason, and drops configurations that lose all.
func (p Plan) Omit(reason func(Cell) (string, bool)) Plan {
	left := Plan{Skips: p.Skips}
	for _, w := range p.Configurations {
		kept := Work{Configuration: w.Configuration, Need: w.Need}
		for _, c := range w.Cells {
			if why, ok := reason(c); ok {
				left.Skips = append(left.Skips, Skip{c, why})
			} else {
				kept.Cells = append(kept.Cells, c)
			}
		}
		if len(kept.Cells) > 0 {
			left.Configurations = append(left.Configurations, kept)
		}
	}
	return left
}

func excluding(list []Exclusion, matches func(Exclusion) bool) (Exclusion, bool) {
	for _, e := range list {
		if matches(e) {
			return e, true
		}
	}
	return Exclusion{}, false
}

// Like reports whether the text is of the pattern, in which * stands for anything and ? for one letter.
func Like(pattern, text string) bool {
	p, t := 0, 0
	star, from := -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			from++
			p, t = star+1, from
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
