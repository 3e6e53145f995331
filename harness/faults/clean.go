package faults

import (
	"bytes"
	"regexp"
)

// logged is a line of the server's own logger in the years before lines had a time.
var logged = regexp.MustCompile(`^(?:(?:srv|slot|que|res|cmn|spec|main|init|start|load\w*|print_info|common_\w+|llama_\w+|ggml_\w+|update_slots|sched_\w+|decode)\b[ \w()]*:|parse: error parsing grammar: |(?:INFO|WARN|ERR|ERROR|VERB|DEBUG) \[|\{"(?:tid|timestamp|type)":)`)

// ofLogger says whether the server's logger began a line here.
func ofLogger(line []byte) bool {
	line = unwrapped(line)
	return stamp(line) > 0 || logged.Match(line)
}

// ofThisLogger is ofLogger in this log: where lines have a time, one without is none of the logger's, whatever it
// looks like. Who asks a model about a log quotes such lines.
func (s *Scanner) ofThisLogger(line []byte) bool {
	if !s.stamped {
		return ofLogger(line)
	}
	line = unwrapped(line)
	return stamp(line) > 0 || bytes.HasPrefix(line, []byte("parse: error parsing grammar: "))
}

// bare takes off what journals, container engines, routers and loggers put before a line.
func bare(line []byte) []byte {
	line = unwrapped(line)
	line = line[uptime(line):]
	return line[stamp(line):]
}

// uptime is the length of a dmesg time, "[ 4778.900423] ", or 0.
func uptime(line []byte) int {
	if len(line) == 0 || line[0] != '[' {
		return 0
	}
	at := 1
	for at < len(line) && line[at] == ' ' {
		at++
	}
	n := digits(line, at)
	if n == 0 || at+n >= len(line) || line[at+n] != '.' {
		return 0
	}
	at += n + 1
	if at += digits(line, at); bytes.HasPrefix(line[at:], []byte("] ")) {
		return at + 2
	}
	return 0
}

// stamp is the length of the logger's prefix of 2026, "0.12.640.754 E ", or 0. One character of
// streamed output may be glued to it.
func stamp(line []byte) int {
	at := 0
	n := digits(line, 0)
	if n == 0 {
		at = 1
		n = digits(line, 1)
	}
	at += n
	if n == 0 {
		return 0
	}
	for _, width := range []int{2, 3, 3} {
		if at >= len(line) || line[at] != '.' || digits(line, at+1) != width {
			return 0
		}
		at += 1 + width
	}
	if at+3 > len(line) || line[at] != ' ' || line[at+2] != ' ' || bytes.IndexByte([]byte("DIWE"), line[at+1]) < 0 {
		return 0
	}
	return at + 3
}

// digits counts the digits from at on.
func digits(line []byte, at int) int {
	n := 0
	for at+n < len(line) && line[at+n] >= '0' && line[at+n] <= '9' {
		n++
	}
	return n
}

// ansi matches what steers a terminal, also where a copy has lost the escape character, or shows it as "^[".
var ansi = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]|(?:\^\[)?\[\d{1,2}(?:;\d{1,3})*m`)

// visible takes colours, carriage returns and NUL bytes out of a line.
func visible(line []byte) []byte {
	if bytes.IndexByte(line, 0x1b) >= 0 || bytes.Contains(line, []byte("[0m")) {
		line = ansi.ReplaceAll(line, nil)
	}
	if i := bytes.LastIndexByte(line, '\r'); i >= 0 {
		if i == len(line)-1 {
			line = bytes.TrimRight(line, "\r")
		}
		line = bytes.ReplaceAll(line, []byte{'\r'}, []byte{' '})
	}
	if bytes.IndexByte(line, 0) >= 0 {
		line = bytes.ReplaceAll(line, []byte{0}, nil)
	}
	return line
}
