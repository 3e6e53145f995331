//go:build linux

package process

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestExitCodesAreReportedAsTheyAre(t *testing.T) {
	for _, code := range []string{"0", "1", "37", "99", "255"} {
		before := time.Now().Add(-time.Second)
		e := done(t, start(t, roleSpec(t, "exit", code)))
		if e.String() != "code:"+code || e.Requested || e.Killed || e.GuardLost || e.Leftovers != 0 {
			t.Errorf("exit %s: got %+v", code, e)
		}
		if e.At.Before(before) || e.At.After(time.Now()) {
			t.Errorf("exit %s: At is %v", code, e.At)
		}
		if e.MaxRSS < 1<<19 {
			t.Errorf("exit %s: MaxRSS is %d", code, e.MaxRSS)
		}
	}
}

func TestEachFatalSignalIsReportedByName(t *testing.T) {
	for _, sig := range []string{"HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL",
		"USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "XCPU", "SYS"} {
		e := done(t, start(t, shell("ulimit -c 0; kill -"+sig+" $$; sleep 100")))
		if e.String() != "signal:SIG"+sig || e.Code != -1 || e.Requested || e.Killed {
			t.Errorf("SIG%s: got %v %+v", sig, e, e)
		}
	}
}

func TestARealTimeSignalHasANumberForAName(t *testing.T) {
	p := start(t, shell("echo ready 1; sleep 100"))
	number(t, p, "ready")
	if err := p.Signal(syscall.Signal(40)); err != nil {
		t.Fatal(err)
	}
	if e := done(t, p); e.String() != "signal:SIG40" {
		t.Errorf("got %v", e)
	}
}

func TestAShellWrapperHidesTheSignalAndItIsInferred(t *testing.T) {
	// The wrapper does not exec, so it reports 128+9 for its child's SIGKILL.
	e := done(t, start(t, shell("sh -c 'kill -KILL $$'; exit $?")))
	if e.String() != "code:137" {
		t.Fatalf("got %v", e)
	}
	if name, inferred := e.EffectiveSignal(); name != "SIGKILL" || !inferred {
		t.Errorf("got %q, inferred %v", name, inferred)
	}
}

func TestEffectiveSignal(t *testing.T) {
	for _, c := range []struct {
		e        Exit
		name     string
		inferred bool
	}{
		{Exit{Code: -1, Signal: "SIGABRT"}, "SIGABRT", false},
		{Exit{Code: 134}, "SIGABRT", true},
		{Exit{Code: 139}, "SIGSEGV", true},
		{Exit{Code: 128}, "", false},
		{Exit{Code: 1}, "", false},
		{Exit{Code: 255}, "", false},
	} {
		if name, inferred := c.e.EffectiveSignal(); name != c.name || inferred != c.inferred {
			t.Errorf("%+v: got %q, %v", c.e, name, inferred)
		}
	}
}

func TestTheZeroExitIsUnknown(t *testing.T) {
	if s := (Exit{}).String(); s != "unknown" {
		t.Errorf("got %q", s)
	}
}

func TestACoreDumpIsNoted(t *testing.T) {
	s := shell("ulimit -c unlimited && echo may 1 || echo may 0; kill -SEGV $$")
	s.Dir = t.TempDir()
	p := start(t, s)
	may := number(t, p, "may")
	pattern, _ := os.ReadFile("/proc/sys/kernel/core_pattern")
	e := done(t, p)
	if strings.TrimSpace(string(pattern)) == "core" && may == 1 && !e.Core {
		t.Errorf("a core was dumped and not noted: %+v", e)
	}
	if e.String() != "signal:SIGSEGV" {
		t.Errorf("got %v", e)
	}
}

func TestWhatCannotBeStartedIsExplained(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	elf := "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00\xff\x7f" + strings.Repeat("\x00", 60)
	for _, c := range []struct {
		name, path, dir, want string
		is                    error
	}{
		{"missing", dir + "/none", "", "no such file", os.ErrNotExist},
		{"not in PATH", "no-such-program-here", "", "no such program in PATH", nil},
		{"directory", dir, "", "it is a directory, not a program", syscall.EACCES},
		{"not executable", file("plain", "#!/bin/sh\n", 0o644), "", "it is not executable; chmod +x", syscall.EACCES},
		{"no shebang", file("text", "echo hello\n", 0o755), "", "text file without a #! line", syscall.ENOEXEC},
		{"empty", file("empty", "", 0o755), "", "the file is empty", syscall.ENOEXEC},
		{"interpreter missing", file("interp", "#!/no/such/sh -e\n", 0o755), "", `asks for "/no/such/sh", which does not exist`, os.ErrNotExist},
		{"other machine", file("elf", elf, 0o755), "", "another kind of machine", syscall.ENOEXEC},
		{"missing directory", "/bin/sh", dir + "/nowhere", "working directory " + dir + "/nowhere cannot be used", os.ErrNotExist},
		{"file as directory", "/bin/sh", file("f", "", 0o644), "is not a directory", syscall.ENOTDIR},
		{"parent is a file", dir + "/text/x", "", "not a directory", syscall.ENOTDIR},
		{"nothing", "", "", "no program was named", nil},
		{"zero byte", "/bin/s\x00h", "", "contains a zero byte", nil},
	} {
		p, err := Start(context.Background(), Spec{Name: "server", Argv: []string{c.path}, Dir: c.dir})
		if err == nil {
			p.Stop(context.Background(), 0)
			t.Errorf("%s: started", c.name)
			continue
		}
		var se *StartError
		if !errors.As(err, &se) || !strings.HasPrefix(err.Error(), "cannot start server: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if strings.Contains(err.Error(), "\n") || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: %q is not %v", c.name, err, c.is)
		}
	}
}

func TestArgumentsAndEnvironmentArriveByteForByte(t *testing.T) {
	s := shell(`printf '%s|%s|%s' "$1" "$ODD" "$PWD"`)
	s.Argv = append(s.Argv, "sh", "a b\xff\n'\"$(x)")
	s.Env = []string{"ODD=first", "ODD=v\xfe", "PATH=/usr/bin:/bin", guardEnv + "=1"}
	s.Dir = t.TempDir()
	s.LogFile = filepath.Join(t.TempDir(), "log")
	done(t, start(t, s))
	got, err := os.ReadFile(s.LogFile)
	if want := "a b\xff\n'\"$(x)|v\xfe|" + s.Dir; err != nil || string(got) != want {
		t.Errorf("got %q, want %q (%v)", got, want, err)
	}
}

func TestTheCommandSeesNothingOfTheGuard(t *testing.T) {
	spare, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer spare.Close()
	fd, err := syscall.Dup(int(spare.Fd())) // inherited by every child, like a shell's own
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	start(t, shell("sleep 100")) // a sibling, whose lifeline must not be inherited
	p := start(t, shell(`for f in /proc/$$/fd/*; do [ -L $f ] && echo fd ${f##*/}; done; env`))
	done(t, p)
	fds := 0
	for _, l := range p.Tail() {
		if strings.HasPrefix(l.Text, "fd ") {
			fds++
		}
		if strings.HasPrefix(l.Text, guardEnv) {
			t.Errorf("environment has %q", l.Text)
		}
	}
	if fds != 3 {
		t.Errorf("%d open files instead of 3: %v", fds, p.Tail()[:fds])
	}
}

func TestStartInsistsOnGuard(t *testing.T) {
	guardCalled.Store(false)
	defer guardCalled.Store(true)
	if _, err := Start(context.Background(), shell("true")); !errors.Is(err, errNoGuard) {
		t.Errorf("got %v", err)
	}
}
