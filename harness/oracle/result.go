package oracle

import "fmt"

// Names of the oracles.
const (
	CanaryOracle     = "canary"
	DegenerateOracle = "degenerate"
	NaNOracle        = "nan"
	LeakOracle       = "leak"
	CompleteOracle   = "complete"
	CountsOracle     = "counts"
)

// Classes of findings. The wrong-output ones but the leak are labels of the taxonomy, which has none
// for a leak, nor for an answer of the wrong length: these two are ours, in its categories.
const (
	RepeatChar  = "wrong-output.repeat-char"
	RepeatToken = "wrong-output.repeat-token"
	Incoherent  = "wrong-output.incoherent"
	NaNLogits   = "wrong-output.nan-logits"
	Leak        = "wrong-output.leak"
	BadAnswer   = "server-error.incomplete-answer"
	BadCount    = "server-error.token-count"
)

// Finding is one thing that is wrong with an answer.
type Finding struct {
	Oracle string
	Class  string
	Title  string // short; equal for equal bugs, so without counts, slots and nonces
	Key    string // what tells this bug from others of its class, for a signature; may be empty
	Detail string // one sentence with the numbers
	Slot   int
}

// Saying is what an oracle can say.
type Saying uint8

// The sayings.
const (
	Unknown     Saying = iota
	Clean              // nothing to say against the answer
	Corrupt            // a finding
	CannotJudge        // not here, for the reason given
)

func (s Saying) String() string {
	if s > CannotJudge {
		s = Unknown
	}
	return [...]string{"unknown", "clean", "corrupt", "cannot judge"}[s]
}

// Result is what one oracle says of one slot's answer.
type Result struct {
	Oracle  string
	Slot    int
	Says    Saying
	Reason  string   // why it cannot judge, or the finding's detail; one sentence, "" when clean
	Finding *Finding // not nil when corrupt
}

func clean(oracle string, slot int) Result { return Result{Oracle: oracle, Slot: slot, Says: Clean} }

func cannot(oracle string, slot int, format string, args ...any) Result {
	return Result{Oracle: oracle, Slot: slot, Says: CannotJudge, Reason: fmt.Sprintf(format, args...)}
}

func corrupt(f Finding) Result {
	return Result{Oracle: f.Oracle, Slot: f.Slot, Says: Corrupt, Reason: f.Detail, Finding: &f}
}
