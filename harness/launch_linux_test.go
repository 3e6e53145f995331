package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ctxcliff/harness/fartest"
	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/provision"
	"ctxcliff/harness/provision/provisiontest"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
)

// launchers are what a server is run through, by what they do.
func launchers(t *testing.T) map[string][]string {
	own := func(script string) []string {
		path := filepath.Join(t.TempDir(), "launcher")
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return []string{path}
	}
	all := map[string][]string{
		"execs":                     {"env", "LAUNCHED=a b", "nice", "-n", "5"},
		"a new session":             {"setsid", "--wait"},
		"returns at once":           {"setsid", "--fork"},
		"stays and keeps the code":  own(`"$@" || exit 7`),
		"swallows signals":          own(`trap "" TERM INT HUP; setsid "$@" & wait $!`),
		"leaves it in background":   own(`setsid "$@" & exit 0`),
		"has somebody else do it":   engine(t),
		"passes its own words":      own(`echo "GGML_ASSERT(launcher) is not a word of the server" >/dev/null; "$@"`),
		"with words before options": {"env", "-u", "NOSUCH", "--", "env"},
	}
	for name, argv := range map[string][]string{
		"namespaces": {"unshare", "--fork", "--pid", "--kill-child"}, "bwrap": {"bwrap", "--dev-bind", "/", "/"},
		"a scope": {"systemd-run", "--user", "--scope", "--quiet"}, "podman": {"podman", "run", "--rm", "--network", "host", "--pid", "host", "--rootfs", "/"},
		"ssh to this machine": {"ssh", "-F", fartest.Loopback(t).Config, "-o", "BatchMode=yes", "far1"},
	} {
		if exec.Command(argv[0], append(argv[1:], "true")...).Run() == nil {
			all[name] = argv
		} else {
			out, _ := exec.Command(argv[0], append(argv[1:], "true")...).CombinedOutput()
			t.Logf("%s: %s does not work here, and is left out: %s", name, argv[0], out)
		}
	}
	return all
}

// engine is a launcher that asks a process of its own, which was there before, to run the program, as
// clients of container engines do.
func engine(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "requests"), 0o600); err != nil {
		t.Fatal(err)
	}
	daemon := exec.Command("/bin/sh", "-c", `cd "$1"; exec 3<>requests
while read -r id <&3; do [ "$id" = end ] && break
( set --; while IFS= read -r a; do set -- "$@" "$a"; done < $id.args; "$@" > $id.out 2>&1; echo $? > $id.code.new; mv $id.code.new $id.code; echo 1<> $id.end ) &
done; wait`, "engine", dir)
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f, err := os.OpenFile(filepath.Join(dir, "requests"), os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.WriteString("end\n")
		f.Close()
		stuck := time.AfterFunc(5*time.Second, func() {
			for _, pid := range append(process.Descendants(daemon.Process.Pid), daemon.Process.Pid) {
				t.Errorf("pid %d outlives its launcher", pid)
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		})
		defer stuck.Stop()
		_ = daemon.Wait()
	})
	client := filepath.Join(dir, "client")
	if err := os.WriteFile(client, []byte(`#!/bin/sh
cd `+dir+`; id=$$
for a in "$@"; do printf '%s\n' "$a"; done > $id.args
mkfifo $id.end; : > $id.out
exec 4<>$id.end
echo $id > requests
tail -n +1 -f $id.out & tail=$!
read -r _ <&4
sleep 0.1; kill $tail
exit $(cat $id.code)
`), 0o755); err != nil {
		t.Fatal(err)
	}
	return []string{client}
}

func launchedLab(t *testing.T, launcher []string) *Lab {
	t.Helper()
	return survey(t, plan.Target{
		Server: provisiontest.Server(t), Model: tiny(t, tinymodel.Llama), Launch: launcher, Env: []string{"GGML_NO_BACKTRACE=1"},
		Topology: plan.Topology{Peers: []string{plan.LocalPeer}, Program: provisiontest.RPCServer(t)},
	})
}

// TestLaunchers: whatever a launcher does, the server and its peer behind it are known by their pids,
// end when they are asked to, and their deaths are their own.
func TestLaunchers(t *testing.T) {
	for name, launcher := range launchers(t) {
		t.Run(name, func(t *testing.T) { // not at once with others: the kernel's word on another test's server is taken for one on these
			if slices.Contains([]string{"namespaces", "swallows signals", "with words before options", "passes its own words"}, name) && !*long {
				t.Skip("only with -long")
			}
			s, recorded, heard := matrix{ps: 40000, tokens: []int{1000, 39000}, serverArgs: oneThread}.screen(t, launchedLab(t, launcher))
			signal, exit, class := syscall.SIGSEGV, "signal:SIGSEGV", "crash.segv"
			if name == "namespaces" { // the first process of one takes no other signal from outside
				signal, exit, class = syscall.SIGKILL, "signal:SIGKILL", "unknown"
			}
			var starts []trial.Start
			heard.on = func(e trial.Event) {
				switch e := e.(type) {
				case trial.Ready:
					starts = append(starts, e.Start)
				case trial.Progress:
					if e.Total == 39000 && e.Processed >= 4000 {
						_ = syscall.Kill(starts[len(starts)-1].PID, signal)
					}
				}
			}
			if err := run(t, context.Background(), s); err != nil {
				t.Fatal(err)
			}
			recorded.lawful(t)
			if got := outcomes(recorded.attempts); got != "pass crash" {
				t.Fatalf("%s: %q, %q", got, recorded.attempts[0].Reason, recorded.attempts[len(recorded.attempts)-1].Reason)
			}
			for i, start := range starts {
				if _, name := process.HostPID(start.PID); process.Alive(start.PID, start.PIDStart) || start.PIDStart == 0 {
					t.Errorf("start %d: pid %d (%s) is still there", i+1, start.PID, name)
				}
				for _, p := range start.Peers {
					if process.Alive(p.PID, p.PIDStart) || p.PIDStart == 0 {
						t.Errorf("start %d: %s, pid %d, is still there", i+1, p.Name, p.PID)
					}
				}
			}
			first, second, a := recorded.starts[0], recorded.starts[1], recorded.attempts[1]
			if first.Exit != "code:0" || !first.Requested {
				t.Errorf("the first server ended with %s, asked %v", first.Exit, first.Requested)
			}
			if !endsAreTold() { // then some launchers' exit codes are all there is
				return
			}
			if second.Exit != exit || a.Fault == nil || a.Fault.Class != class || a.Fault.FirstDeath != "server" || strings.Contains(a.Fault.Title, "wrapper") {
				t.Errorf("the second server ended with %s: %+v", second.Exit, a.Fault)
			}
			if took := first.Ended.Sub(recorded.attempts[0].Began); took > 10*time.Second {
				t.Errorf("the first start took %v", took)
			}
			if argv := strings.Join(first.Argv, " "); !strings.HasPrefix(argv, strings.Join(launcher, " ")+" ") {
				t.Errorf("argv %s", argv)
			}
		})
	}
}

