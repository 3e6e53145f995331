package simserver

import (
	"ctxcliff/shapes"
)

// lexicon is all pieces that one family of shapes is made of.
type lexicon struct {
	name   string
	pieces []string // whole words, spaces before them included; none for families without text
}

// lexicons are those of all families with the parameters that the bare name stands for, in the order
// of shapes.Families. Mixed is left out: what it is made of belongs to others.
func lexicons() []lexicon {
	var all []lexicon
	for _, info := range shapes.Families() {
		if info.Name != shapeMixed {
			all = append(all, lexicon{name: info.Name, pieces: shapes.Span{Family: info.Name}.Lexicon()})
		}
	}
	return all
}

// shapeNames are what the condition shape can be compared with: the families of shapes.
func shapeNames() []string {
	var names []string
	for _, info := range shapes.Families() {
		names = append(names, info.Name)
	}
	return names
}
