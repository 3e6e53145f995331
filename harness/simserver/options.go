package simserver

import (
	"io"
	"syscall"
)

// Options say what server to simulate. The zero value is a good server with one slot of 4096 tokens.
type Options struct {
	Profile Profile // how it behaves
	Start   int     // which start of a series this is, from 1; 0 means 1. Conditions start and chance look at it
	Seed    uint64  // of what is left to chance

	NP            int      // slots; 0 means 1, negative means llama-server's default (4 slots, one pool)
	Ctx           int      // total context in tokens, as -c; 0 means 4096 with Model empty, else the trained context
	Batch         int      // prompt tokens per batch; 0 means 2048
	Unified       *bool    // one pool for all slots; nil means llama-server's default
	NPredict      int      // tokens of a reply that names no limit; 0 or negative means no limit
	NoCachePrompt bool     // requests that do not say so themselves get nothing from the cache
	Metrics       bool     // /metrics answers
	NoSlots       bool     // /slots does not answer
	APIKeys       []string // any of them opens the server; none means that it is open
	Alias         string   // the model's name; empty means the file's
	PingSeconds   int      // seconds between pings of a silent stream; 0 means 30, negative none

	Model           string // path as given by -m; only a name here
	Trained         int    // tokens that the model was trained for; 0 means 1,048,576
	TrainedOverride int    // from --override-kv; 0 means none

	child bool // this process is nothing but the server: signals and helper processes are its own

	Stderr io.Writer   // log lines and last words; nil discards them
	Log    io.Writer   // gets the log lines too, as --log-file; nil for none
	Die    func(Death) // called once by rules that end the process, and does not return in a child; nil: the server falls silent and drops all connections
}

// Death is how a rule ends the process.
type Death struct {
	Signal syscall.Signal // 0 for an ordinary exit
	Code   int            // exit code where Signal is 0
}

// defaultTrained is the trained context of a model that does not say.
const defaultTrained = 1 << 20

func (o Options) normal() Options {
	if o.Start == 0 {
		o.Start = 1
	}
	if o.NP == 0 {
		o.NP = 1
	}
	if o.Ctx == 0 && o.Model == "" {
		o.Ctx = 4096
	}
	if o.Batch <= 0 {
		o.Batch = 2048
	}
	if o.NPredict == 0 {
		o.NPredict = -1
	}
	if o.PingSeconds == 0 {
		o.PingSeconds = 30
	}
	if o.Stderr == nil {
		o.Stderr = io.Discard
	}
	return o
}

// trained is the trained context after everything that can override it.
func (o Options) trained(c setup) int {
	switch {
	case o.TrainedOverride > 0:
		return o.TrainedOverride
	case c.trained > 0:
		return c.trained
	case o.Trained > 0:
		return o.Trained
	}
	return defaultTrained
}

// setup is what a profile's settings come to.
type setup struct {
	a, b, c  float64 // seconds: a*n + b*n*n for a prompt of n tokens, c per generated token
	trained  int     // 0 leaves it to the model
	kvMax    int     // 0 means no limit
	build    int
	noModel  bool
	deafness bool // ignoreterm at load
}

// simBuild is the build that is imitated.
const simBuild = 11669

// setup evaluates the settings for this start.
func (o Options) setup() setup {
	c := setup{a: 100e-6, c: 1e-3, build: simBuild}
	now := situation{np: o.NP, start: o.Start, seed: o.Seed}
	for _, r := range o.Profile.Rules {
		if !r.holds(now) {
			continue
		}
		switch r.Behaviour {
		case "rate":
			c.a, c.b, c.c = r.number(0, c.a), r.number(1, 0), r.number(2, c.c)
		case "trained":
			c.trained = r.count(0, 0)
		case "kvmax":
			c.kvMax = r.count(0, 0)
		case "build":
			c.build = r.count(0, simBuild)
		case "nomodel":
			c.noModel = true
		case "ignoreterm":
			c.deafness = c.deafness || r.phase() == PhaseLoad
		}
	}
	return c
}

// seconds is the virtual time that a prompt of n tokens takes.
func (c setup) seconds(n int) float64 { return c.a*float64(n) + c.b*float64(n)*float64(n) }
