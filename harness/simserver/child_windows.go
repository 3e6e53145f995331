package simserver

import (
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// helper: nothing is left behind here.
func helper([]string) (code int, ok bool) { return 0, false }

// kernel says that there is no kernel log that could be imitated.
func (s *Server) kernel(string, time.Duration) {
	s.log.bare("W", "simulated server: kernel is not imitated on Windows")
}

// grandchild says that processes outlive their parents by other rules here.
func (s *Server) grandchild(time.Duration, bool) {
	s.log.bare("W", "simulated server: grandchild is not imitated on Windows")
}

// dieForReal ends this process. There are no signals; the exit code is that which a C runtime gives.
func dieForReal(d Death) {
	if d.Signal != 0 {
		os.Exit(128 + int(d.Signal))
	}
	os.Exit(d.Code)
}

// lockFile waits until this process alone holds the file.
func lockFile(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &windows.Overlapped{Offset: 1 << 30})
}
