package faults

import (
	"slices"
	"strings"
)

const (
	reading = "read"
	writing = "write"
)

// details are what the lines after a finding add to it. A rule names those that it wants in Follow.
var details = []detail{
	{name: "function", pattern: `in function '?(\w+)'?`},
	{name: "call", pattern: `^\s+((?:hip|cuda|mu|cublas|hipblas|rocblas|cu|acl|aclrt|aclnn)[A-Z]\w*)\(`},
	{name: "op", pattern: `compute_forward: (\w+) failed`},
	{name: "vkcall", pattern: `(vk::[\w:]+): ErrorDeviceLost`},
	{name: "vkreason", pattern: `(ErrorOut\w+|ErrorTooManyObjects|[Rr]equested buffer size exceeds [a-z ]+ limit)`},

	{name: "comm", pattern: `(?:[Pp]rocess(?: information:)?(?: process)?|in process|for process|, in| in) (\S+?)(?: pid \d+| \[\d+\])`},
	{name: "pid", pattern: `(?:[Pp]rocess(?: information: process)? \S+ pid |, in \S+ \[| in \S+ \[)(\d+)`},
	{name: "draws", pattern: `thread (\S+:cs\d+|(?:VK)?RenderThread|\S*GameThread|dxvk-\S+|vkd3d\S*|\S+:gdrv\d*) pid`}, // threads of OpenGL and of games
	{name: "client", pattern: `Faulty UTCL2 client ID: (\w+)`},
	{name: "ihclient", pattern: `from (?:IH )?client 0x[0-9a-f]+ \((\w+)\)`},
	{name: "perm", pattern: `PERMISSION_FAULTS: (0x[0-9a-f]+)`},
	{name: "rw", pattern: `\bRW: (0x[01])`, words: map[string]string{"0x0": reading, "0x1": writing}},
	{name: "reset", pattern: `(BACO|MODE[12]|mode[12]|PCI CONFIG|LEGACY) reset|[Ss]tarting \S+ (ring) reset|([Rr]ing) \S+ reset (?:succeeded|fail)|(GPU) reset begin`,
		words: map[string]string{"BACO": "BACO reset", "MODE1": "MODE1 reset", "MODE2": "MODE2 reset", "mode1": "MODE1 reset", "mode2": "MODE2 reset", "ring": "ring reset", "Ring": "ring reset", "GPU": "GPU reset", "": "reset"}, last: true},
	{name: "ended", pattern: `reset(?:\(\d+\))? (succeeded|failed|failure)|(Recovery) Failed`, words: map[string]string{"succeeded": "succeeded", "failed": "failed", "failure": "failed", "Recovery": "failed"}, last: true},
	{name: "vram", pattern: `(VRAM is lost)`, words: map[string]string{"": "VRAM lost"}},
	{name: "mes", pattern: `(MES)(?:\(\d+\))? failed to respon`, words: map[string]string{"": "MES unresponsive"}},
	{name: "i915", pattern: `(Engine reset failed|[Rr]eset request timed out)`, words: map[string]string{"": "engine reset failed"}},
	{name: "chip", pattern: `(Resetting chip)`, words: map[string]string{"": "chip reset"}},
	{name: "engine", pattern: `(?:engine_)?class=(\w+)`},
	{name: "xidtext", pattern: `(SM (?:Warp|Global) Exception on .*: [A-Z][A-Za-z ]+|MMU Fault: ENGINE [A-Z]+|errorString [A-Z_ ]+|[A-Z][a-z]+ ECC error|[Uu]ncorrectable [A-Za-z ]+|Double Bit ECC)`},

	{name: "what", pattern: `what\(\): +(.*)`},
	{name: "frame", pattern: `^#\d+ +(?:0x[0-9a-f]+ in )?([A-Za-z_~][\w:~]*)|\(([_A-Za-z]\w*)\+0x[0-9a-f]+\)|^\d+ +\S+ +0x[0-9a-f]+ (\w+) \+ \d+|(?:at|by) 0x[0-9A-F]+: ([\w:~]+)`, skip: framesOfDying},
}

// framesOfDying stand above the frame that matters in every backtrace of an abort.
var framesOfDying = map[string]bool{
	"ggml_print_backtrace": true, "ggml_abort": true, "ggml_uncaught_exception": true, "std::terminate": true,
	"__cxa_throw": true, "__cxa_rethrow": true, "abort": true, "raise": true, "gsignal": true, "pthread_kill": true,
	"__pthread_kill_implementation": true, "__pthread_kill_internal": true, "__GI_raise": true, "__GI_abort": true,
	"wait4": true, "__wait4": true, "waitpid": true, "__GI___wait4": true, "__internal_syscall_cancel": true,
	"__syscall_cancel": true, "__syscall_cancel_arch": true, "__assert_fail": true, "__assert_fail_base": true,
	"syscall_cancel": true, "_ZSt9terminatev": true, "_ZL23ggml_uncaught_exceptionv": true, "_Exit": true,
	"std::__glibcxx_assert_fail": true, "__gnu_cxx::__verbose_terminate_handler": true,
}

func (s *Scanner) addDetail(w *watch, text, raw []byte) {
	d := &details[w.detail]
	var m [][]byte
	latest := s.latest(d)
	for _, f := range s.found {
		if latest != nil && f != latest {
			continue
		}
		if s.lines-f.line > followLines || !slices.Contains(f.rule.Follow, d.name) || f.count > 1 && f.rule.In == KernelLines {
			continue
		}
		if m == nil {
			if m = w.re.FindSubmatch(text); m == nil {
				return
			}
		}
		if _, known := f.vars[d.name]; known && !d.last {
			continue
		}
		value := d.value(m)
		if value == "" || d.skip[value] {
			continue
		}
		f.vars[d.name] = value
		if f.line < s.lines && len(f.lines) < 12 {
			f.lines = append(f.lines, kept(raw))
		}
	}
}

// latest is the event that a process is named for, where the kernel tells of one after the other; nil the detail is
// of any.
func (s *Scanner) latest(d *detail) *finding {
	if d.name != "comm" && d.name != "pid" {
		return nil
	}
	for _, f := range slices.Backward(s.found) {
		if slices.Contains(f.rule.Follow, d.name) {
			return f
		}
	}
	return nil
}

func (d *detail) value(m [][]byte) string {
	value := strings.TrimSpace(kept(m[len(m)-1]))
	for _, g := range m[1:] {
		if len(g) > 0 {
			value = strings.TrimSpace(kept(g))
			break
		}
	}
	if d.words == nil {
		return value
	}
	if word, known := d.words[value]; known {
		return word
	}
	return d.words[""]
}
