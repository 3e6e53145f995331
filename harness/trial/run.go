package trial

import (
	"time"

	"ctxcliff/harness/plan"
)

// Run is one invocation of screen or of any command that measures.
type Run struct {
	ID       string    // 20261124-101500-3f2a: UTC time of the start and four hex digits
	Command  string    // screen, bisect, fuzz…
	Argv     []string  // how ctxcliff was called, without its own path
	Version  string    // of ctxcliff
	Seed     uint64    // makes all prompts again
	Began    time.Time // UTC
	Ended    time.Time // zero while open
	Status   RunStatus
	Settings Settings
	Host     Host
	Target   plan.Target
	Server   Binary
	Model    Model
	Campaign string     `json:",omitempty"` // what all shards of one walk share; "" it was not divided
	Shard    plan.Shard `json:",omitzero"`
	Others   []Tested   // further targets, in the order of the plan; nil in a run of one
}

// Tested is one target of a run, with what was found out about it before anything was started.
type Tested struct {
	Target plan.Target
	Server Binary
	Model  Model
}

// Tested is everything that the run tests, in the order of the plan.
func (r Run) Tested() []Tested {
	return append([]Tested{{r.Target, r.Server, r.Model}}, r.Others...)
}

// RunStatus says how a run ended.
type RunStatus string

const (
	Running     RunStatus = "running" // or killed before it could say otherwise
	Finished    RunStatus = "finished"
	Interrupted RunStatus = "interrupted" // Ctrl-C or a budget
	Failed      RunStatus = "failed"      // trouble of ours or of the lab ended it
)

// Settings are the choices that are the same for every cell of a run.
type Settings struct {
	Starts    int    // server starts per cell
	Attempts  int    // rounds of requests per start
	Isolation string // cell or config: what gets a fresh server
	Reply     int    // tokens asked for in each reply
	Warmup    bool   // a short labelled request before the first attempt of each start
}

// Host is the machine that the run was made on. Unknown numbers are 0, unknown texts empty.
type Host struct {
	OS, Kernel, Arch, CPU string
	Cores                 int
	MemoryMiB             int
	BootID                string // changes with every boot of the kernel
}

// Binary is the llama-server under test as it describes itself.
type Binary struct {
	Path, Version, Commit string
	Build                 int      // 0 when the binary does not say
	Devices               []string // from --list-devices; empty for a build that runs on the CPU
}

// Model is the model file as its header describes it.
type Model struct {
	Path, Name, Arch, FileType string
	SizeBytes                  int64
	TrainedContext             int
	Vocabulary                 int
}
