package faults

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Fault is what killed or spoiled an attempt. Faults with equal signatures are one bug.
type Fault struct {
	Class      string   // label of the taxonomy: gpu-fault.memory-access, benign.noise; "none" nothing found, "unknown" something died and nothing says why
	Category   string   // the part of Class before the dot
	Title      string   // one line for people, at most 120 characters
	Signature  string   // class, program and the most specific part that does not vary between runs
	Component  string   // process and, where known, file:line, driver or library that failed
	Phase      string   // load, warm-up, prompt, generation, idle, shutdown; "" unknown
	Position   int      // prompt tokens processed when it happened, largest over the slots; -1 unknown
	FirstDeath string   // server, rpc1, rpc2…, host, none; "" unknown
	Excerpt    []string // the lines that justify the class, as they were logged
	Alternates []string // other signatures that the same bug is known to show

	Consequences []string // lines that followed from it and must not be taken for a cause, at most 20
	Outcome      Outcome  // what became of the process
	Rule         string   // name of the rule that found it; "" when the exit status or a hang alone decided
	Tainted      bool     // the kernel complained about a process that is not ours: repeat the run
}

// Outcome is what became of the process that the fault hit. It is kept beside the class, because
// one fault occurs with several outcomes.
type Outcome string

// The outcomes.
const (
	UnknownOutcome Outcome = ""
	Died           Outcome = "died"
	HungAfterAbort Outcome = "hung after abort"         // last words were said, the process stayed
	DeadDevice     Outcome = "lives with a dead device" // answers /health and fails every request
	Lives          Outcome = "lives"
)

// Bad is false for what is no finding: nothing, or lines that are known to be harmless.
func (f Fault) Bad() bool { return f.Category != "none" && f.Category != "benign" && f.Category != "" }

// ID names the bug that the fault is an instance of: "F-" and ten hex digits of the signature's
// SHA-256. Equal signatures have equal ids on every machine.
func (f Fault) ID() string {
	sum := sha256.Sum256([]byte(f.Signature))
	return "F-" + hex.EncodeToString(sum[:5])
}

// classified sets the class and the category that belongs to it.
func (f *Fault) classified(class string) {
	f.Class = class
	f.Category, _, _ = strings.Cut(class, ".")
}
