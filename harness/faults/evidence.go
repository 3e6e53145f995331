package faults

// Evidence is everything that was gathered about a death, in the order in which it should be
// believed within each field: earliest first.
type Evidence struct {
	Processes []Process // llama-server first, then rpc-servers in the order of the --rpc flags
	Phase     string    // load, warm-up, prompt, generation, idle, shutdown; "" unknown
	Position  int       // prompt tokens processed by the furthest slot; -1 unknown
}

// Process is one process of the server under test as it was left behind.
type Process struct {
	Name           string   // server, rpc1, rpc2…
	Exit           string   // signal:SIGABRT, code:1; "running" if it lives
	Signal         string   // name of the signal that ended it, also when a shell reported it as 128+n; "" none
	SignalInferred bool     // Signal was read from an exit code above 128
	StopRequested  bool     // we had asked it to end
	Log            []string // its last lines, stdout and stderr together
}
