package simserver

// params are the fields of a request that change what a slot does.
type params struct {
	nPredict   int // negative means no limit
	idSlot     int // -1 means any
	cache      bool
	ignoreEOS  bool
	nProbs     int
	postProbs  bool // prob instead of logprob
	stop       []string
	stream     bool
	progress   bool // return_progress
	tokens     bool // return_tokens
	perToken   bool // timings_per_token
	fields     []string
	ping       int // seconds
	raw        map[string]any
	usage      bool // stream_options.include_usage
	rawPrompts bool // the prompt was a list of prompts: the reply is a list too
}

// task is one prompt on its way through a slot. The engine owns it until its last event is posted.
type task struct {
	id     int
	index  int // among the prompts of one request
	params params
	ids    []int
	facts  *facts
	inbox  *mailbox

	slot      *slot
	attempt   int
	cached    int // prompt tokens from the cache
	done      int // prompt tokens in the slot, cached ones included
	generated []int
	text      string // of generated, end token left out
	salt      uint64
	forced    []int // what to answer next instead of the truth
	fired     map[int]bool
	nan       bool
	cancelled bool // guarded by Server.mu

	begun     bool    // its first batch was planned
	began     float64 // virtual clock when the first batch was planned
	prompted  float64 // virtual clock when the prompt was done
	spoke     float64 // virtual clock at the last token
	stopType  string
	stopWord  string
	truncated bool
}

// token is one generated token as a client sees it.
type token struct {
	id    int
	text  string
	nan   bool
	n     int // which one of the reply, from 1
	stats stats
}

// eventKind is what an event says.
type eventKind uint8

const (
	eventUnknown  eventKind = iota
	eventBegin              // a slot took the task
	eventProgress           // a batch of the prompt is done
	eventToken
	eventFinal // the reply is complete
	eventFail  // err says why
	eventCut   // close the connection without another word
)

// event goes from the engine to the handler that waits for the task.
type event struct {
	kind  eventKind
	task  *task
	done  int // prompt tokens, with eventProgress
	token token
	stats stats
	err   *apiError
}

// stats are the numbers of "timings".
type stats struct {
	cached, prompt, predicted int
	promptMS, predictedMS     float64
}
