package faults

import (
	"regexp"
	"strings"
)

// Stream is where lines come from. Streams are combined with |.
type Stream uint8

// The streams.
const (
	UnknownStream Stream = 0
	ServerLog     Stream = 1 << iota // stdout and stderr of llama-server, and what its shell or service manager adds
	PeerLog                          // the same of an rpc-server
	KernelLines                      // /dev/kmsg, dmesg, journal
	Answers                          // error answers of the HTTP interface, as "HTTP error CODE TYPE: MESSAGE"
	logs          = ServerLog | PeerLog
	anywhere      = logs | KernelLines
)

// Level orders causes: the smallest wins, and within a level the earliest line.
type Level int

// The levels, after section 2.1 of the taxonomy.
const (
	UnknownLevel Level = 0
	Hardware     Level = 10 // memory and link errors: the machine is to blame
	KernelEvent  Level = 20 // the driver's own words
	Runtime      Level = 30 // the GPU runtime's fault line
	Resource     Level = 40 // allocation, API, BLAS and shader errors
	LastWords    Level = 50 // NaN report, assertion, abort, exception, heap check
	Hint         Level = 55 // last words that leave the place open
	WaitStatus   Level = 60 // signal or exit code, in whoever's words
	Symptom      Level = 70 // what a client of the dead process saw
	Survived     Level = 80 // the server answered with an error and lived
	Refusal      Level = 90 // a request was turned down for its size or form
	Harmless     Level = 100
)

// Rule recognises one kind of line. It is data: doc.go tells in four steps how to add one.
type Rule struct {
	Name    string // unique, in words joined by hyphens
	Class   string // label of the taxonomy; "" the line is a consequence of something else
	In      Stream // streams that it is looked for in
	Level   Level
	Pattern string // RE2, case-sensitive. Must contain a literal of at least three characters. Named groups fill Title

	// Title is for people. {name} stands for a group or a detail; <…> is left out when a {name}
	// inside it is empty. Key is what the signature keeps of it; "" the whole Title.
	Title, Key string
	Component  string   // file:line, library or driver, same form as Title; "" the process
	Follow     []string // names of details that the next lines may add

	Drop      bool   // no other rule sees this line
	Rest      bool   // looked for only in lines that no other rule finds anything in
	DropNext  string // a line that follows directly and contains this is dropped, too
	OnlyFirst bool   // a consequence, unless nothing else went wrong before
	Once      string // lines that match this later show that it was survived: the finding turns into benign.fallback
	WhenReady string // class when the server had been ready before; "" Class
	WhenDied  string // class when the process ended by itself with an error; "" Class
	WhenFits  string // class when the evidence says that each request fitted; "" Class
	WhenAsked string // class when a GPU was asked for; "" Class
	WhenLast  bool   // counts only among the last lines of a process that SIGKILL ended and nobody here sent it
	PerPhase  bool   // the line has no location: the phase is part of the signature
	Signal    string // it tells of a death by this signal, of whichever process of its host: see foreign

	Example string // a line that it finds
	Source  string // who prints it
}

// detail is a value that stands in a line after a finding's own.
type detail struct {
	name    string
	pattern string
	words   map[string]string // what to say for the value; nil: the value itself
	last    bool              // the last such line counts, not the first
	skip    map[string]bool   // values that say nothing
}

// watch is one compiled pattern and what it belongs to.
type watch struct {
	re     *regexp.Regexp
	rule   int // index into rules; -1
	detail int // index into details; -1
	echo   int // index into echoes; -1
	once   int // index into rules whose Once it is; -1
}

// fill puts vars into a template.
func fill(template string, vars map[string]string) string {
	var out strings.Builder
	for template != "" {
		open := strings.IndexByte(template, '<')
		if open < 0 {
			open = len(template)
		}
		text, _ := put(template[:open], vars)
		out.WriteString(text)
		template = template[open:]
		if end := strings.IndexByte(template, '>'); end > 0 {
			if text, complete := put(template[1:end], vars); complete {
				out.WriteString(text)
			}
			template = template[end+1:]
		} else {
			out.WriteString(template)
			break
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

func put(text string, vars map[string]string) (filled string, complete bool) {
	complete = true
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		out.WriteString(before)
		if !found {
			return out.String(), complete
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			out.WriteString("{" + rest)
			return out.String(), complete
		}
		complete = complete && vars[name] != ""
		out.WriteString(vars[name])
		text = after
	}
}
