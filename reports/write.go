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
	{"md", func(w io.Writer, s Summary, _ TextOptions) error { return Markdown(w, s) }},
	{"origin", func(w io.Writer, s Summary, _ TextOptions) error { return Origin(w, s) }},
	{"json", func(w io.Writer, s Summary, _ TextOptions) error { return JSON(w, s) }},
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
