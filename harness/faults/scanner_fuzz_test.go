package faults

import (
	"bytes"
	"testing"
)

// FuzzScanner: how a log is cut into writes changes nothing, colours and carriage returns are not
// seen, and memory stays within its bounds.
func FuzzScanner(f *testing.F) {
	for _, c := range families {
		f.Add([]byte(c.log), uint8(7), true)
	}
	for _, c := range kernelFamilies {
		f.Add([]byte(c.log), uint8(3), false)
	}
	f.Add([]byte("Grammar (): root ::= \"a\"\n"+hostile), uint8(1), true)
	f.Fuzz(func(t *testing.T, log []byte, piece uint8, painted bool) {
		whole, pieces := NewScanner(anywhere), NewScanner(anywhere)
		_, _ = whole.Write(log)
		size := int(piece) + 1
		for at := 0; at < len(log); at += size {
			_, _ = pieces.Write(log[at:min(at+size, len(log))])
		}
		if a, b := told(whole), told(pieces); a != b {
			t.Errorf("one piece: %s\nseveral: %s", a, b)
		}
		if len(whole.found) > keptFinds || len(whole.partial) > lineHead || len(whole.end) > lineTail {
			t.Errorf("out of bounds: %d findings, %d and %d bytes held", len(whole.found), len(whole.partial), len(whole.end))
		}
		if !painted || bytes.ContainsAny(log, "\x1b\r\x00") || len(log) > lineHead {
			return
		}
		paint := NewScanner(anywhere)
		for line := range bytes.SplitSeq(log, []byte("\n")) {
			paint.Line("\x1b[31m" + string(line) + "\x1b[0m\r")
		}
		if a, b := told(whole), told(paint); a != b {
			t.Errorf("plain: %s\npainted: %s", a, b)
		}
	})
}

// told is what a scanner of a process that is gone leads to.
func told(s *Scanner) string {
	f := Classify(Evidence{Processes: []Process{{Name: "server", Exit: "signal:SIGABRT", Scanner: s}}})
	return f.Class + " " + f.Signature
}
