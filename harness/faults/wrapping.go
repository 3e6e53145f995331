package faults

import (
	"bytes"
	"encoding/json"
	"regexp"
)

// speaker is who wrote a line of a journal, a container or a program's own log, as it stands behind the time.
const speaker = `(?:std(?:out|err) [FP] |[\w.-]+ (?:kernel|[\w.@/()-]+\[\d+\]): |[\w.-]+ [\w.-]+ (?:\d+|-) \S+ - |- [\w.]+ - [A-Z]+ - |[\w.-]+ +\| )?`

// wrapping is what others put before a line, one after the other: those who cite it, and journals, container
// engines, terminals, service managers and programs that run the server.
var wrapping = []*regexp.Regexp{
	regexp.MustCompile(`^(?:> ?)+`),              // who cites in Markdown or mail
	regexp.MustCompile(`^\s*(?:MESSAGE=|\d+\t)`), // journalctl -o verbose; cat -n
	regexp.MustCompile(`^\s*<\d{1,3}>(?:1 )?`),   // the priority of syslog
	// A time in one of many forms, and who spoke then: a host and a program with its number, or the kernel; a
	// stream of a container; a logger of Python; a service of foreman.
	regexp.MustCompile(`^\s*\[?(?:[A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?|\d\d:\d\d:\d\d|\d{10}\.\d{6})(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]? ` + speaker),
	regexp.MustCompile(`^[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [A-Z]{3,5} ` + speaker), // journalctl -o short-full
	regexp.MustCompile(`^\[ *\d+\.\d{6}\] [\w.-]+ (?:kernel|[\w.@/()-]+\[\d+\]): `),                     // journalctl -o short-monotonic
	regexp.MustCompile(`^(?:\d+\|)?[\w.-]{1,40} +\| `),                                                  // docker compose, pm2
	regexp.MustCompile(`^\[pod/[^\]\s]+\] `),                                                            // kubectl logs --prefix
	regexp.MustCompile(`^\[[A-Za-z]{4,7}\] (?:\([A-Za-z]+\)|<[^<>]{1,80}>) `),                           // "[Info] (Process) " of lemonade, "[WARN] <model> " of llama-swap
	regexp.MustCompile(`^(?:\[[\w-]+ |\d+:\d\d[AP]M [A-Z]{3} (?:GRPC\([^)]*\): )?)std(?:out|err)\]? `),  // Jan, LocalAI
	regexp.MustCompile(`^\[[\w]+(?:-[\w]+)+\] `),                                                        // "[node-llama-cpp] "
	regexp.MustCompile(`^\[\d{1,5}\] |^cmd_child_to_router:\w+:`),                                       // the router, of its children
	regexp.MustCompile(`^\d{1,7}:`),                                                                     // grep -n
}

// mostWrappings bounds how many layers are taken off.
const mostWrappings = 4

// unwrapped takes off what others than the logger itself put before a line.
func unwrapped(line []byte) []byte {
	line = fromJSON(line)
	for range mostWrappings {
		length := wrapped(line)
		if length == 0 {
			break
		}
		line = line[length:]
	}
	return line
}

// wrapped is the length of the outermost wrapping; 0 there is none.
func wrapped(line []byte) int {
	if len(line) == 0 || stamp(line) > 0 {
		return 0
	}
	for _, w := range wrapping {
		if length := len(w.Find(line)); length > 0 {
			return length
		}
	}
	return 0
}

// fromJSON takes a line out of the file that a container engine keeps it in, {"log":"line\n","stream":"stderr"…}.
func fromJSON(line []byte) []byte {
	var kept struct {
		Log *string `json:"log"`
	}
	if !bytes.HasPrefix(line, []byte(`{"log":"`)) || json.Unmarshal(line, &kept) != nil || kept.Log == nil {
		return line
	}
	return visible(bytes.TrimRight([]byte(*kept.Log), "\r\n"))
}
