package far

import (
	"fmt"
	"os/exec"
	"strings"
	"time"

	"ctxcliff/harness/internal/process"
)

// programs are the names of the rpc-server; the second is that of newer builds.
var programs = []string{"rpc-server", "ggml-rpc-server"}

// findProgram finds the rpc-server; an empty name is one of those on PATH.
func findProgram(name string) (string, error) {
	if name != "" {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", fmt.Errorf("there is no program %s on its host; name the rpc-server with ?program=PATH", name)
		}
		return path, nil
	}
	for _, p := range programs {
		if path, err := exec.LookPath(p); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("neither %s is on the PATH that ssh gives on its host; name the program with ?program=PATH", strings.Join(programs, " nor "))
}

// cameIn is the address that ssh came in at: the third word of SSH_CONNECTION (ssh(1)).
func cameIn(connection string) string {
	words := strings.Fields(connection)
	if len(words) < 3 {
		return ""
	}
	return words[2]
}

// sweep ends what earlier helpers left behind: one that was cut off and has not noticed yet, and
// processes of killed ones. It returns a sentence for each.
func sweep(previous *Self, boot string) (ended []string) {
	if p := previous; p != nil && p.Boot == boot && boot != "" && process.Alive(p.PID, p.Start) {
		_ = process.RemoveStray(process.Stray{PID: p.PID, Start: p.Start})
		ended = append(ended, fmt.Sprintf("ended the helper %d, which was cut off", p.PID))
	}
	for deadline := time.Now().Add(sweepLimit); len(process.Strays()) > 0 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond) // their guards are at it
	}
	for _, s := range process.Strays() {
		what := fmt.Sprintf("pid %d (%s), left over from a helper that was killed", s.PID, s.Name)
		if err := process.RemoveStray(s); err != nil {
			ended = append(ended, fmt.Sprintf("cannot end %s: %v", what, err))
			continue
		}
		ended = append(ended, "ended "+what)
	}
	return ended
}

// sweepLimit is how long guards of killed helpers may take to end what they guard.
const sweepLimit = 2 * time.Second