// TestALauncherThatReturns and has somebody else start the server cannot be used, and nothing of it is
// left: the engine's end says so.
func TestALauncherThatReturns(t *testing.T) {
	dir := filepath.Dir(engine(t)[0])
	path := filepath.Join(t.TempDir(), "launcher")
	if err := os.WriteFile(path, []byte("#!/bin/sh\ncase \" $* \" in *\" --port \"*) cd "+dir+`; for a in "$@"; do printf '%s\n' "$a"; done > detached.args; mkfifo detached.end; echo detached > requests; exit 0;; *) exec "$@";; esac`+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	lab := survey(t, plan.Target{Server: provisiontest.Server(t), Model: tiny(t, tinymodel.Llama), Launch: []string{path}})
	s, recorded, _ := matrix{serverArgs: oneThread}.screen(t, lab)
	err := run(t, context.Background(), s)
	recorded.lawful(t)
	a := recorded.attempts[0]
	if err != nil && (!strings.Contains(err.Error(), "use a launcher that stays") || a.Reason != err.Error()) || // it was gone before the server was ready
		err == nil && !strings.Contains(a.Reason, "a launcher must stay") || a.Outcome != trial.Infra {
		t.Errorf("%v: %v %q", err, a.Outcome, a.Reason)
	}
}

// TestWhatAKilledRunLeft is ended by the pids that it recorded, and nobody else is: a number that
// belongs to another process by now, or was given in another boot.
func TestWhatAKilledRunLeft(t *testing.T) {
	sleeper := func() (pid int, start uint64, ended func() bool) {
		c := exec.Command("sleep", "1000")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { _ = c.Wait(); close(done) }()
		t.Cleanup(func() { _ = c.Process.Kill(); <-done })
		began, err := process.StartTimeOf(c.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		return c.Process.Pid, began, func() bool {
			select {
			case <-done:
				return true
			case <-time.After(100 * time.Millisecond):
				return false
			}
		}
	}
	server, serverStart, serverEnded := sleeper()
	peer, peerStart, peerEnded := sleeper()
	other, otherStart, otherEnded := sleeper()
	start := trial.Start{N: 3, BootID: bootID(), PID: server, PIDStart: serverStart, Peers: []trial.Peer{
		{Name: "rpc1", PID: peer, PIDStart: peerStart}, {Name: "rpc2", PID: other, PIDStart: otherStart - 1}, {Name: "rpc3", Endpoint: "bee:50052"},
	}}
	before := start
	before.BootID = "another"
	if lines := EndLeft(before); lines != nil || serverEnded() {
		t.Errorf("of another boot: %q", lines)
	}
	if lines := EndLeft(start); len(lines) != 2 || !serverEnded() || !peerEnded() || otherEnded() {
		t.Errorf("%q", lines)
	}
	if lines := EndLeft(start); lines != nil {
		t.Errorf("again: %q", lines)
	}
}

// endsAreTold reports whether this kernel says how a process ended that is no child: since 6.15.
func endsAreTold() bool {
	var major, minor int
	_, err := fmt.Sscanf(readText("/proc/sys/kernel/osrelease"), "%d.%d", &major, &minor)
	return err == nil && (major > 6 || major == 6 && minor >= 15)
}

// TestALauncherThatEndsFirst is trouble of the lab: nobody knows what the server would have done.
func TestALauncherThatEndsFirst(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	path := filepath.Join(t.TempDir(), "launcher")
	if err := os.WriteFile(path, []byte("#!/bin/sh\ncase \" $* \" in *\" --port \"*) echo $$ > "+pid+`; "$@" & wait;; *) exec "$@";; esac`+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	lab := survey(t, plan.Target{Server: provisiontest.Server(t), Model: tiny(t, tinymodel.Llama), Launch: []string{path}})
	s, recorded, heard := matrix{ps: 40000, tokens: []int{39000}, serverArgs: oneThread}.screen(t, lab)
	var ready trial.Start
	heard.on = func(e trial.Event) {
		switch e := e.(type) {
		case trial.Ready:
			ready = e.Start
		case trial.Progress:
			if e.Processed >= 4000 {
				n, _ := strconv.Atoi(strings.TrimSpace(readText(pid)))
				_ = syscall.Kill(n, syscall.SIGHUP)
			}
		}
	}
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	if a := recorded.attempts[0]; a.Outcome != trial.Infra || !strings.Contains(a.Reason, "the launcher of the server ended with signal:SIGHUP before it") {
		t.Errorf("%v: %q", a.Outcome, a.Reason)
	}
	if process.Alive(ready.PID, ready.PIDStart) {
		t.Error("the server is still there")
	}
}

// TestALauncherToAnotherMachine is refused before anything is started: what it starts could be neither reached nor
// watched nor ended. One that does not tell where it leads is taken to stay here.
func TestALauncherToAnotherMachine(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		away   bool
	}{
		"another":     {`[ "$1" = cat ] && { echo 00000000-1111-2222-3333-444444444444; exit; }; exec "$@"`, true},
		"this":        {`exec "$@"`, false},
		"not telling": {`[ "$1" = cat ] && exit 1; exec "$@"`, false},
	} {
		path := filepath.Join(t.TempDir(), "ssh")
		if err := os.WriteFile(path, []byte("#!/bin/sh\nshift\n"+c.script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		target := plan.Target{Server: provisiontest.Server(t), Model: tiny(t, tinymodel.Llama), Launch: []string{path, "host"}}
		_, err := Survey(t.Context(), target)
		var away *AwayError
		if errors.As(err, &away) != c.away || err != nil && !c.away {
			t.Errorf("%s: %v", name, err)
		}
		if c.away {
			finds(t, examined(t, target), provision.Blocker, "runs programs on another machine")
		}
	}
}
