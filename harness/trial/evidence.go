package trial

import "time"

// Moment is one entry of an attempt's time line: what was seen, by whom, when. Times are those of
// this host's clock, when the line was read, unless the source says otherwise.
type Moment struct {
	At     time.Time
	Source string // server, rpc1…: a process; kernel, kernel of rpc1…: a host's kernel log; client: our requests; ctxcliff: what we did
	Text   string // one line, as it came
}

// Opinion is what one oracle said of an attempt's answers. An oracle that has nothing to say against
// them leaves no opinion.
type Opinion struct {
	Oracle string // canary, degenerate, nan, leak, complete, counts
	Says   Saying
	Reason string // one sentence
}

// Saying is what an oracle can say.
type Saying string

// The sayings.
const (
	Corrupt     Saying = "corrupt"
	CannotJudge Saying = "cannot judge"
)

// Gauge is the highest reading of one device, or of the server's own processes, over an attempt or
// at the end of a load. -1 means that the value could not be read.
type Gauge struct {
	Device       string  // as the system names the device; "host" for the machine's memory, "server", "rpc1"… for a process
	MemoryBytes  int64   // in use; of a process: resident
	MemoryBefore int64   `json:",omitzero"` // of a device: in use before the start that it is of, by others; of a process 0
	MemoryTotal  int64   // that the device has
	TempC        float64 // degrees Celsius
	PowerW       float64 // watts
	BusyPercent  float64 // 0 to 100
}

// Peer is one rpc-server as it took part in a start.
type Peer struct {
	Name      string // rpc1, rpc2… in the order of the --rpc flags
	Endpoint  string // host:port
	Argv      []string
	PID       int    // 0: attached to, not started by us
	PIDStart  uint64 // 0 beside a PID: it is a process of another host
	Exit      string // signal:SIGKILL, code:0; "lost": nobody could see it end; "" running or unknown
	Requested bool   // we asked it to end
	LogFile   string // relative to the directory beside the database; "" none
}
