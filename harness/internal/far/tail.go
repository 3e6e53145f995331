package far

import (
	"bytes"
	"strings"
)

// tail keeps the last of what is written to it.
type tail struct{ kept []byte }

// maxTail bounds it.
const maxTail = 64 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b...)
	if over := len(t.kept) - maxTail; over > 0 {
		t.kept = bytes.Clone(t.kept[over:])
	}
	return len(b), nil
}

func (t *tail) String() string { return string(t.kept) }

// last is the last line that says something.
func last(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if l := strings.TrimSpace(lines[len(lines)-1]); l != "" {
		return l
	}
	return "it said nothing"
}
