package faults

// Evidence is everything that was gathered about a death, a hang or a spoiled answer.
type Evidence struct {
	Processes []Process // llama-server first, then rpc-servers in the order of the --rpc flags
	Phase     string    // load, warm-up, prompt, generation, idle, shutdown; "" unknown
	Position  int       // prompt tokens processed by the furthest slot; -1 unknown

	Kernel []KernelLog // kernel lines of the run's time window, one log for each host
	HTTP   []string    // error bodies and transport errors that clients saw. Bodies of good answers are judged too: pass only doubtful ones
	Text   []string    // a pasted log of which nobody knows which stream it was
	Hang   *Hang       // nil unless progress stopped
	Spoilt []Spoilt    // what oracles hold against answers

	GPUAsked    bool // the configuration wants a GPU: "no usable GPU" is then trouble, not a fallback
	RequestFits bool // each request was smaller than its slot: a refusal for size is then the server's fault
}

// Process is one process of the server under test as it was left behind.
type Process struct {
	Name           string   // server, rpc1, rpc2…
	Exit           string   // signal:SIGABRT, code:1; "running" if it lives; "" unknown
	Signal         string   // name of the signal that ended it, also when a shell reported it as 128+n; "" none
	SignalInferred bool     // Signal was read from an exit code above 128
	StopRequested  bool     // we had asked it to end
	Log            []string // its last lines, stdout and stderr together
	PID            int      // as its own host's kernel counts it; 0 unknown
	Comm           string   // the kernel's name of it, at most 15 characters; "" unknown
	DeathOrder     int      // 1 for the process that was seen to end first; 0 unknown
	Images         []string // of it and what is below it: what could be executed in its memory while it lived, as the kernel names it: "libllama.so[7f0d57372000+68000]"; nil unknown
	Dumping        bool     // it "runs", but its core is being written: it has died of a signal that nobody knows yet

	Scanner *Scanner // has read the whole log while it was written; nil: Log is all there is
}

// KernelLog is what one host's kernel said.
type KernelLog struct {
	Host  string // server, rpc1… or a name; "" the only one
	Lines []string
	Kills Kills
}

// Kills is whether the kernel has killed for lack of memory in control groups that processes of ours were in.
type Kills uint8

// What control groups count. The zero value is that nobody can tell.
const (
	KillsUnknown Kills = iota
	NoKills
	SomeKills
)

// Hang is how progress stopped. Progress is tokens, or bytes while loading; nothing else.
type Hang struct {
	Seconds    float64 // without progress
	After      string  // "term": alive after SIGTERM and a batch's time; "kill": alive after SIGKILL; "" neither was sent
	LogGrows   bool    // lines keep coming, nothing is achieved
	SlotsIdle  bool    // /slots answers and no slot works on what the client waits for
	PortClosed bool    // the process lives and accepts no connection
	Stopped    bool    // the system says that it is stopped, by SIGSTOP or a debugger
	Who        string  // name of the process that stands still; "" the server, or unknown
}

// Spoilt is what an oracle holds against an answer.
type Spoilt struct {
	Class  string // label of the taxonomy, such as wrong-output.nan-logits
	What   string // for the title: "the canary's answer changed"
	Key    string // what of it does not vary between runs; "" all of it
	Detail string // a line for the excerpt
}
