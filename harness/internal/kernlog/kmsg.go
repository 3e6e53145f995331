package kernlog

import (
	"strconv"
	"strings"
	"time"
)

// parseRecord parses one record of /dev/kmsg, which the kernel documents in
// Documentation/ABI/testing/dev-kmsg:
//
//	4,344,7840375575,-,caller=T12;first line\x0asecond line
//	 SUBSYSTEM=pci
//	 DEVICE=+pci:0000:c3:00.0
//
// that is level+8*facility, sequence number, microseconds, flag, and whatever a
// newer kernel adds; the text with bytes below space, above "~" and backslashes
// as \xNN; then a dictionary, a space before each line. Wall stays zero.
func parseRecord(record string) ([]Line, bool) {
	head, rest, ok := strings.Cut(record, ";")
	if !ok {
		return nil, false
	}
	f := strings.Split(head, ",")
	if len(f) < 3 {
		return nil, false
	}
	priority, err1 := strconv.ParseUint(f[0], 10, 31)
	seq, err2 := strconv.ParseUint(f[1], 10, 64)
	mono, ok := microseconds(f[2])
	if err1 != nil || err2 != nil || !ok {
		return nil, false
	}
	text, dictionary, _ := strings.Cut(rest, "\n")
	l := Line{Seq: seq, Mono: mono, Level: int(priority & 7), Facility: int(priority >> 3)}
	for entry := range strings.Lines(dictionary) {
		if v, ok := strings.CutPrefix(entry, " DEVICE="); ok {
			l.Device = deviceName(unescape(strings.TrimRight(v, "\n")))
		}
	}
	return l.lines(unescape(text)), true
}

// microseconds parses a count of them, which may be too large for a Duration.
func microseconds(s string) (time.Duration, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > int64(1<<63-1)/int64(time.Microsecond) {
		return 0, false
	}
	return time.Duration(n) * time.Microsecond, true
}

// deviceName turns the kernel's "+pci:0000:c3:00.0" (subsystem and name) into
// "pci:0000:c3:00.0", and leaves "b8:0", "c226:128" (device numbers) and "n2"
// (network interfaces) as they are.
func deviceName(s string) string { return printable(strings.TrimPrefix(s, "+")) }

// unescape turns \xNN back into bytes. Anything else after a backslash stays.
func unescape(s string) string {
	at := strings.Index(s, `\x`)
	if at < 0 {
		return s
	}
	var b strings.Builder
	for ; at >= 0; at = strings.Index(s, `\x`) {
		b.WriteString(s[:at])
		s = s[at:]
		if len(s) >= 4 {
			if c, err := strconv.ParseUint(s[2:4], 16, 8); err == nil {
				b.WriteByte(byte(c))
				s = s[4:]
				continue
			}
		}
		b.WriteString(s[:2])
		s = s[2:]
	}
	b.WriteString(s)
	return b.String()
}
