package process

import (
	"fmt"
	"syscall"
	"time"
)

// Exit is how a command ended. The zero value means that nothing is known.
type Exit struct {
	// Code is the exit code when Signal is empty, else -1.
	Code int
	// Signal is the name of the signal that ended the command ("SIGABRT"),
	// empty when it ended by itself.
	Signal string
	// Core is true when the kernel says that it dumped core (or would have,
	// had the handler in core_pattern taken it).
	Core bool
	// Requested is true when Stop had been called, and its request carried out,
	// before the command ended. An exit that is not requested is the command's own doing.
	Requested bool
	// Killed is true when this package had sent SIGKILL before the command ended.
	// With Signal "SIGKILL" and Killed false, somebody else did, for
	// example the kernel when memory ran out.
	Killed bool
	// At is when the guard saw the end; zero when no end was seen.
	At time.Time
	// MaxRSS is the largest resident memory of the command in bytes; 0 when unknown.
	MaxRSS int64
	// Leftovers counts processes started by the command that were still there
	// after its end and were killed. Final when Done is closed.
	Leftovers int
	// LeftoverNames are the kernel's names of the first of them, in the order seen.
	LeftoverNames []string
	// Unkillable are the pids that were still there when the sweep was given up:
	// another user's, or held in the kernel. Empty nearly always.
	Unkillable []int
	// Stuck is true only in the result of a Stop that gave up waiting: SIGKILL was
	// sent and the command is still there, usually asleep inside a driver.
	Stuck bool
	// Launcher is true when this is the end of a launcher that ended before the program
	// that it ran, which was then ended as a leftover.
	Launcher bool
	// GuardLost is true when the guard died, so that how the command ended
	// could not be seen. Trouble of ours, never a finding about the command.
	GuardLost bool
}

// String is short and stable, fit for a table or a signature:
// "signal:SIGABRT", "code:1", "stuck", "lost", or "unknown" for the zero value.
func (e Exit) String() string {
	switch {
	case e.Stuck:
		return "stuck"
	case e.GuardLost:
		return "lost"
	case e.At.IsZero():
		return "unknown"
	case e.Signal != "":
		return "signal:" + e.Signal
	}
	return fmt.Sprintf("code:%d", e.Code)
}

// EffectiveSignal is the signal that ended the command, or, when a wrapper
// shell translated it into an exit code of 128+n, the signal n. In that case
// inferred is true: a program may also choose such a code for reasons of its own.
// The name is empty when neither is the case.
func (e Exit) EffectiveSignal() (name string, inferred bool) {
	if e.Signal != "" {
		return e.Signal, false
	}
	if e.Code > 128 && e.Code <= 128+64 {
		return signalName(syscall.Signal(e.Code - 128)), true
	}
	return "", false
}

// exitOf turns the guard's words into an Exit.
func exitOf(m message) Exit {
	e := Exit{
		Code: m.Code, Signal: m.Signal, Core: m.Core,
		Requested: m.Asked, Killed: m.Forced,
		At: time.Unix(0, m.At), MaxRSS: m.MaxRSS,
	}
	if e.Signal != "" {
		e.Code = -1
	}
	return e
}
