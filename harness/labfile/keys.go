package labfile

import "slices"

// Settings are the names of the keys that say what the flag of their name says.
func Settings() []string { return names(settings) }

// key is one key of a mapping.
type key struct {
	name     string
	kind     kind
	doc      string
	required bool
}

// settings are the keys that say what the flag of their name says.
var settings = []key{
	{name: "server", kind: program, doc: "llama-server of all targets, where there are no backends"},
	{name: "url", kind: label, doc: "address of a server that somebody else runs, instead of everything that starts one"},
	{name: "api-key-file", kind: file, doc: "file that holds the API key of the server at url"},
	{name: "launch", kind: args, doc: "words that go before the command line of llama-server, where there are no backends"},
	{name: "model", kind: file, doc: "GGUF file, where there are no models"},
	{name: "name", kind: label, doc: "label of the model in cell ids, where there are no models"},
	{name: "backend", kind: label, doc: "label of the backend in cell ids, where there are no backends"},
	{name: "power", kind: label, doc: "label of the power profile, where there are no backends"},
	{name: "env", kind: env, doc: "environment of llama-server and of rpc-servers of our own, for all targets"},
	{name: "server-arg", kind: args, doc: "arguments passed on to llama-server, for all targets; those of backend and topology come after them"},
	{name: "rpc", kind: peers, doc: "rpc-servers, where there are no topologies"},
	{name: "topology", kind: label, doc: "label of the topology in cell ids, where there are no topologies"},
	{name: "rpc-server", kind: program, doc: "rpc-server for local peers, where a backend names none"},
	{name: "port", kind: count(1, 65535), doc: "port of llama-server; a free one for each start where it is left out"},

	{name: "shape", kind: shapeSet, doc: "prompt shapes, or all"},
	{name: "np", kind: slots, doc: "slot counts (-np)"},
	{name: "ctx", kind: sizes, doc: "total contexts (-c)"},
	{name: "ps", kind: sizes, doc: "contexts per slot, instead of ctx"},
	{name: "reply", kind: count(1, largest), doc: "tokens asked for in each reply"},
	{name: "tokens", kind: sizes, doc: "prompt sizes per slot, sent as they are (screen)"},
	{name: "fill", kind: shares, doc: "prompt sizes as shares of a slot, instead of tokens (screen); share of the context with axis ctx (bisect)"},

	{name: "starts", kind: count(1, largest), doc: "server starts per cell: the unit of risk (screen)"},
	{name: "attempts", kind: count(1, largest), doc: "rounds of requests per start (screen)"},
	{name: "give-up", kind: count(1, largest), doc: "leave a target alone when it broke so often in a row (screen, nightly)"},
	{name: "expect", kind: file, doc: "directory of lists of what is known to fail, flake or be skipped, or one list (screen)"},
	{name: "isolation", kind: choice("cell", "config"), doc: "what gets a fresh server (screen)"},
	{name: "skip-hopeless", kind: toggle, doc: "leave out what is predicted not to fit into free memory; false leaves out nothing (screen)"},
	{name: "seed", kind: seed, doc: "all prompts come from it"},
	{name: "no-warmup", kind: toggle, doc: "send no labelled request before the first attempt of a start"},
	{name: "no-canary", kind: toggle, doc: "ask nothing by which wrong answers could be told"},
	{name: "ready-timeout", kind: duration, doc: "how long loading may take"},
	{name: "away-timeout", kind: duration, doc: "how long a server that somebody else runs may be away before it counts as gone"},
	{name: "busy-timeout", kind: duration, doc: "how long prompts of others are waited for at such a server"},
	{name: "stall", kind: duration, doc: "how long a server may show no progress"},
	{name: "db", kind: file, doc: "file that keeps all runs"},
	{name: "output", kind: label, doc: "format of the result, as with -o"},
	{name: "out", kind: file, doc: "file that the result is written to"},
	{name: "no-redact", kind: toggle, doc: "show addresses, names of hosts and users, home directories and keys in reports as they are"},

	{name: "level", kind: choice("quick", "standard", "strong", "flake", "certify"), doc: "how many clean runs a claim needs (bisect)"},
	{name: "exposures", kind: count(1, largest), doc: "clean runs for a claim, instead of a level (bisect)"},
	{name: "guard", kind: share, doc: "share to stay below the shortest failure (bisect)"},
	{name: "floor", kind: size, doc: "smallest size worth claiming (bisect)"},
	{name: "ceiling", kind: size, doc: "largest size to look at (bisect)"},
	{name: "resolution", kind: size, doc: "size of the scout's steps (bisect)"},
	{name: "axis", kind: choice("tokens", "ctx"), doc: "what grows (bisect)"},
	{name: "resolve", kind: toggle, doc: "tell an island, a flaky fault and a fault of the cached path apart (bisect)"},
	{name: "longest", kind: size, doc: "longest prompt (fuzz)"},
	{name: "vary", kind: label, doc: "what may vary beside prompts: a list of api, flags and models, or none (fuzz)"},
	{name: "scenes", kind: count(1, largest), doc: "patterns of requests for each start (fuzz)"},
	{name: "minimize-share", kind: share, doc: "share of all starts that shrinking may take (fuzz)"},
	{name: "corpus", kind: label, doc: "campaign whose corpus is replayed first: latest, none, or the id of a run (fuzz)"},
	{name: "random", kind: toggle, doc: "draw all scenes alike (fuzz)"},

	{name: "budget", kind: duration, doc: "stop before this much time is used up"},
	{name: "max-starts", kind: count(1, largest), doc: "stop before more servers were started"},

	{name: "steps", kind: some("screen", "bisect", "repro", "fuzz"), doc: "what a night does (nightly)"},
	{name: "nights", kind: file, doc: "directory that gets one for each night (nightly)"},
	{name: "formats", kind: kind{form: many, check: notEmpty, schema: anyText, hint: "formats such as md, html"}, doc: "formats of a night's reports (nightly)"},
	{name: "compare", kind: count(0, largest), doc: "how many nights before a night is compared with (nightly)"},
	{name: "reproducers", kind: count(0, largest), doc: "how many known faults a night replays at the most (nightly)"},
	{name: "keep", kind: count(1, largest), doc: "of how many nights logs and reports are kept (nightly)"},
	{name: "notify", kind: args, doc: "command that is told of a night, as JSON on its standard input (nightly)"},
	{name: "lock", kind: file, doc: "file that only one night can hold (nightly)"},
	{name: "at", kind: label, doc: "time of day that the timer begins a night at (nightly)"},
}

