package search

// Outcome is what a probe did.
type Outcome string

// The outcomes. The empty value is unknown and is refused by Tell.
const (
	Passed      Outcome = "passed"      // complete, and the server well afterwards; a limit probe: accepted
	Fault       Outcome = "fault"       // crash, GPU fault, failed reply, garbage, leak
	Hang        Outcome = "hang"        // no progress within the bound
	Refused     Outcome = "refused"     // cleanly refused: a limit, not a fault
	Memory      Outcome = "memory"      // load or allocation failed for want of memory
	Infra       Outcome = "infra"       // tester or lab; tried again up to three times, never counted
	Interrupted Outcome = "interrupted" // ended by us or found open in the journal; never counted
)

// Phase is where in its life the server was when it failed.
type Phase string

// The phases. The empty value is unknown.
const (
	Load       Phase = "load"
	Idle       Phase = "idle"
	Prefill    Phase = "prefill"
	Decode     Phase = "decode"
	AfterReply Phase = "after-reply"
)

// Answer is what happened to a probe. Numbers that are not known are left zero, except Cached.
type Answer struct {
	Outcome Outcome `json:"outcome"`

	// Signature and Title name the fault; equal signatures are one bug. Ref is the caller's own
	// handle (the id of an attempt) and comes back in the edge.
	Signature string `json:"signature,omitempty"`
	Title     string `json:"title,omitempty"`
	Ref       string `json:"ref,omitempty"`

	// Phase and Position are of a fault, hang or failed allocation. Position is the number of
	// prompt tokens that the server had surely processed (the last progress event); 0 when not
	// known. The truth lies within one batch above.
	Phase    Phase `json:"phase,omitempty"`
	Position int   `json:"position,omitempty"`

	// Asked is the prompt length of the request that ended the probe, as the server counted it;
	// 0 means the target. Reached is the longest prompt of this probe that was answered
	// completely; 0 means the target after a pass, and none after anything else.
	Asked   int `json:"asked,omitempty"`
	Reached int `json:"reached,omitempty"`

	// Cached is what the server counted as cached in the last answered request, -1 when it did
	// not say. Previous is the prompt length of a chain before that request. A chain that finds
	// Cached < Previous-1 should be ended there: the cache cannot be reused.
	Cached   int `json:"cached"`
	Previous int `json:"previous,omitempty"`

	// Limit is the server's own limit when it refused: the context of the slot, of which a
	// prompt may take all but one token; 0 when it did not say.
	Limit int `json:"limit,omitempty"`

	// Marks are the progress of the probe for the fit of the latency: prompt tokens and the
	// seconds of prefill since the probe began; ascending. May be thinned or empty.
	Marks []Mark `json:"marks,omitempty"`

	Seconds float64 `json:"seconds"`           // all requests of the probe, without the load
	Loading float64 `json:"loading,omitempty"` // seconds of a start that this probe had to wait for; 0 when none
	Elapsed float64 `json:"elapsed"`           // seconds since the campaign began, all sessions
	Starts  int     `json:"starts"`            // server starts so far; also the number of the start this ran in
	Served  int     `json:"served,omitempty"`  // tokens that this start had processed before the probe

	// Down says that the server is not up any more after a probe that did not kill it
	// (interrupted, infra). After a fault, a hang or a failed allocation it is taken for down.
	Down bool `json:"down,omitempty"`
	// Alive says that the server survived a fault and need not be restarted.
	Alive bool `json:"alive,omitempty"`

	// Lost says of an interrupted probe that the host went down with it.
	Lost bool `json:"lost,omitempty"`

	Note string `json:"note,omitempty"`
}

// Mark is one point of progress.
type Mark struct {
	Tokens  int     `json:"tokens"`
	Seconds float64 `json:"seconds"`
}
