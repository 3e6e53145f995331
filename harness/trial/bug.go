package trial

import (
	"time"

	"ctxcliff/harness/faults"
)

// Sighting is one attempt that saw a fault, with what is needed to tell bugs apart and to go back to
// it.
type Sighting struct {
	RunID      string
	AttemptID  int64
	CellID     string // "" when a warm-up saw it
	At         time.Time
	Build      string // of the server, as it reports it; "" unknown
	Shape      string // of the prompts
	NP         int
	Tokens     int // prompt tokens asked for, per slot
	MicroBatch int // -ub that the server ran with; 0 unknown
	Cold       bool
	Outcome    Outcome
	Fault      faults.Fault
	LogFile    string
}
