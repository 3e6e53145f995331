package minimize

import "slices"

// bug is the set of names that a fault goes by. While it is being reproduced it grows by the other names
// of what shares one; once something is built on it (fixed) it does not, or a bug could drift into
// another over a name that both have.
type bug struct {
	fixed  bool
	names  []string
	title  string
	others []string // signatures of other bugs that were met, in order
	first  bool     // whatever breaks first is the bug
}

// newBug is the bug of these signatures; with none, whatever breaks first is the bug.
func newBug(signatures []string) *bug {
	return &bug{names: slices.Clone(signatures), first: len(signatures) == 0}
}

// is says whether a run that broke broke with this bug.
func (b *bug) is(a Answer) bool {
	if b.first && len(b.names) == 0 && len(a.Signatures) > 0 {
		return true
	}
	return slices.ContainsFunc(a.Signatures, func(s string) bool { return slices.Contains(b.names, s) })
}

func (b *bug) add(a Answer) {
	if b.title == "" {
		b.title = a.Title
	}
	for _, s := range a.Signatures {
		if !b.fixed && !slices.Contains(b.names, s) {
			b.names = append(b.names, s)
		}
	}
}

func (b *bug) another(a Answer) {
	name := "" // a finding that has no name is another bug as well
	if len(a.Signatures) > 0 {
		name = a.Signatures[0]
	}
	if !slices.Contains(b.others, name) {
		b.others = append(b.others, name)
	}
}
