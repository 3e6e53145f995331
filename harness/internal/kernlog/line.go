package kernlog

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Line is one line of the kernel log. A message of several lines gives several,
// equal in everything but Text and Lost.
type Line struct {
	Seq      uint64        // of the record, counted by the kernel since boot; 0 where the source does not tell (journal, file)
	Mono     time.Duration // since boot, suspend not counted, by the kernel's own clock; 0 not told
	Wall     time.Time     // when the line was read; see "Times" in the package comment
	Level    int           // 0 emergency … 4 warning … 7 debug; -1 not told
	Facility int           // 0 the kernel; others: a program wrote it; -1 not told
	Device   string        // "pci:0000:c3:00.0" where the driver says which device it speaks of; else ""
	Text     string        // one line, valid UTF-8, no control characters but tab
	Lost     int           // lines missing right before this one: overwritten by the kernel, or dropped here to bound memory
}

// FromKernel is true when the kernel itself wrote the line. A program that writes
// to /dev/kmsg cannot choose facility 0. Lines of a source that does not tell
// facilities count as the kernel's.
func (l Line) FromKernel() bool { return l.Facility <= 0 }

// String is the line as dmesg prints it.
func (l Line) String() string {
	if l.Mono == 0 {
		return l.Text
	}
	return fmt.Sprintf("[%12.6f] %s", l.Mono.Seconds(), l.Text)
}

// maxText bounds one line; the kernel's own records end at 1 or 2 KiB.
const maxText = 8 << 10

// lines makes a Line of each line of text, which may hold any bytes.
func (l Line) lines(text string) []Line {
	var all []Line
	for part := range strings.SplitSeq(strings.TrimRight(text, "\r\n"), "\n") {
		l.Text = printable(strings.TrimRight(part, "\r"))
		all = append(all, l)
	}
	return all
}

// printable spells bytes that are not UTF-8, and control characters other than
// tab, as \xNN, the way the kernel does it.
func printable(s string) string {
	if len(s) > maxText {
		s = s[:maxText] + fmt.Sprintf(" [%d bytes cut]", len(s)-maxText)
	}
	clean := func(r rune) bool { return r == '\t' || r != utf8.RuneError && !hidden(r) }
	if strings.IndexFunc(s, func(r rune) bool { return !clean(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if clean(r) || r == utf8.RuneError && size > 1 {
			b.WriteString(s[i : i+size])
		} else {
			for _, c := range []byte(s[i : i+size]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		}
		i += size
	}
	return b.String()
}

// hidden is true of control characters and of those that break or reorder lines.
func hidden(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }
