package process

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// The guard protocol: JSON, one value per line, in both directions.
//
// ctxcliff to guard, on the lifeline (file descriptor 3 of the guard):
//
//	{"do":"start","start":{...}}        first, exactly once
//	{"do":"signal","signal":"SIGUSR1"}  to the command itself; dropped once it has ended
//	{"do":"stop","grace_ms":3000}       SIGTERM to the group now, SIGKILL to all after grace
//	{"do":"kill"}                       SIGKILL to all, now
//
// The end of the lifeline, and a line that cannot be understood, mean "kill".
//
// Guard to ctxcliff, on status (file descriptor 4 of the guard):
//
//	{"is":"started","pid":71,"start":8123}     or else
//	{"is":"startfail","errno":2,"text":"..."}  the last message: the guard exits
//	{"is":"adopted","pid":72,"start":8125}     the launcher returned; this one is the command now
//	{"is":"exit","signal":"SIGABRT","core":true,"at":...}
//	{"is":"swept","killed":1,"names":["gdb"]}  the last message: the guard exits
//
// The end of status without "startfail" or "swept" means that the guard died.
// Lines on status that do not begin with "{" are the traceback of a crashing
// guard. Signals are names, because their numbers differ between systems.

// protocolVersion changes whenever an old guard could misunderstand a new
// ctxcliff. On one host both are the same program; on two hosts they may differ.
const protocolVersion = 2

// Verbs of a command and kinds of a message.
const (
	doStart  = "start"
	doSignal = "signal"
	doStop   = "stop"
	doKill   = "kill"

	isStarted   = "started"
	isStartFail = "startfail"
	isAdopted   = "adopted"
	isExit      = "exit"
	isSwept     = "swept"
)

// command is one line on the lifeline. Do is one of the do constants; the other
// fields are empty unless the verb uses them.
type command struct {
	Do      string  `json:"do"`
	Start   *launch `json:"start,omitempty"`
	Signal  string  `json:"signal,omitempty"`
	GraceMS int64   `json:"grace_ms,omitempty"`
}

// launch says what to start. The byte slices travel as base64, because file
// names and arguments need not be valid UTF-8.
type launch struct {
	Version int      `json:"version"`
	Path    []byte   `json:"path"`            // absolute
	Argv    [][]byte `json:"argv"`            // argv[0] as the user wrote it
	Inner   int      `json:"inner,omitempty"` // index in Argv of the program that a launcher runs; 0: there is none
	Env     [][]byte `json:"env"`
	Dir     []byte   `json:"dir"` // empty: the guard's own
}

// message is one line on status. Is is one of the is constants; the other
// fields are empty unless the kind uses them.
type message struct {
	Is string `json:"is"`

	PID   int    `json:"pid,omitempty"`
	Start uint64 `json:"start,omitempty"` // clock ticks after boot, see StartTimeOf

	Errno int    `json:"errno,omitempty"` // number on the guard's host
	Text  string `json:"text,omitempty"`

	Code   int    `json:"code,omitempty"`
	Signal string `json:"signal,omitempty"` // empty: ended with Code
	Core   bool   `json:"core,omitempty"`
	Asked  bool   `json:"asked,omitempty"`   // a stop or kill came before the end
	Forced bool   `json:"forced,omitempty"`  // the guard had sent SIGKILL before the end
	At     int64  `json:"at,omitempty"`      // Unix time in nanoseconds, guard's clock
	MaxRSS int64  `json:"max_rss,omitempty"` // bytes; 0: unknown

	Killed int      `json:"killed,omitempty"` // processes removed after the command had ended
	Names  []string `json:"names,omitempty"`  // their names, the first few
	Left   []int    `json:"left,omitempty"`   // pids that could not be removed
}

// writeLine writes v as one line with one write, so that lines never mix.
func writeLine(w io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode guard protocol: %w", err)
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

// readCommand reads the next command; io.EOF at the end of the lifeline.
func readCommand(r *bufio.Reader) (command, error) {
	var c command
	line, err := r.ReadBytes('\n')
	if err != nil {
		return c, err
	}
	err = json.Unmarshal(line, &c)
	return c, err
}

// readMessage reads the next message. Lines that are no message are handed to
// noise, without their line end; io.EOF at the end of status.
func readMessage(r *bufio.Reader, noise func([]byte)) (message, error) {
	for {
		line, err := r.ReadBytes('\n')
		var m message
		if err == nil && line[0] == '{' && json.Unmarshal(line, &m) == nil {
			return m, nil
		}
		if n := len(line); n > 0 && line[n-1] == '\n' {
			line = line[:n-1]
		}
		if len(line) > 0 {
			noise(line)
		}
		if err != nil {
			return m, err
		}
	}
}
