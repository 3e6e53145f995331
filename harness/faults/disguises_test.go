package faults

import (
	"strings"
	"testing"
)

// disguises are what terminals, containers, journals, wrappers and Windows make of a line.
var disguises = map[string]func(string) string{
	"CRLF":              func(l string) string { return l + "\r" },
	"colours":           func(l string) string { return "\x1b[0m\x1b[31m" + l + "\x1b[0m" },
	"NUL bytes":         func(l string) string { return l + "\x00\x00" },
	"router":            func(l string) string { return "[34000] " + l },
	"compose":           func(l string) string { return "llama-cpp-1  | " + l },
	"journal":           func(l string) string { return "Sep 11 00:45:02 box llama[3110]: " + l },
	"journal, ISO time": func(l string) string { return "2026-11-02T10:00:00+0100 box llama-server[42]: " + l },
	"docker -t":         func(l string) string { return "2025-03-05T09:00:31.123456789Z " + l },
	"docker compose -t": func(l string) string { return "2025-03-05 09:00:31 " + l },
	"lemonade":          func(l string) string { return "2026-09-10 21:30:07.611 [Info] (Process) " + l },
	"lemond's journal": func(l string) string {
		return "May 05 16:52:00 box lemond[378]: 2026-05-05 16:52:00.509 [Info] (Process) " + l
	},
	"a cut character before": func(l string) string { return "\xe2" + l },
	"a cut character after":  func(l string) string { return l + "\xe2\x82" },
	"a code page's path":     func(l string) string { return strings.ReplaceAll(l, "/s/", "C:/\xcf\xf0\xe8\xe2\xe5\xf2/") },
}

func TestDisguises(t *testing.T) {
	for name, disguise := range disguises {
		for _, c := range families {
			var log []string
			for line := range strings.SplitSeq(c.log, "\n") {
				log = append(log, disguise(line))
			}
			if f := Classify(Evidence{Position: -1, Processes: []Process{server(c.exit, log...)}}); f.Class != c.class {
				t.Errorf("%s: got %s (%s, rule %s), want %s\n\t%s", name, f.Class, f.Title, f.Rule, c.class, strings.Join(log, "\n\t"))
			}
		}
	}
}

// TestTextOfModelsInDisguise: whatever wraps the log, a prompt about crashes is none, and the logger's
// next line ends it.
func TestTextOfModelsInDisguise(t *testing.T) {
	echo := "0.00.223.795 D srv    operator(): Grammar (): root ::= \"a\"\n" + hostile + "\n0.00.225.382 D res          send: task id = 8 pushed to result queue"
	for name, disguise := range disguises {
		if name == "a cut character before" {
			continue // one character may be glued to the logger's stamp; this one is not text
		}
		var log []string
		for line := range strings.SplitSeq(echo, "\n") {
			log = append(log, disguise(line))
		}
		if f := Classify(Evidence{Position: -1, Processes: []Process{server("running", log...)}}); f.Bad() {
			t.Errorf("%s: a grammar became %s: %s", name, f.Class, f.Title)
		}
		log = append(log, disguise("/s/ggml.c:5: GGML_ASSERT(x) failed"))
		if f := Classify(Evidence{Position: -1, Processes: []Process{server("signal:SIGABRT", log...)}}); f.Class != "crash.assert" {
			t.Errorf("%s: after a grammar an assertion became %s: %s", name, f.Class, f.Title)
		}
	}
}
