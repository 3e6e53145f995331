package reports

import (
	"fmt"
	"html"
	"strings"
)

// special are the characters that mean something to Markdown or HTML. An underscore within a word
// does not.
const special = "\\`*_[]<>&|~#!$"

// prose escapes text for a paragraph or a table cell of Markdown: it reads as it was written, on
// one line, and is neither markup nor HTML.
func prose(text string) string { return entities(clean(text)) }

// code shows text as code. Backticks do for nearly all of it; what they could not hold in a table,
// or what looks like HTML, is spelled in entities, which nothing can break out of.
func code(text string) string {
	text = clean(text)
	switch {
	case text == "":
		return ""
	case strings.ContainsAny(text, "`|\\<>&") || strings.TrimSpace(text) != text:
		return "<code>" + strings.ReplaceAll(entities(text), "://", "&#58;//") + "</code>"
	}
	return "`" + text + "`"
}

// entities writes each special character as a numeric entity. Markdown takes those for text, never
// for structure.
func entities(text string) string {
	var b strings.Builder
	for i, r := range text {
		within := r == '_' && i > 0 && i+1 < len(text) && alphanumeric(text[i-1]) && alphanumeric(text[i+1])
		if strings.ContainsRune(special, r) && !within {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// preformatted is a block of lines that is shown as it is. Nothing in it can end the block: an
// HTML block that begins with <pre> goes on to </pre>, and no < of the lines is left.
func preformatted(lines []string) string {
	var b strings.Builder
	b.WriteString("<pre>\n")
	for _, l := range lines {
		b.WriteString(html.EscapeString(clean(l)) + "\n")
	}
	return b.String() + "</pre>\n"
}

// tableRow is one row of a Markdown table; its cells are escaped already.
func tableRow(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

// rule is the line under a table's head. Columns named in right are set to the right.
func rule(columns int, right func(int) bool) string {
	cells := make([]string, columns)
	for i := range cells {
		cells[i] = "---"
		if right(i) {
			cells[i] = "--:"
		}
	}
	return tableRow(cells...)
}
