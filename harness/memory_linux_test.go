package harness

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// limitedGroup is the directory of a control group with that memory limit, or skips where none can be
// made.
func limitedGroup(t testing.TB, bytes int) string {
	t.Helper()
	parent := memoryGroup(t)
	dir := filepath.Join(parent, fmt.Sprintf("ctxcliff-harness-test-%d", os.Getpid()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skip("may not make a control group here:", err)
	}
	t.Cleanup(func() {
		if err := os.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	limitTo(t, dir, bytes)
	return dir
}

func limitTo(t testing.TB, dir string, bytes int) {
	t.Helper()
	for _, file := range []string{"memory.max", "memory.limit_in_bytes"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			continue
		}
		// The old interface refuses a limit below what cannot be reclaimed; then any growth is fatal.
		for ; bytes < 1<<30; bytes += 4 << 20 {
			if os.WriteFile(filepath.Join(dir, file), []byte(strconv.Itoa(bytes)), 0o644) == nil {
				return
			}
		}
	}
	t.Log("the limit could not be lowered")
}

func memoryGroup(t testing.TB) string {
	t.Helper()
	for line := range strings.Lines(readText("/proc/self/cgroup")) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case len(f) == 3 && f[1] == "memory":
			return filepath.Join("/sys/fs/cgroup/memory", f[2])
		case len(f) == 3 && f[0] == "0" && f[1] == "":
			if _, err := os.Stat(filepath.Join("/sys/fs/cgroup", f[2], "memory.max")); err == nil {
				return filepath.Join("/sys/fs/cgroup", f[2])
			}
		}
	}
	t.Skip("no control group counts memory here")
	return ""
}
