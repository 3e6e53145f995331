package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/rs/zerolog"
	"golang.org/x/term"

	"ctxcliff/harness/trial"
)

// All talk to people goes through this file. Results go to standard output, everything else to
// standard error. Messages are lower case, one sentence, no full stop, and end with what to do.
// Nothing that a server or a file said is printed without its control characters made visible.
type terminal struct {
	stdout, stderr *os.File
	began          func(run string) // is told the run that the command makes; nil: nobody
	argv           []string         // what a step of a night was called with; nil it is this process's own
	resuming       *trial.Record    // the run that this invocation goes on with; nil it begins one
}

func newTerminal(stdout, stderr *os.File) *terminal { return &terminal{stdout: stdout, stderr: stderr} }

// complain prints an error.
func (t *terminal) complain(text string) { fmt.Fprintf(t.stderr, "ctxcliff: %s\n", visible(text)) }

// say prints a line of progress or advice.
func (t *terminal) say(format string, args ...any) {
	fmt.Fprintln(t.stderr, visible(fmt.Sprintf(format, args...)))
}

// isTerminal reports whether a person watches f, and how wide their screen is (80 if unknown).
func isTerminal(f *os.File) (width int, ok bool) {
	if !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb" {
		return 80, false
	}
	if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
		return w, true
	}
	return 80, true
}

// colour reports whether f takes colours: a terminal, and NO_COLOR is unset (no-color.org).
func colour(f *os.File) bool {
	_, ok := isTerminal(f)
	return ok && os.Getenv("NO_COLOR") == ""
}

// glyphs reports whether the locale can show the matrix's glyphs.
func glyphs() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}

// visible replaces control characters, so that text from elsewhere cannot steer the terminal.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || (r >= ' ' && r != 0x7f && (r < 0x80 || r > 0x9f)) {
			return r
		}
		return '\uFFFD'
	}, text)
}

// logger writes diagnostics to standard error, one line each; quiet unless asked.
func (t *terminal) logger(verbose bool) zerolog.Logger {
	if !verbose {
		return zerolog.Nop()
	}
	var w io.Writer = zerolog.ConsoleWriter{Out: zerolog.SyncWriter(t.stderr), NoColor: !colour(t.stderr), TimeFormat: "15:04:05.000"}
	return zerolog.New(w).With().Timestamp().Logger()
}
