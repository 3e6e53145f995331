package reports

import (
	"ctxcliff/harness/expect"
	"ctxcliff/harness/fuzz"
	"ctxcliff/harness/minimize"
	"ctxcliff/harness/trial"
)

// The types below are the stable document of -o json: keys may be added, none is ever renamed or
// taken away. Lists are never null; what is not known is null, 0 or "".

type jsonDocument struct {
	Run        jsonRun     `json:"run"`
	Cells      []jsonCell  `json:"cells"`
	Starts     []jsonStart `json:"starts"`
	Summary    jsonSummary `json:"summary"`
	Notes      []string    `json:"notes"`
	Unobserved []string    `json:"unobserved"`

	Unjudged []jsonUnjudged `json:"unjudged"`
	Bugs     []jsonKind     `json:"bugs"`

	Reproduction *minimize.Reproduction `json:"reproduction,omitempty"` // of ctxcliff repro
	Minimized    *minimize.Result       `json:"minimized,omitempty"`    // of ctxcliff minimize
	Presence     *minimize.Presence     `json:"presence,omitempty"`     // of ctxcliff repro --gone
	FirstBad     *minimize.FirstBad     `json:"first_bad,omitempty"`    // of ctxcliff repro --builds

	Fuzz *jsonFuzz `json:"fuzz,omitempty"` // of ctxcliff fuzz

	Gate           *jsonGate           `json:"gate"`
	Comparison     *jsonComparison     `json:"comparison"`
	Configurations []jsonConfiguration `json:"configurations"`
}

// jsonFuzz is a campaign. Its faults have the ids that ctxcliff faults knows them by.
type jsonFuzz struct {
	Settings fuzz.Settings `json:"settings"`
	Seeds    int           `json:"seeds"`
	fuzz.Result
	Faults []jsonMet `json:"faults"`
	Missed []jsonMet `json:"missed"`
}

type jsonMet struct {
	ID string `json:"id"`
	fuzz.Fault
}

// jsonKind is a bug of this run with the cells that show it.
type jsonKind struct {
	ID    string   `json:"id"`
	Class string   `json:"class"`
	Title string   `json:"title"`
	Cells []string `json:"cells"`
}

type jsonUnjudged struct {
	Oracle   string `json:"oracle"`
	Reason   string `json:"reason"`
	Attempts int    `json:"attempts"`
}

type jsonRun struct {
	ID       string       `json:"id"`
	Command  string       `json:"command"`
	Argv     []string     `json:"argv"`
	Version  string       `json:"version"`
	Target   jsonTarget   `json:"target"`
	Seed     uint64       `json:"seed"`
	Began    *string      `json:"began"` // RFC 3339, UTC
	Ended    *string      `json:"ended"`
	Seconds  float64      `json:"seconds"`
	Status   string       `json:"status"`
	Settings jsonSettings `json:"settings"`
	Host     jsonHost     `json:"host"`
	Server   jsonServer   `json:"server"`
	Model    jsonModel    `json:"model"`
	Targets  []jsonTested `json:"targets"` // all of them; the first is the one above
}

type jsonTested struct {
	Target jsonTarget `json:"target"`
	Server jsonServer `json:"server"`
	Model  jsonModel  `json:"model"`
}

type jsonTarget struct {
	Name      string   `json:"name"`
	Server    string   `json:"server"`
	Launch    []string `json:"launch"`
	URL       string   `json:"url"`
	Model     string   `json:"model"`
	Backend   string   `json:"backend"`
	Power     string   `json:"power"`
	Topology  string   `json:"topology"`
	Peers     []string `json:"peers"`
	RPCServer string   `json:"rpc_server"`
	Args      []string `json:"args"`
	Env       []string `json:"env"`
}

type jsonSettings struct {
	Starts    int    `json:"starts"`
	Attempts  int    `json:"attempts"`
	Isolation string `json:"isolation"`
	Reply     int    `json:"reply"`
	Warmup    bool   `json:"warmup"`
}

type jsonHost struct {
	OS        string `json:"os"`
	Kernel    string `json:"kernel"`
	Arch      string `json:"arch"`
	CPU       string `json:"cpu"`
	Cores     int    `json:"cores"`
	MemoryMiB int    `json:"memory_mib"`
}

type jsonServer struct {
	Path    string   `json:"path"`
	Version string   `json:"version"`
	Commit  string   `json:"commit"`
	Build   int      `json:"build"`
	Devices []string `json:"devices"`
}

type jsonModel struct {
	Path           string `json:"path"`
	Name           string `json:"name"`
	Arch           string `json:"arch"`
	FileType       string `json:"file_type"`
	SizeBytes      int64  `json:"size_bytes"`
	TrainedContext int    `json:"trained_context"`
}

