package faults

import (
	"strings"
	"testing"
)

func died(exit, signal string, log ...string) Evidence {
	return Evidence{Phase: "prompt", Position: 2048, Processes: []Process{{Name: "server", Exit: exit, Signal: signal, Log: log}}}
}

func TestClassify(t *testing.T) {
	for name, c := range map[string]struct {
		evidence     Evidence
		class, title string
	}{
		"a segfault without a word":     {died("signal:SIGSEGV", "SIGSEGV"), "crash.segv", "llama-server: ended by SIGSEGV (prompt)"},
		"a kill that nobody owns up to": {died("signal:SIGKILL", "SIGKILL"), "unknown", "llama-server: ended by SIGKILL (prompt)"},
		"the field's fault line beats the signal": {
			died("signal:SIGABRT", "SIGABRT", "slot update", "Memory access fault by GPU node-1 (Agent handle: 0x55d3) on address 0x7f319fd41000. Reason: Page not present or supervisor privilege.", "Aborted"),
			"gpu-fault.memory-access", "llama-server: GPU memory access fault: Page not present or supervisor privilege (prompt)",
		},
		"an assertion":          {died("signal:SIGABRT", "SIGABRT", "./src/ggml-backend.cpp:345: GGML_ASSERT(buffer) failed"), "crash.assert", "llama-server: GGML_ASSERT(buffer) (prompt)"},
		"exit 0 in mid-request": {died("code:0", ""), "unknown", "llama-server: ended with code 0 (prompt)"},
		"nobody died":           {Evidence{Processes: []Process{{Name: "server", Exit: "running"}}}, "none", "nothing found"},
		"we asked it to end":    {Evidence{Processes: []Process{{Name: "server", Exit: "code:0", StopRequested: true}}}, "none", "nothing found"},
	} {
		t.Run(name, func(t *testing.T) {
			f := Classify(c.evidence)
			if f.Class != c.class || f.Title != c.title {
				t.Errorf("got %s, %q; want %s, %q", f.Class, f.Title, c.class, c.title)
			}
			if !strings.HasPrefix(f.Class, f.Category) || f.Signature == "" {
				t.Errorf("category %q or signature %q do not fit class %q", f.Category, f.Signature, f.Class)
			}
		})
	}
}

func TestSignatureIgnoresWhatVaries(t *testing.T) {
	a := Classify(died("signal:SIGABRT", "SIGABRT", "Memory access fault by GPU node-1 (Agent handle: 0x1) on address 0x2. Reason: Unknown."))
	b := Classify(died("signal:SIGABRT", "SIGABRT", "Memory access fault by GPU node-7 (Agent handle: 0x3) on address 0x4. Reason: Unknown."))
	if a.ID() != b.ID() {
		t.Errorf("one bug, two ids: %q, %q", a.Signature, b.Signature)
	}
	if c := Classify(died("signal:SIGSEGV", "SIGSEGV")); c.ID() == a.ID() {
		t.Errorf("two bugs, one id: %q", c.Signature)
	}
}

// TestAFrameWithoutASymbol names no place: its address is of one build or one life.
func TestAFrameWithoutASymbol(t *testing.T) {
	f := Classify(died("signal:SIGABRT", "SIGABRT", "/src/common/ngram-map.cpp:236: common_ngram_map_draft: map.idx_last_check > cur_len: 4126 > 2050", "#0  0x0000000000be1613 in ?? ()"))
	if strings.Contains(f.Title, "0x") || strings.Contains(f.Signature, "0x") {
		t.Errorf("%q, %q", f.Title, f.Signature)
	}
}
