package trial

import (
	"time"

	"ctxcliff/harness/faults"
)

// Request is one prompt sent to one slot and what came back. Together with the start's command
// line its first group of fields makes the same bytes again.
type Request struct {
	Slot       int    // id_slot it was pinned to
	Shape      string // text form of the shape
	Seed       uint64
	Target     int           // prompt tokens asked for
	Vocabulary string        // names the tokenizer the ids belong to
	Nonce      string        // text at the head that no other slot has
	Form       string        // ids, text or chat; or [Grown]
	Hash       string        // SHA-256 of the ids or the text, in hex
	Asked      int           // tokens of reply
	MayReuse   bool          // the server was allowed to take from the cache what its slot held
	Delay      time.Duration // after the wave began
	CancelAt   int           // prompt tokens processed at which the client goes away; 0 never
	Endpoint   string        `json:",omitzero"` // such as /v1/chat/completions; "" /completion
	Params     string        `json:",omitzero"` // further fields of the body, a JSON object; "" none
	MayRefuse  bool          `json:",omitzero"` // an error of the client's kind is as good as an answer

	HTTPStatus      int           // 0: no response came
	ErrorType       string        // type of llama-server's error object, such as exceed_context_size_error
	Error           string        // what the client saw go wrong; "" on a complete answer
	Complete        bool          // the final event arrived
	PromptTokens    int           // tokens_evaluated: the prompt as the server counted it
	CachedTokens    int           // timings.cache_n: taken from the cache
	ProcessedTokens int           // timings.prompt_n: computed for this request
	PredictedTokens int           // timings.predicted_n
	PromptTime      time.Duration // timings.prompt_ms
	PredictedTime   time.Duration // timings.predicted_ms
	Cancelled       bool          // the client went away, as it was to
	Position        int           // prompt tokens processed by the last progress event; -1 none came
	Elapsed         time.Duration // from sending to the end, as the client saw it
	StopType        string        // limit, eos, word, none
	Truncated       bool
	Reply           []int32 // token ids of the answer
	ServedBy        int     // id of the slot that really served it; equals Slot when pinning worked, -1 unknown
}

// Special reports whether the request is more than a prompt with a reply of a given length: its answer may
// end anywhere and say anything.
func (r Request) Special() bool { return r.Endpoint != "" || r.Params != "" }

// Refused reports whether the server refused the request, and that is as good as an answer. Running out of
// memory is none, whatever status it has.
func (r Request) Refused() bool {
	return r.MayRefuse && (r.HTTPStatus >= 400 && r.HTTPStatus < 500 || r.HTTPStatus == 501) && !outOfMemory(r.Error)
}

// Grown is the form of a prompt of ids that begins with an earlier one of the same recipe and probe,
// the reply to it included.
const Grown = "grown"

// Attempt is one round of requests against a start, all slots loaded.
type Attempt struct {
	ID       int64  // the store's number; 0 before it is stored
	StartID  int64  // the start it ran in
	StartN   int    // number of that start within the run, from 1
	CellID   string // the cell it counts for; "" for a warm-up
	N        int    // number within the start and cell, from 1
	Warmup   bool   // labelled, never counted
	Probe    int    // number of the bisection's question that it is part of, from 1; 0 it is part of none
	Outcome  Outcome
	Reason   string // one sentence on why the outcome is what it is; "" for a plain pass
	Began    time.Time
	Elapsed  time.Duration
	Requests []Request // in the order of the slots
	Fault    *faults.Fault
	HostLost bool // the host went down while it was in flight
	// Superseded: its start was broken off before the cell had had all its attempts, nothing bad was seen,
	// and the run was taken up again. It is kept, and counts as interrupted: another start makes it again.
	Superseded bool `json:",omitempty"`

	TimeLine []Moment  // what happened, in order; nil for an attempt that was clean
	Opinions []Opinion // of the oracles that found something or could not judge
	Gauges   []Gauge   // highest readings while it ran; nil where nothing can be read
	Files    []string  // further evidence, relative to the directory beside the database
}

