package labfile

import (
	"fmt"
	"regexp"
	"strings"
)

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand replaces each ${NAME} by the variable of the environment, and $$ by a dollar sign. Any other
// dollar sign stays.
func expand(text string, lookup func(string) (string, bool)) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "$")
		b.WriteString(before)
		switch {
		case !found:
			return b.String(), nil
		case strings.HasPrefix(rest, "$"):
			b.WriteByte('$')
			text = rest[1:]
		case !strings.HasPrefix(rest, "{"):
			b.WriteByte('$')
			text = rest
		default:
			name, after, closed := strings.Cut(rest[1:], "}")
			if !closed || !variable.MatchString(name) {
				return "", fmt.Errorf("${%s is not the name of a variable in braces; write ${NAME}, or $$ for a dollar sign", name)
			}
			value, set := lookup(name)
			if !set {
				return "", fmt.Errorf("the variable %s is not set; export it first, or write its value here", name)
			}
			b.WriteString(value)
			text = after
		}
	}
}
