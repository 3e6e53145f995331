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

// signalNumbers are those of Linux. A shell says 128+n, Python's subprocess says -n.
var signalNumbers = map[uint64]string{4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV", 15: "SIGTERM"}

// statusSignals are the status values of Windows (ntstatus.h) that stand for what is a signal
// elsewhere: access violation and stack overflow, fast fail and fatal exit, illegal instruction, a page
// of a mapped file that cannot be read, the C runtime's invalid parameter, and division by zero.
var statusSignals = map[uint64]string{
	0xC0000005: "SIGSEGV", 0xC00000FD: "SIGSEGV", 0xC0000409: "SIGABRT", 0x40000015: "SIGABRT", 0xC000001D: "SIGILL", 0xC0000006: "SIGBUS", 0xC0000417: "SIGABRT",
	0xC0000094: "SIGFPE", 0xC0000095: "SIGFPE", 0xC000008E: "SIGFPE",
}

// heapStatus is Windows' STATUS_HEAP_CORRUPTION.
const heapStatus = 0xC0000374

// thrownStatus is what Windows says of a C++ exception that nobody caught.
const thrownStatus = 0xE06D7363

// missing are exit codes when a program or a library of it is not there or may not be used: of shells and the
// dynamic loader, and of Windows for a missing DLL, entry point, ordinal, image or initialisation, an image of
// another kind, and one that nobody may execute.
var missing = map[uint64]bool{126: true, 127: true, 0xC0000135: true, 0xC0000139: true, 0xC0000138: true, 0xC000007B: true, 0xC0000142: true, 0xC000012F: true, 0xC0000022: true}

func (p Process) ended() bool { return p.Exit != "" && p.Exit != "running" }

// endedBy returns the signal that ended the process; "" none.
func (p Process) endedBy() string {
	if p.Signal != "" {
		return p.Signal
	}
	if name, found := strings.CutPrefix(p.Exit, "signal:"); found {
		return name
	}
	switch code, isCode := p.code(); {
	case !isCode:
		return ""
	case code > 128 && code < 128+64:
		return signalNumbers[code-128]
	case -uint32(code) < 64:
		return signalNumbers[uint64(-uint32(code))]
	default:
		return statusSignals[code]
	}
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
	case code == heapStatus:
		r.Title = "heap corruption"
		return "crash.heap-corruption", r
	case code == thrownStatus:
		r.Title = "uncaught C++ exception"
		return "crash.uncaught-exception", r
	case missing[code]:
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
