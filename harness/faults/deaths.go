package faults

import (
	"fmt"
	"strconv"
	"strings"
)

// signalClasses follow section 1.3 of the taxonomy. SIGKILL is not among them: without a kernel line
// nobody knows who sent it.
var signalClasses = map[string]string{
	"SIGSEGV": "crash.segv", "SIGABRT": "crash.abort", "SIGILL": "crash.ill", "SIGBUS": "crash.bus",
}

// codeSignals are exit codes that stand for signals: a shell's 128+n and Windows' status values.
var codeSignals = map[uint64]string{
	132: "SIGILL", 134: "SIGABRT", 135: "SIGBUS", 136: "SIGFPE", 137: "SIGKILL", 139: "SIGSEGV", 143: "SIGTERM",
	0xC0000005: "SIGSEGV", 0xC0000409: "SIGABRT", 0xC000001D: "SIGILL",
}

// missingProgram is the exit code of shells and the dynamic loader when a program or a library of it
// is not there.
const missingProgram = 127

// missingDLL is Windows' STATUS_DLL_NOT_FOUND.
const missingDLL = 0xC0000135

func (p Process) ended() bool { return p.Exit != "" && p.Exit != "running" }

// endedBy returns the signal that ended the process; "" none.
func (p Process) endedBy() string {
	if p.Signal != "" {
		return p.Signal
	}
	if name, found := strings.CutPrefix(p.Exit, "signal:"); found {
		return name
	}
	code, isCode := p.code()
	if !isCode {
		return ""
	}
	return codeSignals[code]
}

func (p Process) code() (uint64, bool) {
	text, found := strings.CutPrefix(p.Exit, "code:")
	if !found {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 0, 64)
	return uint64(n) & 0xFFFFFFFF, err == nil
}

// failed is true for a process that ended unasked with anything but success.
func (p Process) failed() bool {
	code, isCode := p.code()
	return p.ended() && !p.StopRequested && (!isCode || code != 0)
}

// program is what the process is called in titles.
func (p Process) program() string {
	if p.Name == "server" || p.Name == "" {
		return "llama-server"
	}
	return "rpc-server"
}

// ending describes a death that nothing else explains.
func (p Process) ending() (class string, r Rule) {
	r = Rule{Level: WaitStatus}
	signal := p.endedBy()
	switch code, _ := p.code(); {
	case signal != "" && (p.SignalInferred || strings.HasPrefix(p.Exit, "code:")):
		r.Title = fmt.Sprintf("ended by %s (as its wrapper's %s says)", signal, strings.Replace(p.Exit, ":", " ", 1))
		r.Key = "ended by " + signal
	case signal != "":
		r.Title = "ended by " + signal
	case code == missingProgram, code == missingDLL:
		r.Title = "the program or a library of it is missing"
		return "infra.binary", r
	default:
		r.Title = "ended with " + strings.Replace(p.Exit, ":", " ", 1)
	}
	if class = signalClasses[signal]; class == "" {
		class = "unknown"
	}
	return class, r
}
