package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

var formats = []struct {
	name  string
	write func(io.Writer, Summary, TextOptions) error
}{
	{"text", Text},
	{"md", plainly(Markdown)},
	{"origin", plainly(Origin)},
	{"json", plainly(JSON)},
	{"jsonl", plainly(JSONL)},
	{"csv", plainly(CSV)},
	{"sql", plainly(SQL)},
	{"junit", plainly(JUnit)},
	{"github", plainly(GitHub)},
	{"html", plainly(HTML)},
}

// plainly is for formats that look the same on every screen.
func plainly(write func(io.Writer, Summary) error) func(io.Writer, Summary, TextOptions) error {
	return func(w io.Writer, s Summary, _ TextOptions) error { return write(w, s) }
}

// Formats are the names that -o takes.
func Formats() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// Known says nil for a name that [Write] takes; else an error that lists them.
func Known(format string) error {
	if slices.Contains(Formats(), format) {
		return nil
	}
	return fmt.Errorf("%q is not a format; write one of %s", format, strings.Join(Formats(), ", "))
}

// Write writes the summary in the named format. The options matter to text alone.
func Write(w io.Writer, format string, s Summary, o TextOptions) error {
	if err := Known(format); err != nil {
		return err
	}
	for _, f := range formats {
		if f.name == format {
			return f.write(w, s, o)
		}
	}
	return nil
}
