package trial

import (
	"fmt"
	"strings"
)

// Outcome is what happened in an attempt. It is observed, never inferred from what was expected.
type Outcome uint8

const (
	Unknown    Outcome = iota
	Pass               // complete answer, same pids alive
	Warn               // passed, but the kernel or driver complained in its time window
	Garbage            // answered, but an oracle says that the output is corrupt
	Leak               // another slot's nonce came back
	Fail               // HTTP 5xx or dropped reply, server still alive
	Crash              // llama-server or an rpc-server exited or aborted
	GPUFault           // crash or reset with a GPU fault line or kernel event
	OOM                // allocation failure or OOM kill
	Hang               // no progress within the bound
	LoadFail           // never became ready: died, or hung while loading
	Refused            // clean refusal of a prompt over the limit
	Sizing             // refused below the limit: our own bug
	Incomplete         // in flight when the host or we died, or we were interrupted
	Infra              // port, disk, version mismatch, peer unreachable
	Skip               // filtered or predicted not to fit
	Missing            // planned, never run
	outcomes
)

// Blame says who answers for an outcome.
type Blame uint8

const (
	Nobody  Blame = iota
	Subject       // the server under test, its peers, drivers and GPUs
	Tester        // ctxcliff
	Lab           // machine, network, configuration
)

func (b Blame) String() string {
	return [...]string{"nobody", "subject", "tester", "lab"}[b]
}

type outcomeInfo struct {
	name   string
	glyph  string // one or two columns wide in a terminal
	letter string // for terminals and people without the glyphs
	blame  Blame
	words  string
}

var outcomeTable = [outcomes]outcomeInfo{
	Unknown:    {"unknown", " ", " ", Nobody, "nothing is known"},
	Pass:       {"pass", "✓", "P", Nobody, "complete answer, server alive"},
	Warn:       {"warn", "△", "W", Subject, "passed, but the kernel or driver complained"},
	Garbage:    {"garbage", "▒", "G", Subject, "answered, but the output is corrupt"},
	Leak:       {"leak", "⇄", "L", Subject, "another slot's text came back"},
	Fail:       {"fail", "✗", "F", Subject, "HTTP error or dropped reply, server alive"},
	Crash:      {"crash", "✗✗", "C", Subject, "a process of the server died"},
	GPUFault:   {"gpufault", "⚡", "X", Subject, "GPU fault or reset"},
	OOM:        {"oom", "▣", "O", Subject, "out of memory"},
	Hang:       {"hang", "⏳", "H", Subject, "no progress within the bound"},
	LoadFail:   {"loadfail", "⊠", "B", Subject, "never became ready"},
	Refused:    {"refused", "›", "R", Nobody, "clean refusal over the limit"},
	Sizing:     {"sizing", "!", "!", Tester, "refused below the limit: a bug of ctxcliff"},
	Incomplete: {"incomplete", "…", "I", Nobody, "was in flight when it was interrupted or the host died"},
	Infra:      {"infra", "?", "?", Lab, "trouble of the machine or the network"},
	Skip:       {"skip", "–", "-", Nobody, "filtered, or predicted not to fit"},
	Missing:    {"missing", "·", ".", Nobody, "planned, never run"},
}

// String is the outcome's name in flags, columns and JSON.
func (o Outcome) String() string { return outcomeTable[o].name }

// Glyph is the outcome's mark in a matrix; Letter is the same for plain terminals.
func (o Outcome) Glyph() string  { return outcomeTable[o].glyph }
func (o Outcome) Letter() string { return outcomeTable[o].letter }

// Words says what the outcome means, for legends.
func (o Outcome) Words() string { return outcomeTable[o].words }

// Blame says who answers for the outcome.
func (o Outcome) Blame() Blame { return outcomeTable[o].blame }

// Bad reports whether the outcome is a finding against the subject. A warning is not: the answer
// was right.
func (o Outcome) Bad() bool { return o.Blame() == Subject && o != Warn }

// Counts reports whether the outcome says anything about the subject: passes, findings and
// refusals do; interruptions and trouble of the tester or the lab do not.
func (o Outcome) Counts() bool {
	return o == Pass || o == Refused || o.Blame() == Subject
}

// Outcomes lists all outcomes but Unknown, in the order of the table in DESIGN.
func Outcomes() []Outcome {
	var all []Outcome
	for o := Pass; o < outcomes; o++ {
		all = append(all, o)
	}
	return all
}

// ParseOutcome is the inverse of String.
func ParseOutcome(name string) (Outcome, error) {
	for o, info := range outcomeTable {
		if info.name == name {
			return Outcome(o), nil
		}
	}
	return Unknown, fmt.Errorf("%q is not an outcome", name)
}

// MarshalText and UnmarshalText make an outcome its name in JSON.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

func (o *Outcome) UnmarshalText(text []byte) error {
	parsed, err := ParseOutcome(strings.TrimSpace(string(text)))
	*o = parsed
	return err
}

// severity orders outcomes for "the worst of these": findings above trouble above passes, and among
// findings the one that explains most.
var severity = [outcomes]int{
	Missing: 1, Skip: 2, Incomplete: 3, Pass: 4, Refused: 5, Warn: 6, Infra: 7, Sizing: 8,
	Fail: 10, Garbage: 11, Leak: 12, Hang: 13, LoadFail: 14, Crash: 15, OOM: 16, GPUFault: 17,
}

// Worst is the outcome that a summary of several shows: the worst finding if there is one, else
// trouble, else the weakest pass.
func Worst(list ...Outcome) Outcome {
	worst := Unknown
	for _, o := range list {
		if severity[o] > severity[worst] {
			worst = o
		}
	}
	return worst
}
