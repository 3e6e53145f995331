package harness

import (
	"fmt"

	"ctxcliff/harness/internal/far"
	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/trial"
)

// Sweep ends what an earlier ctxcliff left behind: processes that carry its mark while it and its
// guard are both gone (they were killed in the same instant). It returns a sentence for each. A
// process of somebody else carries no mark and is never touched.
func Sweep() []string {
	far.SweepSockets()
	var done []string
	for _, s := range process.Strays() {
		what := fmt.Sprintf("pid %d (%s), left over from a ctxcliff that was killed", s.PID, s.Name)
		if err := process.RemoveStray(s); err != nil {
			done = append(done, fmt.Sprintf("cannot end %s: %v", what, err))
		} else {
			done = append(done, "ended "+what)
		}
	}
	return done
}

// EndLeft ends what a start of a killed ctxcliff left running: the server and the peers that its record
// names by pid and start time, in the boot that it names. Behind a launcher that has somebody else start
// the server, these may carry no mark of ours and be below no guard. It returns a sentence for each.
func EndLeft(s trial.Start) []string {
	if now := bootID(); now == "" || now != s.BootID {
		return nil
	}
	left := []trial.Peer{{Name: "server", PID: s.PID, PIDStart: s.PIDStart}}
	var done []string
	for _, p := range append(left, s.Peers...) {
		if p.PID <= 0 || p.PIDStart == 0 || !process.Alive(p.PID, p.PIDStart) {
			continue
		}
		what := fmt.Sprintf("pid %d, the %s of start %d of a ctxcliff that was killed", p.PID, p.Name, s.N)
		if err := process.RemoveStray(process.Stray{PID: p.PID, Start: p.PIDStart}); err != nil {
			done = append(done, fmt.Sprintf("cannot end %s: %v", what, err))
		} else {
			done = append(done, "ended "+what)
		}
	}
	return done
}

// Gone reports whether the process that pid, start time and boot id name is gone: it ended, or the
// host was booted since. Where the system gives no start times, nobody can tell, and it is not.
func Gone(pid int, start uint64, boot string) (gone, rebooted bool) {
	now := bootID()
	switch {
	case boot != "" && now != "" && boot != now:
		return true, true
	case start == 0:
		return false, false
	}
	return !process.Alive(pid, start), false
}

// CheckPort refuses a port that somebody listens on, by name.
func CheckPort(port int) error { return server.CheckPort(port) }
