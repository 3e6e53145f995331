package simserver

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// behaviour says what a rule of that name may carry and when it may show.
type behaviour struct {
	doc     string
	params  []param // positional
	needs   int     // how many of them are required
	phases  []Phase // allowed, the default first; nil for settings, which hold from the start
	setting bool    // describes the server; has no phases of its own
	steady  bool    // looked at anew for every batch or token, instead of once per request
}

type param uint8

const (
	text param = iota
	count
	seconds  // a duration such as 5ms
	fraction // a number such as 3.2e-3
)

func (p param) check(value string) (err error) {
	switch p {
	case count:
		_, err = parseCount(value)
	case seconds:
		var d time.Duration
		if d, err = time.ParseDuration(value); err != nil || d < 0 {
			return fmt.Errorf("%q is not a duration: write 5ms or 2s", value)
		}
	case fraction:
		var f float64
		if f, err = strconv.ParseFloat(value, 64); err != nil || !(f >= 0 && f < 1e9) {
			return fmt.Errorf("%q is not a number of seconds", value)
		}
	}
	return err
}

var (
	anyTime  = []Phase{PhasePrefill, PhaseDecode, PhaseReply, PhaseIdle, PhaseLoad}
	atLoad   = []Phase{PhaseLoad}
	noticing = []Phase{PhasePrefill, PhaseAdmit, PhaseDecode, PhaseReply, PhaseIdle, PhaseLoad}
)

// behaviours is everything that a rule can make the server do.
var behaviours = map[string]behaviour{
	"abort":    {doc: "prints TEXT (an assertion unless given) to stderr and dies by SIGABRT", params: []param{text}, phases: anyTime},
	"gpufault": {doc: "prints the ROCm runtime's memory access fault line and dies by SIGABRT", phases: anyTime},
	"segfault": {doc: "dies by SIGSEGV without a word", phases: anyTime},
	"kill":     {doc: "dies by SIGKILL, as an out-of-memory killer would do it", phases: anyTime},
	"exit":     {doc: "ends with exit code N (0), after printing TEXT if given", params: []param{count, text}, phases: anyTime},
	"hang":     {doc: "stops all work for ever, or for a DURATION; /health stays alive", params: []param{seconds}, phases: []Phase{PhasePrefill, PhaseDecode, PhaseReply}},
	"spin":     {doc: "stops all work for ever and writes the same line every DURATION (1ms); /health stays alive", params: []param{seconds}, phases: []Phase{PhasePrefill, PhaseDecode, PhaseReply}},
	"cut":      {doc: "closes this request's connection midway and lives on", phases: []Phase{PhaseDecode, PhasePrefill}},
	"http":     {doc: "answers status N with MESSAGE; once the stream has begun, as an error event inside it", params: []param{count, text}, needs: 1, phases: []Phase{PhaseAdmit, PhasePrefill, PhaseDecode}},
	"refuse":   {doc: "refuses as if the prompt did not fit, although it does", phases: []Phase{PhaseAdmit}},
	"garbage":  {doc: "answers with TEXT (G) over and over", params: []param{text}, phases: []Phase{PhaseDecode}, steady: true},
	"nan":      {doc: "answers as usual, with null for every probability", phases: []Phase{PhaseDecode}, steady: true},
	"leak":     {doc: "answers with the head of the prompt that another slot holds", phases: []Phase{PhaseDecode}},
	"drift":    {doc: "answers this request as usual, and every later one with other tokens", phases: []Phase{PhaseDecode}},
	"slowload": {doc: "takes DURATION longer to load", params: []param{seconds}, needs: 1, phases: atLoad},
	"loadhang": {doc: "never gets ready: 503 for ever", phases: atLoad},
	"loadabort": {doc: "prints TEXT (an assertion unless given) and dies by SIGABRT before it is ready",
		params: []param{text}, phases: atLoad},
	"flood":    {doc: "writes N bytes of log lines to stderr", params: []param{count}, needs: 1, phases: noticing},
	"longline": {doc: "writes one line of N bytes to stderr", params: []param{count}, needs: 1, phases: noticing},
	"say":      {doc: "prints TEXT as a line to stderr", params: []param{text}, needs: 1, phases: noticing},
	"kernel": {doc: "appends TEXT to the file named by " + EnvKernelLog + ", DURATION (0s) later, even if the server is dead by then",
		params: []param{text, seconds}, needs: 1, phases: noticing},
	"ignoreterm": {doc: "ignores SIGTERM and SIGINT", phases: []Phase{PhaseLoad, PhasePrefill, PhaseReply}},
	"grandchild": {doc: "leaves a child process that holds stdout and stderr for DURATION (30s); with a second argument escape, in a session of its own",
		params: []param{seconds, text}, phases: []Phase{PhaseLoad, PhasePrefill, PhaseReply}},
	"delay": {doc: "really takes DURATION for each batch and each generated token", params: []param{seconds}, needs: 1,
		phases: []Phase{PhasePrefill}, steady: true},
	"rate": {doc: "reports A*n + B*n*n seconds for a prompt of n tokens, and C seconds per generated token (virtual time)",
		params: []param{fraction, fraction, fraction}, needs: 1},
	"trained": {doc: "has a trained context of N tokens, whatever the model file says", params: []param{count}, needs: 1},
	"kvmax":   {doc: "cannot allocate a cache of more than N tokens in all, and fails to load", params: []param{count}, needs: 1},
	"build":   {doc: "pretends to be build N: below 10000 it knows -dio and --no-mmap instead of --load-mode", params: []param{count}, needs: 1},
	"nomodel": {doc: "needs no model file"},
}

func init() {
	for name, b := range behaviours {
		if b.phases == nil {
			b.phases, b.setting = atLoad, true
			behaviours[name] = b
		}
	}
}

// active is false of settings, which only describe the server.
func (b behaviour) active() bool { return !b.setting }

// Behaviours are the names that a rule can start with, sorted.
func Behaviours() []string { return slices.Sorted(maps.Keys(behaviours)) }

// Describe is one sentence on what the behaviour of that name does; empty for an unknown name.
func Describe(name string) string { return behaviours[name].doc }

// text is the i-th argument, or otherwise where the rule has fewer.
func (r Rule) text(i int, otherwise string) string {
	if i < len(r.Args) {
		return r.Args[i]
	}
	return otherwise
}

func (r Rule) count(i, otherwise int) int {
	if i >= len(r.Args) {
		return otherwise
	}
	n, _ := parseCount(r.Args[i]) // checked by ParseProfile
	return n
}

func (r Rule) duration(i int, otherwise time.Duration) time.Duration {
	if i >= len(r.Args) {
		return otherwise
	}
	d, _ := time.ParseDuration(r.Args[i]) // checked by ParseProfile
	return d
}

func (r Rule) number(i int, otherwise float64) float64 {
	if i >= len(r.Args) {
		return otherwise
	}
	f, _ := strconv.ParseFloat(r.Args[i], 64) // checked by ParseProfile
	return f
}