type jsonCell struct {
	ID            string        `json:"id"`
	Configuration string        `json:"configuration"`
	Shape         string        `json:"shape"`
	NP            int           `json:"np"`
	Ctx           int           `json:"ctx"`
	PS            int           `json:"ps"`
	TargetTokens  int           `json:"target_tokens"`
	PromptTokens  int           `json:"prompt_tokens"`
	Verdict       trial.Verdict `json:"verdict"`
	Outcome       trial.Outcome `json:"outcome"`
	Passed        int           `json:"passed"`
	Starts        int           `json:"starts"`
	Refused       int           `json:"refused"`
	Failed        int           `json:"failed"`
	RateUpper95   float64       `json:"rate_upper95"`
	Attempts      []jsonAttempt `json:"attempts"`
	Fault         *jsonFault    `json:"fault"`
	Reason        string        `json:"reason"`
	Surprise      string        `json:"surprise"`
	Gate          expect.Word   `json:"gate"` // new-fail, expected-fail, known-flake, unexpected-pass, or ""
	GateSays      string        `json:"gate_reason"`
	LogFile       string        `json:"log_file"`
	Again         []string      `json:"again"`
	TimeLine      []jsonMoment  `json:"time_line"` // of the attempt that gave the outcome; its first entry and its end, where it is long
	Opinions      []jsonOpinion `json:"opinions"`  // what oracles hold against its answers
	Files         []string      `json:"files"`     // that it left, beside its log

	NeedBytes *int64    `json:"need_bytes"` // memory that was expected; null: nobody knew
	PeakBytes *int64    `json:"peak_bytes"` // the most that was in use; null: it could not be read
	NeedError *float64  `json:"need_error"` // (need - peak) / peak
	Devices   []jsonUse `json:"devices"`    // the same by device, where the planner said what goes where
}

type jsonMoment struct {
	At     *string `json:"at"`
	Source string  `json:"source"`
	Text   string  `json:"text"`
}

type jsonOpinion struct {
	Oracle string `json:"oracle"`
	Says   string `json:"says"`
	Reason string `json:"reason"`
}

// jsonGauge is the highest reading of a device or a process; null could not be read.
type jsonGauge struct {
	Device       string   `json:"device"`
	MemoryBytes  *int64   `json:"memory_bytes"`
	MemoryBefore int64    `json:"memory_before"` // of it, in use before the start
	MemoryTotal  *int64   `json:"memory_total"`
	TempC        *float64 `json:"temp_c"`
	PowerW       *float64 `json:"power_w"`
	BusyPercent  *float64 `json:"busy_percent"`
}

type jsonPeer struct {
	Name      string   `json:"name"`
	Endpoint  string   `json:"endpoint"`
	Argv      []string `json:"argv"`
	Exit      string   `json:"exit"`
	Requested bool     `json:"requested"`
	LogFile   string   `json:"log_file"`
}

type jsonAttempt struct {
	N            int           `json:"n"`
	Start        int           `json:"start"`
	Outcome      trial.Outcome `json:"outcome"`
	Ending       trial.Ending  `json:"ending"`
	Cold         bool          `json:"cold"`
	PromptTokens int           `json:"prompt_tokens"`
	CachedTokens int           `json:"cached_tokens"`
	PromptN      []int         `json:"prompt_n"`
	CacheN       []int         `json:"cache_n"`
	PP           float64       `json:"pp_tps"`
	TG           float64       `json:"tg_tps"`
	Seconds      float64       `json:"seconds"`
	Position     int           `json:"position"`
	Reason       string        `json:"reason"`
	Gauges       []jsonGauge   `json:"gauges"`
}

type jsonFault struct {
	ID         string   `json:"id"`
	Class      string   `json:"class"`
	Category   string   `json:"category"`
	Title      string   `json:"title"`
	Signature  string   `json:"signature"`
	Component  string   `json:"component"`
	Phase      string   `json:"phase"`
	Position   int      `json:"position"`
	FirstDeath string   `json:"first_death"`
	Excerpt    []string `json:"excerpt"`

	Alternates   []string `json:"alternates"`
	Consequences []string `json:"consequences"`
	Fate         string   `json:"fate"` // what became of the process
	Rule         string   `json:"rule"`
}

type jsonStart struct {
	N             int           `json:"n"`
	Configuration string        `json:"configuration"`
	Outcome       trial.Outcome `json:"outcome"`
	Exit          string        `json:"exit"`
	Requested     bool          `json:"requested"`
	LoadSeconds   float64       `json:"load_seconds"`
	SlotContext   int           `json:"slot_context"`
	Build         string        `json:"build"`
	Argv          []string      `json:"argv"`
	LogFile       string        `json:"log_file"`
	LogBytes      int64         `json:"log_bytes"`
	Peers         []jsonPeer    `json:"peers"`
	Gauges        []jsonGauge   `json:"gauges"`
	Unobserved    []string      `json:"unobserved"`
}

type jsonSummary struct {
	Result      string         `json:"result"` // clean, failures, trouble, inconclusive
	Cells       int            `json:"cells"`
	Tested      int            `json:"tested"`
	Outcomes    map[string]int `json:"outcomes"`
	Verdicts    map[string]int `json:"verdicts"`
	Unexpected  int            `json:"unexpected_failures"`
	Troubled    int            `json:"troubled"`
	Starts      int            `json:"starts"`
	Counted     int            `json:"counted_starts"`
	Failed      int            `json:"failed_starts"`
	RateUpper95 float64        `json:"rate_upper95"`
	Attempts    int            `json:"attempts"`
	Passes      int            `json:"passes"`
	Warmups     int            `json:"warmups"`
}
