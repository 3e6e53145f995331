package faults

import (
	"crypto/sha256"
	"encoding/hex"
)

// Fault is what killed or spoiled an attempt. Faults with equal signatures are one bug.
type Fault struct {
	Class      string   // label of the taxonomy: gpu-fault.memory-access, crash.assert, unknown; never empty
	Category   string   // the part of Class before the dot
	Title      string   // one line for people, at most 120 characters
	Signature  string   // Title without addresses, numbers and names that vary
	Component  string   // process and, where known, file:line or library that failed
	Phase      string   // load, warm-up, prompt, generation, idle, shutdown; "" unknown
	Position   int      // prompt tokens processed when it happened, largest over the slots; -1 unknown
	FirstDeath string   // server, rpc1, rpc2…, host, none; "" unknown
	Excerpt    []string // the lines that justify the class, as they were logged
	Alternates []string // other signatures that the same bug is known to show
}

// ID names the bug that the fault is an instance of: "F-" and ten hex digits of the signature's
// SHA-256. Equal signatures have equal ids on every machine.
func (f Fault) ID() string {
	sum := sha256.Sum256([]byte(f.Signature))
	return "F-" + hex.EncodeToString(sum[:5])
}
