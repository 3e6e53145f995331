package server

import (
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
	DirectIO bool     // read the model past the page cache
	Extra    []string // verbatim, last; a flag of ours that stands here too is left out above
}

// setting is one thing we tell the server, in the spellings of its builds, best first.
type setting struct {
	spellings [][]string
	// required settings are passed even if --help does not list them: without them the start means
	// nothing, and a binary that refuses them says so itself.
	required bool
}

func one(args ...string) setting  { return setting{spellings: [][]string{args}} }
func must(args ...string) setting { return setting{spellings: [][]string{args}, required: true} }

// settings explain themselves by the traps that they avoid: -fit changes -ngl and -ts behind the
// user's back; without -no-kvu a small load passes where a full one is refused; --cache-ram keeps
// whole prompts in host memory and would serve a "cold" prompt from it; -lv 4 brings the memory and
// device lines back that builds since May 2026 hide; --threads-http must exceed the requests in
// flight or /health times out.
func (o Options) settings() []setting {
	host := o.Host
	if host == "" {
		host = "127.0.0.1"
	}
	n := strconv.Itoa
	list := []setting{
		must("--model", o.Model), must("--ctx-size", n(o.Ctx)), must("--parallel", n(o.NP)),
		must("--host", host), must("--port", n(o.Port)),
		one("-no-kvu"), one("-fit", "off"), one("--cache-ram", "0"), one("--metrics"),
		one("--threads-http", n(o.NP+6)), one("--offline"), one("-lv", "4"),
		{spellings: [][]string{{"--no-ui"}, {"--no-webui"}}},
	}
	if o.Threads > 0 {
		list = append(list, one("--threads", n(o.Threads)))
	}
	if o.NoWarmup {
		list = append(list, one("--no-warmup"))
	}
	if o.DirectIO {
		list = append(list, setting{spellings: [][]string{{"--load-mode", "dio"}, {"-dio"}}})
	}
	return list
}

// aliases are the other names of flags that users write, so that theirs replace ours.
var aliases = map[string][]string{
	"--model": {"-m"}, "--ctx-size": {"-c"}, "--parallel": {"-np"}, "--threads": {"-t"},
	"-no-kvu": {"--no-kv-unified", "-kvu", "--kv-unified"}, "-fit": {"--fit"}, "--cache-ram": {"-cram"},
	"-lv": {"--verbosity", "-v", "--verbose", "--log-verbose"}, "--load-mode": {"-lm"}, "-dio": {"--direct-io"},
	"--no-ui": {"--ui"}, "--no-webui": {"--webui"},
}

// Args is the command line for this binary, without the binary itself: the spellings that its --help
// offers, each of our settings unless the user's extra arguments set it, then those.
func (c Capabilities) Args(o Options) []string {
	var args []string
	for _, s := range o.settings() {
		for i, spelling := range s.spellings {
			if !c.Offers(spelling[0]) && !(s.required && i == 0) {
				continue
			}
			if !mentions(o.Extra, spelling[0]) {
				args = append(args, spelling...)
			}
			break
		}
	}
	return append(args, o.Extra...)
}

func mentions(extra []string, flag string) bool {
	for _, arg := range extra {
		name, _, _ := strings.Cut(arg, "=")
		if name == flag {
			return true
		}
		for _, alias := range aliases[flag] {
			if name == alias {
				return true
			}
		}
	}
	return false
}