// axis is a list that multiplies with the others.
type axis struct {
	name  string
	doc   string
	keys  []key
	short string // the key that a mere text stands for; "" an entry must be a mapping
	// replaces are the settings that say the same of a run that has no such list.
	replaces []string
}

var axes = []axis{
	{
		name: "models", doc: "model files", short: "path", replaces: []string{"model", "name"},
		keys: []key{
			{name: "path", kind: file, required: true, doc: "GGUF file; of a split one, the first"},
			{name: "name", kind: label, doc: "label in cell ids (default: the file's name)"},
		},
	},
	{
		name: "backends", doc: "ways to run llama-server", replaces: []string{"server", "launch", "backend", "power"},
		keys: []key{
			{name: "name", kind: label, required: true, doc: "label in cell ids, such as rocm-7.2.4 or vulkan-radv"},
			{name: "server", kind: program, doc: "llama-server, sim, or sim:PROFILE (default: found on PATH, else obtained)"},
			{name: "url", kind: label, doc: "address of a server that somebody else runs, instead of everything that starts one"},
			{name: "api-key-file", kind: file, doc: "file that holds the API key of the server at url"},
			{name: "launch", kind: args, doc: "words that go before the command line, such as podman exec lab"},
			{name: "rpc-server", kind: program, doc: "rpc-server of the same build, for local peers"},
			{name: "env", kind: env, doc: "environment, such as VK_ICD_FILENAMES or ROCBLAS_USE_HIPBLASLT"},
			{name: "args", kind: args, doc: "arguments passed on to llama-server"},
			{name: "power", kind: label, doc: "label of the power profile that the machine is in"},
		},
	},
	{
		name: "topologies", doc: "which processes share the model: single, or a list of rpc-servers", short: "rpc", replaces: []string{"rpc", "topology"},
		keys: []key{
			{name: "rpc", kind: kind{form: many, check: singleOrPeer, schema: anyText, hint: peers.hint + ", or single"}, required: true, doc: "single, or a list of peers: local, or the HOST:PORT of an rpc-server; their order makes rpc1, rpc2…"},
			{name: "args", kind: args, doc: "arguments of llama-server that go with it, such as -ts 1/1 -dio"},
			{name: "name", kind: label, doc: "label in cell ids (default: single, rpc1, rpc2…)"},
		},
	},
	{
		name: "cases", doc: "parts of the matrix of a screen, one after the other, for runs that are no product; each says what it has instead of the file's own keys",
		keys: axisKeys("np", "ctx", "ps", "shape", "tokens", "fill"),
	},
	{
		name: "exclude", doc: "cells to leave out", short: "cells",
		keys: []key{
			{name: "cells", kind: label, required: true, doc: "pattern over cell ids, in which * stands for anything and ? for one letter: *__vulkan__*__np4_*"},
			{name: "reason", kind: label, doc: "why, for the report"},
		},
	},
}

// axisKeys are those settings that span the matrix.
func axisKeys(names ...string) (keys []key) {
	for _, k := range settings {
		if slices.Contains(names, k.name) {
			keys = append(keys, k)
		}
	}
	return keys
}

const single = "single"

func singleOrPeer(text string) error {
	if text == single {
		return nil
	}
	return peers.check(text)
}

func names(keys []key) []string {
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = k.name
	}
	return list
}

// topLevel are the names of all keys of a file.
func topLevel() []string {
	list := names(settings)
	for _, a := range axes {
		list = append(list, a.name)
	}
	return list
}