// Cold reports whether the server computed every token of every prompt: no cached token, and as
// many processed as sent. Only cold passes are exposures.
func (a Attempt) Cold() bool {
	for _, r := range a.Requests {
		if r.CachedTokens > 0 || r.ProcessedTokens != r.PromptTokens {
			return false
		}
	}
	return len(a.Requests) > 0
}

// PromptTokens is the prompt size that every slot had: the smallest achieved count, 0 if none is
// known.
func (a Attempt) PromptTokens() int {
	smallest := 0
	for i, r := range a.Requests {
		if i == 0 || r.PromptTokens < smallest {
			smallest = r.PromptTokens
		}
	}
	return smallest
}

// CachedTokens is the largest number of prompt tokens that any slot took from the cache.
func (a Attempt) CachedTokens() int {
	most := 0
	for _, r := range a.Requests {
		most = max(most, r.CachedTokens)
	}
	return most
}

// Position is the largest prompt position that any slot reached; -1 when no progress was seen.
func (a Attempt) Position() int {
	furthest := -1
	for _, r := range a.Requests {
		furthest = max(furthest, r.Position)
	}
	return furthest
}

// PromptRate is the prompt throughput in tokens per second over all slots; 0 when unknown. With one
// slot it is the server's own number (prompt_n over prompt_ms). With several, whose prompts are worked
// off one after the other while each slot's clock runs only from its own first batch, it is all tokens
// over the time until the last slot began to answer: what the client saw, less the server's own time
// for generating.
func (a Attempt) PromptRate() float64 {
	tokens, longest := 0, time.Duration(0)
	for _, r := range a.Requests {
		took := r.PromptTime
		if len(a.Requests) > 1 {
			took = max(took, r.Elapsed-r.PredictedTime)
		}
		tokens, longest = tokens+r.ProcessedTokens, max(longest, took)
	}
	return rate(tokens, longest)
}

// ReplyRate is the throughput of generated tokens over all slots, from the server's own timings. A
// slot that generates while another's prompt is worked off waits for it: that is part of the number.
func (a Attempt) ReplyRate() float64 {
	tokens, longest := 0, time.Duration(0)
	for _, r := range a.Requests {
		tokens, longest = tokens+r.PredictedTokens, max(longest, r.PredictedTime)
	}
	return rate(tokens, longest)
}

func rate(tokens int, took time.Duration) float64 {
	if took <= 0 {
		return 0
	}
	return float64(tokens) / took.Seconds()
}

// Start is one life of the server.
type Start struct {
	ID            int64  // the store's number; 0 before it is stored
	N             int    // number within the run, from 1
	Configuration string // id of the configuration
	Argv          []string
	PID           int
	PIDStart      uint64 // start time of PID in clock ticks since boot: pid and this name one process
	BootID        string // of the host at launch
	Began         time.Time
	Load          time.Duration // launch to ready; 0 when it never became ready
	Exit          string        // signal:SIGABRT, code:1; "" while running or unknown
	Requested     bool          // we asked it to end
	Outcome       Outcome       // Unknown while open; Pass: lived until we stopped it
	ReadBack      ReadBack
	LogFile       string   // path of the whole log, relative to the directory beside the database
	LogBytes      int64    // that server and peers wrote; a log past its limit is cut, with a note in it
	Peers         []Peer   // rpc-servers, in the order of the --rpc flags
	Gauges        []Gauge  // when it was ready: what the load took
	Unobserved    []string // what could not be watched during this start, and why, in sentences
	Ended         time.Time
}

// ReadBack is what the server says it really does, from /props and /slots.
type ReadBack struct {
	Build       string // build_info, such as b11669-Debian
	Slots       int    // total_slots
	SlotContext int    // n_ctx of each slot, in tokens
	Model       string // model_path as the server reports it
	Devices     []string
}
