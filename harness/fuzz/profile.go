package fuzz

import "slices"

// profile is what the steps that a fault ended have in common: it is thought to need no less than that. It
// tells which steps will most likely end in the fault again, before anybody has shrunk it.
type profile struct {
	common       set
	least, most  int // tokens of the longest prompt
	ended, stood int // steps with all of it: that the fault ended, and that it did not
}

// slack is how far beyond the lengths that were seen the next may lie.
const slack = 0.9

// stood is a step that nothing ended.
type stood struct {
	features set
	longest  int
}

// dies takes in another step that the fault ended. Where that changes what is thought to be needed, the steps
// that nothing ended are counted again.
func (p *profile) dies(f set, longest int, before []stood) {
	if p.ended == 0 {
		p.common, p.least, p.most = slices.Clone(f), longest, longest
	}
	narrow := len(p.common)
	p.common = slices.DeleteFunc(p.common, func(x Feature) bool { return x.Axis == AxisSize || !slices.Contains(f, x) })
	changed := p.ended == 0 || len(p.common) != narrow || longest < p.least || longest > p.most
	p.least, p.most = min(p.least, longest), max(p.most, longest)
	p.ended++
	if !changed {
		return
	}
	p.stood = 0
	for _, s := range before {
		p.stands(s.features, s.longest)
	}
}

// fits reports whether a step has all of it.
func (p *profile) fits(f set, longest int) bool {
	if p.ended == 0 || float64(longest) < slack*float64(p.least) || slack*float64(longest) > float64(p.most) {
		return false
	}
	return !slices.ContainsFunc(p.common, func(x Feature) bool { return !slices.Contains(f, x) })
}

// stands takes in a step that the fault did not end.
func (p *profile) stands(f set, longest int) {
	if p.fits(f, longest) {
		p.stood++
	}
}

// risk is how likely the fault ends the step.
func (p *profile) risk(f set, longest int) float64 {
	if !p.fits(f, longest) {
		return 0
	}
	return (float64(p.ended) + 0.5) / float64(p.ended+p.stood+1)
}
