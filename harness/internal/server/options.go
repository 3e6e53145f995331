package server

import (
	"slices"
	"strconv"
	"strings"
)

// Options are what a server is started with.
type Options struct {
	Model   string
	NP, Ctx int    // slots; total context in tokens
	Host    string // "" is 127.0.0.1
	Port    int
	Threads int // 0: the server's own choice
	// NoWarmup leaves out the server's own empty run at load.
	NoWarmup bool
	// DirectIO reads the model past the page cache, where the binary offers it.
	DirectIO bool
	Peers    []string // host:port of each rpc-server
	Extra    []string // verbatim, last; a flag of ours that stands here too is left out above
}

// setting is one thing we tell the server, in the spellings of its builds, best first.
type setting struct {
	spellings [][]string
	// required settings are passed even if --help does not list them: without them the start means
	// nothing, and a binary that refuses them says so itself.
	required bool
	// only, if set, says for which binaries.
	only func(Capabilities) bool
}

func one(args ...string) setting  { return setting{spellings: [][]string{args}} }
func must(args ...string) setting { return setting{spellings: [][]string{args}, required: true} }

// settings explain themselves by the traps that they avoid: -fit changes -ngl and -ts behind the
// user's back; without -no-kvu a small load passes where a full one is refused; --cache-ram keeps
// whole prompts in host memory and would serve a "cold" prompt from it; -lv 4 brings the memory and
// device lines back that builds since May 2026 hide (llama.cpp PR 23021; to older ones it is "debug"); --threads-http must exceed the requests in
// flight or /health times out.
func (o Options) settings() []setting {
	host := o.Host
	if host == "" {
		host = loopback
	}
	n := strconv.Itoa
	var list []setting
	if len(o.Peers) > 0 { // first: flags that name devices look among those known so far
		list = append(list, must("--rpc", strings.Join(o.Peers, ",")))
	}
	list = append(list,
		must("--model", o.Model), must("--ctx-size", n(o.Ctx)), must("--parallel", n(o.NP)),
		must("--host", host), must("--port", n(o.Port)),
		o.apart(), one("-fit", "off"), one("--cache-ram", "0"), one("--metrics"),
		one("--threads-http", n(o.NP+6)), one("--offline"),
		setting{spellings: [][]string{{"-lv", "4"}}, only: func(c Capabilities) bool { return c.traces }},
		setting{spellings: [][]string{{"--no-ui"}, {"--no-webui"}}},
	)
	if o.Threads > 0 {
		list = append(list, one("--threads", n(o.Threads)))
	}
	if o.NoWarmup {
		list = append(list, one("--no-warmup"))
	}
	if o.DirectIO {
		list = append(list, setting{spellings: directIO})
	}
	return list
}

// apart gives each slot a cache of its own. Builds of November and December 2025 know no -no-kvu, and take
// one slot for the wish for four that share a cache (llama.cpp PR 16736), unless the cache is shared already:
// to one slot that is the same.
func (o Options) apart() setting {
	s := one("-no-kvu")
	if o.NP == 1 {
		s.spellings = append(s.spellings, []string{"-kvu"})
	}
	return s
}

// related are flags that decide the same thing as one of ours without being a name of the same option
// in --help. With --model they choose the model, and the path would become the place to download to.
var related = map[string][]string{
	"--model":     {"-m", "-mu", "--model-url", "-dr", "--docker-repo", "-hf", "-hfr", "--hf-repo"},
	"--ctx-size":  {"-c"},
	"--parallel":  {"-np"},
	"--threads":   {"-t"},
	"-no-kvu":     {"-kvu", "--kv-unified", "--no-kv-unified"},
	"-lv":         {"--verbosity", "--log-verbosity", "-v", "--verbose", "--log-verbose"},
	"--no-ui":     {"--ui", "--webui", "--no-webui"},
	"--no-webui":  {"--ui", "--webui", "--no-ui"},
	"--no-warmup": {"--warmup"},
	"--load-mode": {"-lm", "-dio", "--direct-io", "-ndio", "--no-direct-io", "--mmap", "--no-mmap", "--mlock"},
	"-dio":        {"--direct-io", "-ndio", "--no-direct-io", "--mmap", "--no-mmap", "-lm", "--load-mode"},
}

// Args is the command line for this binary, without the binary itself: the spellings that its --help
// offers, each of our settings unless the user's extra arguments decide it, then those.
func (c Capabilities) Args(o Options) []string {
	var args []string
	for _, a := range c.Arguments(o) {
		args = append(args, a.Words...)
	}
	return args
}

// Argument is a flag of a command line with its value, or the user's extra ones as they stand.
type Argument struct {
	Words    []string
	Optional bool // a build without the flag is started without it
}

// Arguments are the parts of [Capabilities.Args].
func (c Capabilities) Arguments(o Options) []Argument {
	var args []Argument
	o.Extra = c.Spelled(o.Extra)
	for _, s := range o.settings() {
		if s.only != nil && !s.only(c) {
			continue
		}
		for i, spelling := range s.spellings {
			if !c.Offers(spelling[0]) && !(s.required && i == 0) {
				continue
			}
			if !c.decided(spelling[0], o.Extra) {
				args = append(args, Argument{spelling, !s.required})
			}
			break
		}
	}
	if len(o.Extra) > 0 {
		args = append(args, Argument{Words: o.Extra})
	}
	return args
}

// decided reports whether the user's arguments set what the flag sets.
func (c Capabilities) decided(flag string, extra []string) bool {
	for _, arg := range extra {
		if name := canonical(arg); name == flag || slices.Contains(c.flags[flag], name) || slices.Contains(related[flag], name) {
			return true
		}
	}
	return false
}

// canonical is how llama.cpp reads an argument: --ctx_size is --ctx-size. It knows no "--flag=value".
// (common_params_parse_ex in llama.cpp common/arg.cpp.)
func canonical(arg string) string {
	if strings.HasPrefix(arg, "--") {
		return strings.ReplaceAll(arg, "_", "-")
	}
	return arg
}

// directIO is how builds spell that the model is read past the page cache: PR 20834 of llama.cpp
// replaced the one by the other.
var directIO = [][]string{{"--load-mode", "dio"}, {"-dio"}}

// DirectIO is how this binary spells that the model is read past the page cache; nil when it cannot.
func (c Capabilities) DirectIO() []string {
	for _, spelling := range directIO {
		if c.Offers(spelling[0]) {
			return spelling
		}
	}
	return nil
}

// Spelled are arguments with direct I/O as this binary spells it, where they spell it as other builds do.
func (c Capabilities) Spelled(args []string) (list []string) {
	ours := c.DirectIO()
	for i := 0; i < len(args); i++ {
		name, words := canonical(args[i]), 1
		if name == "-lm" || name == "--load-mode" {
			words = 2
		}
		if ours == nil || c.Offers(name) || i+words > len(args) || !ReadsDirectly(args[i:i+words]) {
			list = append(list, args[i])
			continue
		}
		list, i = append(list, ours...), i+words-1
	}
	return list
}

// ReadsDirectly reports whether the user's arguments ask for direct I/O, in any build's words.
func ReadsDirectly(args []string) bool {
	for i, arg := range args {
		switch canonical(arg) {
		case "-dio", "--direct-io":
			return true
		case "-lm", "--load-mode":
			return i+1 < len(args) && args[i+1] == "dio"
		}
	}
	return false
}
