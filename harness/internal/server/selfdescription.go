package server

import (
	"iter"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The forms seen: "version: 0.7.0 (build 11669, commit Debian)", "version: 8146 (f20469d91)", and
// "version: 0 (unknown)" of a build outside of git.
var (
	newVersion = regexp.MustCompile(`(?m)^\s*version:\s*(\S+) \(build (\d+), commit ([^)]+)\)`)
	oldVersion = regexp.MustCompile(`(?m)^\s*version:\s*b?(\d+) \(([^)]+)\)`)
)

// ReadVersion reads what a llama-server printed for --version; false when no line of it is a version.
func ReadVersion(text string) (c Capabilities, known bool) { return parseVersion(text) }

// parseVersion reads what --version printed; false when no line of it is a version.
func parseVersion(text string) (c Capabilities, known bool) {
	if m := newVersion.FindStringSubmatch(text); m != nil {
		c.Version, c.Commit = m[1], m[3]
		c.Build, _ = strconv.Atoi(m[2])
	} else if m := oldVersion.FindStringSubmatch(text); m != nil {
		c.Version, c.Commit = m[1], m[2]
		c.Build, _ = strconv.Atoi(m[1])
	} else {
		return c, false
	}
	if c.Version == "0" {
		c.Version = ""
	}
	if c.Commit == "unknown" {
		c.Commit = ""
	}
	return c, true
}

// traceLevel is in the help of builds that can print more without printing everything. To older ones
// level 4 is "debug": whole requests, and lines for every token.
var traceLevel = regexp.MustCompile(`(?m)^\s*- 4: trace\b`)

func (c *Capabilities) readHelp(help string) {
	c.flags = parseFlags(help)
	c.traces = traceLevel.MatchString(help)
}

// flagGroups has for each option all names of that option, itself included.
type flagGroups map[string][]string

// optionHead is the beginning of an option's line in --help: "-c,    --ctx-size N". The names are
// separated by commas and padded into columns; what follows them is indented.
var (
	optionHead = regexp.MustCompile(`^--?[a-zA-Z][\w.-]*(?:,\s+--?[a-zA-Z][\w.-]*)*`)
	flagName   = regexp.MustCompile(`--?[a-zA-Z][\w.-]*`)
)

// removed is in the description of options that are listed only to say what replaced them
// (llama.cpp common/arg.cpp): giving one ends the start.
const removed = "argument has been removed"

// parseFlags takes the names of all options from --help.
func parseFlags(help string) flagGroups {
	flags := flagGroups{}
	var names []string
	for line := range strings.Lines(help) {
		if head := optionHead.FindString(line); head != "" {
			names = flagName.FindAllString(head, -1)
			for _, name := range names {
				flags[name] = names
			}
		}
		if strings.Contains(line, removed) {
			for _, name := range names {
				delete(flags, name)
			}
		}
	}
	return flags
}

var deviceLine = regexp.MustCompile(`^\s+(\w+: .*?)(?: \(\d+ MiB.*\))?\s*$`)

// parseDevices reads the indented lines below "Available devices:".
func parseDevices(text string) (devices []string) {
	for line := range deviceLines(text) {
		if m := deviceLine.FindStringSubmatch(line); m != nil {
			devices = append(devices, m[1])
		}
	}
	return devices
}

// deviceLines are the indented lines below "Available devices:".
func deviceLines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		_, list, _ := strings.Cut(text, "Available devices:")
		for line := range strings.Lines(strings.TrimLeft(list, "\r\n")) {
			if line = strings.TrimRight(line, "\r\n"); line == "" || line[0] != ' ' && line[0] != '\t' || !yield(line) {
				return
			}
		}
	}
}

// maxFirstLine is how much of a foreign text goes into a message of ours, in bytes.
const maxFirstLine = 200

// firstLine is the first line of a foreign text that says something, fit for a message: bounded, and
// without the control characters that would move a terminal's cursor.
func firstLine(text string) string { return lineOf(text, maxFirstLine) }

// lineOf is a first line of at most so many bytes.
func lineOf(text string, most int) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	line = strings.TrimSpace(line)
	cut := len(line) > most
	if cut {
		end := most
		for end > most-utf8.UTFMax && !utf8.RuneStart(line[end]) {
			end--
		}
		line = line[:end]
	}
	line = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(line, "�"))
	if cut {
		line += "…"
	}
	return line
}
