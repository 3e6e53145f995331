package shapes

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ParseList reads shapes separated by commas: opt,repeat:x,mixed:natural=3,repeat=1,code is four of
// them, because a part with a weight goes on with the mixed before it. The word all stands for each
// family with its defaults. A shape named twice is kept once. The list is never empty.
func ParseList(text string) ([]Shape, error) {
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("the list of shapes is empty; write for example opt,natural,mixed, or all")
	}
	var texts []string
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		switch {
		case part == "":
			return nil, fmt.Errorf("shapes %q: nothing between two commas; remove one", text)
		case part == "all":
			texts = append(texts, familyNames()...)
		case !continuesMixed(part):
			texts = append(texts, part)
		case len(texts) == 0 || !openMixed(texts[len(texts)-1]):
			return nil, fmt.Errorf("shapes %q: %q has a weight but follows no mixed; write mixed:%s", text, part, part)
		default:
			texts[len(texts)-1] += "," + part
		}
	}
	var list []Shape
	for _, t := range texts {
		shape, err := Parse(t)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(list, func(s Shape) bool { return s.String() == shape.String() }) {
			list = append(list, shape)
		}
	}
	return list, nil
}

// continuesMixed reports whether a part of a list opens with a weighted component: an equals sign
// stands nowhere else, since words escape it.
func continuesMixed(part string) bool {
	head, _, _ := strings.Cut(part, "+")
	head, _, _ = strings.Cut(head, "@")
	return strings.Contains(head, "=") && !strings.HasPrefix(head, "mixed:")
}

// openMixed reports whether the text ends in a mixed that may still get components.
func openMixed(text string) bool {
	last := text[strings.LastIndexByte(text, '+')+1:]
	return strings.HasPrefix(last, "mixed:") && !strings.Contains(last, "@")
}
