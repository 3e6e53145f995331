package far

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ctxcliff/harness/internal/process"
)

// maxSocket is how long the path of a socket may be (sun_path of unix(7), less what ssh adds while it
// makes one).
const maxSocket = 80

// socketDir makes a directory for a socket of ours. Its name says whose it is, for [SweepSockets].
func socketDir() (string, error) {
	start, _ := process.StartTimeOf(os.Getpid())
	name := fmt.Sprintf("%s%d-%d-", socketPrefix, os.Getpid(), start)
	var last error
	for _, base := range socketBases() {
		if len(base)+len(name)+20 > maxSocket {
			continue
		}
		dir, err := os.MkdirTemp(base, name) // mode 0700
		if err == nil {
			return dir, nil
		}
		last = err
	}
	return "", fmt.Errorf("make a directory for ssh's socket: %w; set XDG_RUNTIME_DIR or TMPDIR to one that may be written", last)
}

const socketPrefix = "ctxcliff-ssh-"

func socketBases() (bases []string) {
	for _, base := range []string{os.Getenv("XDG_RUNTIME_DIR"), os.TempDir(), "/tmp"} {
		if filepath.IsAbs(base) && !strings.Contains(base, `"`) {
			bases = append(bases, base)
		}
	}
	return bases
}

// SweepSockets removes directories of sockets that killed ctxcliffs left behind.
func SweepSockets() {
	for _, base := range socketBases() {
		left, _ := filepath.Glob(filepath.Join(base, socketPrefix+"*"))
		for _, dir := range left {
			var pid int
			var start uint64
			n, _ := fmt.Sscanf(strings.TrimPrefix(filepath.Base(dir), socketPrefix), "%d-%d-", &pid, &start)
			if n == 2 && start > 0 && !process.Alive(pid, start) {
				_ = os.RemoveAll(dir)
			}
		}
	}
}
