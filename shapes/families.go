package shapes

import (
	"fmt"
	"strings"
)

// FamilyInfo describes a family to people.
type FamilyInfo struct {
	Name    string
	Doc     string // one sentence, lower case, no full stop
	Default string // canonical text of the family with its default parameters
}

// family is one line of the table.
type family struct {
	name, doc string
	takes     parameters
	make      func(Span) *source
}

type parameters uint8

const (
	takesNothing parameters = iota
	takesWord
	takesParts
)

// families is every family, in the order in which lists, help and matrices show them.
var families []family

// defaultParts is what plain mixed mixes.
var defaultParts = []Part{
	{Family: "natural", Weight: 1},
	{Family: "repeat", Word: defaultWord, Weight: 1},
	{Family: "code", Weight: 1},
	{Family: "lines", Weight: 1},
}

func init() { // not in the declaration: newMixed looks families up
	families = []family{
		{"opt", "the word opt, again and again: the control shape of the field", takesNothing, newOpt},
		{"repeat", "a word, again and again: repeat:WORD, by default contexttoken", takesWord, newRepeat},
		{"natural", "paragraphs that read like prose and never repeat", takesNothing, once(newNatural)},
		{"mixed", "blocks of other shapes by weight: mixed:natural=3,repeat=1", takesParts, newMixed},
		{"code", "source code in several languages", takesNothing, once(newCode)},
		{"tools", "an agent's transcript: tool schemas, calls and results", takesNothing, once(newTools)},
		{"random", "token ids drawn uniformly from the vocabulary; has no text form", takesNothing, newRandom},
		{"unicode", "many scripts, emoji with joiners, combining marks, direction marks, odd but valid UTF-8", takesNothing, once(newUnicode)},
		{"lines", "JSON and log lines full of numbers", takesNothing, once(newLines)},
	}
}

// Families lists every family in a fixed order.
func Families() []FamilyInfo {
	infos := make([]FamilyInfo, len(families))
	for i, f := range families {
		word, _ := f.word("")
		infos[i] = FamilyInfo{Name: f.name, Doc: f.doc, Default: Span{Family: f.name, Word: word}.String()}
	}
	return infos
}

func familyNames() []string {
	names := make([]string, len(families))
	for i, f := range families {
		names[i] = f.name
	}
	return names
}

func familyNamed(name string) (family, error) {
	for _, f := range families {
		if f.name == name {
			return f, nil
		}
	}
	hint := "the families are " + strings.Join(familyNames(), ", ")
	if near := nearest(name, familyNames()); near != "" {
		hint = fmt.Sprintf("did you mean %q? (%s)", near, hint)
	}
	return family{}, fmt.Errorf("%q is not a family of shapes; %s", name, hint)
}
