package faults

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTenHoursOfACleanLogRaiseNothing(t *testing.T) {
	s := NewScanner(ServerLog)
	if _, err := s.Write(cleanLog(50 << 20)); err != nil {
		t.Fatal(err)
	}
	f := Classify(Evidence{Position: -1, Processes: []Process{{Name: "server", Exit: "running", Scanner: s}}})
	if f.Bad() || f.FirstDeath != "none" || f.Tainted {
		t.Errorf("a clean log became %s: %s\n\t%s", f.Class, f.Title, strings.Join(f.Excerpt, "\n\t"))
	}
	if s.ready == 0 {
		t.Error("the server was not seen to become ready")
	}
}

func TestCutsDoNotMatter(t *testing.T) {
	rows := corpus(t)
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.SampledFrom(rows).Draw(t, "row")
		text := strings.Join(r.Lines, "\n") + "\n"
		whole, pieces := NewScanner(anywhere), NewScanner(anywhere)
		_, _ = whole.Write([]byte(text))
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			_, _ = pieces.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		classify := func(s *Scanner) string {
			f := Classify(Evidence{Processes: []Process{{Name: "server", Exit: "signal:SIGABRT", Scanner: s}}})
			return f.Signature + strings.Join(f.Excerpt, "\n")
		}
		if a, b := classify(whole), classify(pieces); a != b {
			t.Fatalf("one piece: %s\nseveral: %s", a, b)
		}
	})
}

func TestLongLinesAreBounded(t *testing.T) {
	s := NewScanner(ServerLog)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	filler := bytes.Repeat([]byte("0123456789abcdef"), 4<<10)
	for range 100 {
		for range 80 { // one line of 5 MB
			_, _ = s.Write(filler)
		}
		_, _ = s.Write([]byte("\n"))
	}
	_, _ = s.Write([]byte(fault + "\n"))
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 2<<20 {
		t.Errorf("500 MB of long lines left %d KB behind", grown>>10)
	}
	if f := Classify(Evidence{Processes: []Process{{Name: "server", Exit: "signal:SIGABRT", Scanner: s}}}); f.Class != "gpu-fault.memory-access" {
		t.Errorf("got %s after long lines", f.Class)
	}
	runtime.KeepAlive(s)
}

func TestFloodsAreBounded(t *testing.T) {
	s := NewScanner(ServerLog | KernelLines)
	for i := range 200000 {
		s.Line(rules[i%len(rules)].Example)
	}
	if len(s.found) > keptFinds {
		t.Errorf("%d findings kept", len(s.found))
	}
	if f := Classify(Evidence{Text: strings.Split(strings.Repeat("same line\n", 1000), "\n")}); f.Class != "none" || len(f.Excerpt) > 2 || !strings.HasSuffix(f.Excerpt[0], "x1000") {
		t.Errorf("equal lines are not collapsed: %q", f.Excerpt)
	}
}

// FuzzClassify: no input panics, nothing grows past its bound, and what is returned is well formed.
func FuzzClassify(f *testing.F) {
	for _, r := range corpus(f) {
		f.Add(strings.Join(r.Lines, "\n"), "signal:SIGABRT", "", r.Stream == "kernel")
	}
	f.Add("what():  \x00\xff\n'", "code:99999999999999999999", `{"error":{`, true)
	f.Fuzz(func(t *testing.T, log, exit, body string, kernel bool) {
		lines := strings.Split(log, "\n")
		e := Evidence{Processes: []Process{{Name: "server", Exit: exit, Log: lines}, {Name: "rpc1", Log: lines}}, HTTP: []string{body}, Text: lines}
		if kernel {
			e.Kernel = []KernelLog{{Lines: lines}}
		}
		fault := Classify(e)
		if fault.Class == "" || fault.Category == "" || fault.Signature == "" || len(fault.Title) > longestTitle || len(fault.Signature) > longestSignature {
			t.Errorf("ill formed: %+v", fault)
		}
		if again := Classify(e); again.Signature != fault.Signature || again.Title != fault.Title {
			t.Errorf("not the same twice: %q, %q", fault.Signature, again.Signature)
		}
	})
}
