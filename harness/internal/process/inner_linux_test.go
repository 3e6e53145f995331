package process

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// launched starts a shell script as a launcher of "tail -f FILE" and returns the pid of that.
func launched(t *testing.T, script string) (*Process, int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	argv := []string{"/bin/sh", "-c", script, "launcher", "tail", "-f", file}
	p, err := Start(context.Background(), Spec{Argv: argv, Launcher: 4, Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop(context.Background(), 0) })
	var pid int
	eventually(t, func() bool {
		for _, d := range descendants(os.Getpid()) {
			if d.name == "tail" && Runs(d.pid, []string{"-f", file}) {
				pid = d.pid
			}
		}
		return pid != 0
	})
	return p, pid
}

// eventually fails the test unless it comes true.
func eventually(t *testing.T, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come true within ten seconds")
		}
	}
}

// recent is true for a kernel that says how a process ended that is no child: since 6.15.
func recent(t *testing.T) bool {
	b, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	var major, minor int
	_, err = fmt.Sscanf(string(b), "%d.%d", &major, &minor)
	return err == nil && (major > 6 || major == 6 && minor >= 15)
}

// TestInnerExit: what a launcher makes of its program's end is one thing, the end another.
func TestInnerExit(t *testing.T) {
	for script, outer := range map[string]string{
		`"$@"; exit 7`:                      "code:7",
		`"$@" & wait $!`:                    "code:139",
		`trap "" TERM; setsid "$@"; exit 0`: "code:0",
	} {
		p, pid := launched(t, script)
		i, err := Follow(pid)
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, syscall.SIGSEGV); err != nil {
			t.Fatal(err)
		}
		<-i.Ended()
		if e, told := i.Exit(); told && e.String() != "signal:SIGSEGV" || !told && recent(t) {
			t.Errorf("%s: the program ended with %s, told %v", script, e, told)
		}
		<-p.Done()
		if e, _ := p.Exit(); e.String() != outer {
			t.Errorf("%s ended with %s", script, e)
		}
		i.Close()
	}
}

// TestAdoption: a launcher that returns leaves the program in its place, and no other.
func TestAdoption(t *testing.T) {
	p, pid := launched(t, `setsid --fork "$@"`)
	eventually(t, func() bool { return p.PID() == pid })
	if !Alive(pid, p.StartTime()) {
		t.Error("the start time is not the program's")
	}
	if err := syscall.Kill(pid, syscall.SIGSEGV); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if e, _ := p.Exit(); e.String() != "signal:SIGSEGV" || e.Requested || e.Leftovers != 0 {
		t.Errorf("%+v", e)
	}
}

func TestAdoptedIsStopped(t *testing.T) {
	p, pid := launched(t, `setsid --fork "$@"`)
	eventually(t, func() bool { return p.PID() == pid })
	start := p.StartTime()
	if e := p.Stop(context.Background(), 10*time.Second); e.String() != "signal:SIGTERM" || !e.Requested || e.Killed {
		t.Errorf("%+v", e)
	}
	if Alive(pid, start) {
		t.Error("it is still there")
	}
}

// TestNotAdopted: a launcher that fails, or leaves another program behind, is what it is.
func TestNotAdopted(t *testing.T) {
	for script, want := range map[string]string{`"$@" & exit 3`: "code:3", `sleep 1000 & sleep 0.3; exit 0`: "code:0"} {
		p, err := Start(context.Background(), Spec{Argv: []string{"/bin/sh", "-c", script, "launcher", "/bin/sleep", "999"}, Launcher: 4, Name: "test"})
		if err != nil {
			t.Fatal(err)
		}
		<-p.Done()
		if e, _ := p.Exit(); e.String() != want {
			t.Errorf("%s: %s", script, e)
		}
	}
}

// TestEscapedAreAsked: a program that a launcher put into a session of its own is asked to end, too.
func TestEscapedAreAsked(t *testing.T) {
	p, pid := launched(t, `setsid --wait "$@"`)
	i, err := Follow(pid)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	if e := p.Stop(context.Background(), 10*time.Second); e.Killed {
		t.Errorf("%+v", e)
	}
	<-i.Ended()
	if e, told := i.Exit(); told && e.String() != "signal:SIGTERM" || !told && recent(t) {
		t.Errorf("the program ended with %s, told %v", e, told)
	}
}

func TestInnerEnd(t *testing.T) {
	_, pid := launched(t, `"$@"`)
	i, err := Follow(pid)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	if killed, gone := i.End(10 * time.Second); killed || !gone {
		t.Errorf("killed %v, gone %v", killed, gone)
	}
	if _, err := Follow(1 << 30); err == nil {
		t.Error("a process that cannot be was followed")
	}
}
