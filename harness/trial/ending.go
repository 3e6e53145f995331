package trial

// Ending says what ended an attempt, by who has to do something about it. The five that are not an
// answer never mix: a refusal is no finding, trouble of the lab is no interruption, and a host that
// went down with the attempt may well be its doing, but nobody saw it.
type Ending uint8

const (
	Unended      Ending = iota // still in flight, or never run
	Answered                   // by a complete answer
	Finding                    // against the subject: see [Outcome.Bad]
	Refusal                    // clean, by a server that knows its limit
	Trouble                    // of ctxcliff or the lab
	Interruption               // Ctrl-C, a budget, or ctxcliff was killed
	HostLost                   // the host has been booted since
)

var endingNames = [...]string{"unended", "answered", "finding", "refusal", "trouble", "interruption", "host-lost"}

func (e Ending) String() string { return endingNames[e] }

// MarshalText makes an ending its name in JSON.
func (e Ending) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// Ending is what ended the attempt.
func (a Attempt) Ending() Ending {
	switch o := a.Outcome; {
	case a.HostLost:
		return HostLost
	case o == Pass, o == Warn:
		return Answered
	case o.Bad():
		return Finding
	case o == Refused:
		return Refusal
	case o == Infra, o == Sizing:
		return Trouble
	case o == Incomplete:
		return Interruption
	}
	return Unended
}
