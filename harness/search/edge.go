package search

// Limiter names what limits the size that holds.
type Limiter string

// The limiters of the stable JSON.
const (
	ByFault   Limiter = "fault"
	ByRefusal Limiter = "refused"
	ByMemory  Limiter = "oom"
	ByCeiling Limiter = "ceiling" // nothing broke up to the largest size that was to be looked at
	ByFloor   Limiter = "floor"   // what broke is so short that no size of interest is left
)

// Status says what an edge is worth.
type Status string

// The states of an edge.
const (
	Confirmed    Status = "confirmed"    // as many exposures as were asked for
	None         Status = "none"         // no size down to the floor holds
	Inconclusive Status = "inconclusive" // stopped before that; Why says by what
)

// Edge is the answer for one cell. It marshals to the stable JSON of bisect, "run" and "fault"
// excepted, which the caller adds.
type Edge struct {
	Cell   string `json:"cell"`
	Shape  string `json:"shape"`
	NP     int    `json:"np"`
	Ctx    int    `json:"ctx"`
	Axis   Axis   `json:"axis"`
	Safe   int    `json:"safe_tokens"`   // prompt tokens per slot; 0 when none
	Unsafe *int   `json:"unsafe_tokens"` // shortest length known to break, be refused, or not to fit

	// SafeCtx and UnsafeCtx are the same in context tokens per slot; only on axis ctx.
	SafeCtx   int  `json:"safe_ctx,omitempty"`
	UnsafeCtx *int `json:"unsafe_ctx,omitempty"`

	Limit      Limiter `json:"limit"`
	Exposures  int     `json:"exposures"`       // clean ones that count at Safe
	Cold       int     `json:"cold"`            // of these, cold
	Chains     int     `json:"scouts"`          // of these, scouts
	Starts     int     `json:"starts"`          // distinct server lives among them
	Failures   int     `json:"failures"`        // faults and hangs of this cell at any length
	RateUpper  float64 `json:"rate_upper95"`    // failure rate at Safe is at most this, at 95 %; 1 when nothing counts
	FailedRuns string  `json:"flaky,omitempty"` // "1/4": of 4 runs that reached the shortest crash 1 failed; empty unless some passed

	Status Status   `json:"status"`
	Flags  []Flag   `json:"flags"` // sorted; empty, not null
	Why    string   `json:"why"`   // one sentence: what was seen, what it bounds, why it stopped
	Bugs   []Bug    `json:"bugs,omitempty"`
	Probes []Record `json:"probes"` // in order

	Hazard *Hazard `json:"hazard,omitempty"` // only with the flag background
}

// Flag is something about a cell that a number cannot say.
type Flag string

// The flags.
const (
	Flaky       Flag = "flaky"        // passes at or above a crash: k/n in FailedRuns
	ColdOnly    Flag = "cold-only"    // only cold prompts died, scouts as long passed; with Flaky: it may be chance
	CachedOnly  Flag = "cached-only"  // only scouts died, cold prompts as long passed; with Flaky: it may be chance
	NonMonotone Flag = "non-monotone" // a length dies (3/3) and a longer one holds (0/3)
	Drift       Flag = "drift"        // a crash of an aged server did not come back on a fresh one
	Background  Flag = "background"   // crashes do not cluster at a length: see Hazard
	NoPosition  Flag = "no-position"  // crashes did not tell where; bisected
	CannotReuse Flag = "cannot-reuse" // this model computes the whole prompt again: no scouts
	NotCold     Flag = "not-cold"     // the server used its cache for a prompt that was to be cold
	Refusals    Flag = "refused"      // cleanly refused above the limit
	OutOfMemory Flag = "oom"          // ran out of memory above the limit
	Hangs       Flag = "hang"         // at least one failure was a hang
)

// Bug is one signature among the failures of a cell.
type Bug struct {
	Signature string `json:"signature"`
	Title     string `json:"title"`
	Count     int    `json:"count"`
	Phase     Phase  `json:"phase"`    // of the first
	Position  int    `json:"position"` // of the shortest; 0 when not known
	Ref       string `json:"ref,omitempty"`
}

// Record is one probe of an edge, as it went.
type Record struct {
	Seq       int     `json:"seq"`
	Kind      Kind    `json:"kind"`
	Path      Path    `json:"path"`
	Size      int     `json:"size"`
	Tokens    int     `json:"tokens"`
	Asked     int     `json:"asked"` // prompt length of the request that ended it
	Reached   int     `json:"reached"`
	Outcome   Outcome `json:"outcome"`
	Phase     Phase   `json:"phase,omitempty"`
	Position  int     `json:"position,omitempty"`
	Cached    int     `json:"cached"`
	Seconds   float64 `json:"seconds"`
	Start     int     `json:"start"`
	Signature string  `json:"signature,omitempty"`
	Counts    bool    `json:"counts"` // among the exposures of the edge
}

// Hazard is a failure that comes with time, not with length.
type Hazard struct {
	PerHour float64 `json:"per_hour"`   // failures per busy hour of this cell
	Tokens5 int     `json:"tokens_5pc"` // prompt length at which it reaches 5 %; 0 when the latency is not known
}
