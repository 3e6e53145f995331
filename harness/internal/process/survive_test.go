//go:build linux

package process

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tree is a wrapper with a child that ignores TERM, a child in a session of its
// own, and a daemon (two forks and a setsid). Each says its number.
const tree = `trap '' HUP
sh -c 'trap "" TERM; echo stubborn $$; sleep 1000; sleep 1000' &
setsid sh -c 'echo session $$; sleep 1000; sleep 1000' &
( setsid sh -c 'echo daemon $$; exec sleep 1000' </dev/null 2>/dev/null & )
wait; sleep 1000`

func TestAGrandchildThatKeepsTheOutputOpenIsNotWaitedFor(t *testing.T) {
	began := time.Now()
	p := start(t, shell(`sleep 1000 & echo child $!; exit 3`))
	e := done(t, p)
	gone(t, number(t, p, "child"))
	if e.String() != "code:3" || e.Leftovers != 1 || len(e.LeftoverNames) != 1 || e.LeftoverNames[0] == "" {
		t.Errorf("got %v %+v", e, e)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestADaemonIsSweptAfterANormalExit(t *testing.T) {
	p := start(t, shell(`( setsid sh -c 'echo daemon $$; exec sleep 1000' & ) ; while ! [ -e "`+t.TempDir()+`/x" ]; do sleep 0.02; done`))
	daemon := number(t, p, "daemon")
	s, err := readStat(daemon)
	if err != nil || s.parent != guardOf(t, p) || s.group == p.PID() {
		t.Fatalf("it is no daemon: %+v (%v)", s, err)
	}
	_ = p.Signal(syscall.SIGKILL)
	e := done(t, p)
	if e.Leftovers < 1 || e.Killed || e.Requested || e.String() != "signal:SIGKILL" {
		t.Errorf("got %v %+v", e, e)
	}
	gone(t, daemon)
}

func TestStopRemovesTheWholeTree(t *testing.T) {
	p := start(t, shell(tree))
	pids := []int{number(t, p, "stubborn"), number(t, p, "session"), number(t, p, "daemon")}
	p.Stop(t.Context(), 50*time.Millisecond)
	for _, pid := range pids {
		if s, err := readStat(pid); err == nil && s.state != 'Z' {
			t.Errorf("still there when Stop returned: %+v", s)
		}
	}
}

func TestNothingSurvivesTheEndOfCtxcliff(t *testing.T) {
	for _, c := range []struct {
		name, end string
		sig       syscall.Signal
	}{
		{"kill -9", "wait", syscall.SIGKILL},
		{"Ctrl-C", "wait", syscall.SIGINT},
		{"terminal closed", "wait", syscall.SIGHUP},
		{"panic", "panic", 0},
		{"os.Exit", "exit", 0},
	} {
		t.Run(c.name, func(t *testing.T) { nothingSurvives(t, c.end, c.sig) })
	}
}

func nothingSurvives(t *testing.T, end string, sig syscall.Signal) {
	if sig != 0 && signal.Ignored(sig) {
		t.Skipf("whoever runs the tests has them ignore %v, as nohup does, and so does all that they start", sig)
	}
	argv := self(t, "owner", end, "/bin/sh", "-c", tree)
	owner := exec.Command(argv[0], argv[1:]...)
	owner.Env = append(os.Environ(), roleEnv+"=1")
	in, err := owner.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	pids := readPIDs(t, out, "pid", "stubborn", "session", "daemon")
	all := Descendants(owner.Process.Pid) // with the guard and every sleep
	if len(all) < len(pids)+2 {
		t.Fatalf("only %v below the owner", all)
	}
	if sig != 0 {
		_ = owner.Process.Signal(sig)
	} else {
		_, _ = io.WriteString(in, "end\n")
	}
	_ = owner.Wait()
	for _, pid := range append(all, pids...) {
		gone(t, pid)
	}
}

// readPIDs reads lines "<word> <pid>" until each word has been seen.
func readPIDs(t *testing.T, r io.Reader, words ...string) []int {
	t.Helper()
	seen := map[string]int{}
	lines := bufio.NewScanner(r)
	for len(seen) < len(words) && lines.Scan() {
		var word string
		var pid int
		if n, _ := fmt.Sscan(lines.Text(), &word, &pid); n == 2 {
			seen[word] = pid
		}
	}
	var pids []int
	for _, w := range words {
		if seen[w] == 0 {
			t.Fatalf("no pid of %q, only %v", w, seen)
		}
		pids = append(pids, seen[w])
	}
	return pids
}

func TestTheGuardIsDeafToSignalsThatAreMeantForCtxcliff(t *testing.T) {
	p := start(t, shell("echo ready 1; sleep 1000"))
	number(t, p, "ready")
	guard := guardOf(t, p)
	for _, sig := range ignored {
		_ = syscall.Kill(guard, sig)
	}
	if e := p.Stop(t.Context(), patience); e.String() != "signal:SIGTERM" || e.GuardLost {
		t.Errorf("got %v %+v", e, e)
	}
}

func TestTheGuardHasASessionAndANameOfItsOwn(t *testing.T) {
	p := start(t, shell("sleep 1000"))
	s, err := readStat(guardOf(t, p))
	if err != nil || s.name != "ctxcliff-guard" || s.group != s.pid {
		t.Errorf("got %+v (%v)", s, err)
	}
}

func TestAKilledGuardTakesEverythingWithIt(t *testing.T) {
	p := start(t, shell(tree))
	pids := []int{p.PID(), number(t, p, "stubborn"), number(t, p, "session"), number(t, p, "daemon")}
	_ = syscall.Kill(guardOf(t, p), syscall.SIGKILL)
	e := done(t, p)
	if !e.GuardLost || e.String() != "lost" || e.Requested {
		t.Errorf("got %v %+v", e, e)
	}
	for _, pid := range pids {
		if s, err := readStat(pid); err == nil && s.state != 'Z' {
			t.Errorf("still there when Done was closed: %+v", s)
		}
	}
	if e := p.Stop(t.Context(), time.Hour); e.String() != "lost" {
		t.Errorf("Stop afterwards: %v", e)
	}
}

func TestACrashingGuardLeavesItsTraceback(t *testing.T) {
	p := start(t, shell("sleep 1000"))
	_ = syscall.Kill(guardOf(t, p), syscall.SIGABRT)
	if e := done(t, p); !e.GuardLost {
		t.Errorf("got %v", e)
	}
	if err := p.Trouble(); err == nil || !strings.Contains(err.Error(), "SIGABRT") {
		t.Errorf("got %v", err)
	}
}

func TestOneLifelineDoesNotHoldAnother(t *testing.T) {
	first := start(t, shell("sleep 1000"))
	second := start(t, shell("sleep 1000"))
	first.keeper.(*guardKeeper).lifeline.Close()
	done(t, first)
	if _, ended := second.Exit(); ended {
		t.Error("the second ended with the first")
	}
}

func TestWhatOutlivesBothIsFoundAsAStray(t *testing.T) {
	argv := self(t, "owner", "wait", "/bin/sh", "-c", `sh -c 'echo child $$; sleep 1000; sleep 1000' & wait`)
	owner := exec.Command(argv[0], argv[1:]...)
	owner.Env = append(os.Environ(), roleEnv+"=1")
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	pids := readPIDs(t, out, "pid", "child")
	if found := strayPIDs(); found[pids[1]] {
		t.Error("a stray while its owner lives")
	}
	wrapper, err := readStat(pids[0])
	if err != nil {
		t.Fatal(err)
	}
	_ = syscall.Kill(wrapper.parent, syscall.SIGSTOP) // so that it cannot clean up in between
	_ = owner.Process.Kill()
	_ = syscall.Kill(wrapper.parent, syscall.SIGKILL)
	_ = owner.Wait()
	gone(t, pids[0])
	if !strayPIDs()[pids[1]] {
		t.Fatal("the grandchild is not found")
	}
	for _, s := range Strays() {
		if err := RemoveStray(s); err != nil {
			t.Error(err)
		}
	}
	gone(t, pids[1])
}

func strayPIDs() map[int]bool {
	found := map[int]bool{}
	for _, s := range Strays() {
		found[s.PID] = true
	}
	return found
}
