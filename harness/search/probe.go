package search

// Kind is why a probe is asked.
type Kind string

// The kinds, in the order in which a cell meets them.
const (
	Smoke   Kind = "smoke"   // small and cold: does anything work?
	Limit   Kind = "limit"   // is a prompt of this size accepted? see [Probe.Limit]
	Scout   Kind = "scout"   // the first growing chain
	Climb   Kind = "climb"   // one cold prompt of the ceiling, where the cache cannot be reused
	Check   Kind = "check"   // just above a scout's crash and cold, or a smoke's and growing
	Locate  Kind = "locate"  // cold bisection, where no position is known
	Confirm Kind = "confirm" // an exposure at the candidate, cold or as a scout
	Recheck Kind = "recheck" // a crash of an aged server once more on a fresh one
	Spot    Kind = "spot"    // extra, to tell kinds of faults apart ([Settings.Resolve])
)

// Path is the way in which a prompt reaches its length.
type Path string

// The paths.
const (
	// Cold is one request that nothing is cached for: cache_prompt false, a nonce in the first
	// token that no other exposure has, --cache-ram 0. It is believed only if the server counts
	// 0 cached tokens.
	Cold Path = "cold"
	// Chain is a prompt that grows by appending, token ids only, the generated tokens included,
	// cache_prompt true. Each request must find at least the previous length (less one) cached.
	Chain Path = "scout"
)

// Probe is one question: a request, or a chain of them, with the evidence that it leaves.
type Probe struct {
	Seq    int    `json:"seq"` // place in the journal, from 1
	Cell   string `json:"cell"`
	Config string `json:"config"`
	Kind   Kind   `json:"kind"`
	Path   Path   `json:"path"`

	// Size is the value on the axis, per slot. Tokens is the prompt length that it means, and
	// the last of Steps for a chain.
	Size   int `json:"size"`
	Tokens int `json:"tokens"`

	// Steps are the prompt lengths of a chain's requests, ascending; empty for cold. Each
	// includes everything before it: earlier chunks and generated tokens. Reply tokens are
	// decoded after each.
	Steps []int `json:"steps,omitempty"`
	Reply int   `json:"reply,omitempty"`

	// Context is the context per slot that the server must be started with; 0 on axis tokens,
	// where the configuration says it.
	Context int `json:"context,omitempty"`

	// Fresh asks for a server that has served nothing yet.
	Fresh bool `json:"fresh,omitempty"`

	// Exposure is unique within the cell and never used twice, not even for a probe that was
	// interrupted: nonce and seed derive from it.
	Exposure int `json:"exposure"`

	// Limit, on probes of that kind: the request may be cancelled as soon as the server begins to
	// process it, and that is told as passed. On axis ctx Tokens is small and the question is
	// whether the server loads with this context; it is not cancelled.
	Limit bool `json:"limit,omitempty"`

	Why string `json:"why"` // half a sentence for the log
}
