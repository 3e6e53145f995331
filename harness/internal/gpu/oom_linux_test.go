package gpu

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"strconv"
	"syscall"
	"testing"
)

// TestARealOutOfMemoryKillIsCounted makes a control group of 64 MiB and a process in it that wants more.
func TestARealOutOfMemoryKillIsCounted(t *testing.T) {
	own, err := FindCgroup(0)
	if err != nil {
		t.Skip(err)
	}
	dir := path.Join("/", own.dir, "ctxcliff-test-"+strconv.Itoa(os.Getpid()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skip("may not make a control group here:", err)
	}
	t.Cleanup(func() {
		if err := os.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	limit, swap := "memory.max", "memory.swap.max"
	if own.Version == 1 {
		limit, swap = "memory.limit_in_bytes", "memory.memsw.limit_in_bytes"
	}
	if err := os.WriteFile(path.Join(dir, limit), []byte("67108864"), 0o644); err != nil {
		t.Skip("may not limit memory here:", err)
	}
	none := map[int]string{1: "67108864", 2: "0"}[own.Version]
	_ = os.WriteFile(path.Join(dir, swap), []byte(none), 0o644) // not there without swap

	cmd := exec.Command(self(t))
	cmd.Env = append(os.Environ(), roleEnv+"=eat memory")
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	if err := os.WriteFile(path.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(cmd.Process.Pid)), 0o644); err != nil {
		t.Skip("may not move a process here:", err)
	}
	g, err := FindCgroup(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	before, killsBefore := g.Read(), kills(t)
	if before.OOMKill == nil || *before.OOMKill != 0 || before.Max == nil || *before.Max != 64<<20 || before.Unlimited {
		t.Fatalf("%s of %s, missing %q", show(before.OOMKill), show(before.Max), before.Missing)
	}
	_ = stdin.Close() // go
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatal(err)
	}
	after := g.Read()
	if after.OOMKill == nil || *after.OOMKill != 1 {
		t.Errorf("kills counted: %s, missing %q", show(after.OOMKill), after.Missing)
	}
	if after.Peak == nil || *after.Peak < 32<<20 || *after.Peak > 65<<20 { // one page above the limit was seen
		t.Errorf("peak: %s, missing %q", show(after.Peak), after.Missing)
	}
	if now := kills(t); now <= killsBefore {
		t.Errorf("the machine's count stays at %d", now)
	}
}

func kills(t *testing.T) uint64 {
	t.Helper()
	n, err := OOMKills()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// eat waits for the end of stdin and then uses 512 MiB.
func eat() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	b := make([]byte, 512<<20)
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
	fmt.Println("ate", len(b))
}
