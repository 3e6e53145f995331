//go:build linux

package far

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ctxcliff/harness/fartest"
	"ctxcliff/harness/internal/peer"
	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/provision/provisiontest"
)

// holdEnv makes the test binary a near side that starts a peer and waits.
const holdEnv = "FAR_TEST_HOLD"

func TestMain(m *testing.M) {
	process.Guard()
	if len(os.Args) > 1 && os.Args[1] == Command {
		os.Exit(Main())
	}
	if config := os.Getenv(holdEnv); config != "" {
		os.Exit(hold(config, os.Args[1]))
	}
	flag.Parse()
	code := m.Run()
	if left := process.Descendants(os.Getpid()); len(left) > 0 {
		fmt.Fprintln(os.Stderr, "processes left behind after all tests:", left)
		code = 1
	}
	os.Exit(code)
}

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// target is the host, and quick is how soon its silence counts.
func target(h *fartest.Host) Target { return Target{Host: h.Name, Config: h.Config} }

const quick = 2 * time.Second

// open links to a host, and closes the link before its sshd goes.
func open(t testing.TB, h *fartest.Host) *Host {
	t.Helper()
	link, err := Open(within(t), target(h), Options{Silence: quick})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(link.Close)
	return link
}

// script is an executable shell script; $4 is the port that it is told.
func scriptFile(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rpc-server")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// gone fails unless all of them end soon.
func gone(t testing.TB, tree map[int]uint64) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		for pid, start := range tree {
			if !process.Alive(pid, start) {
				delete(tree, pid)
			}
		}
		if len(tree) == 0 {
			return
		}
		if time.Now().After(deadline) {
			for pid := range tree {
				b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
				t.Errorf("still alive: %d %q", pid, b)
			}
			return
		}
	}
}

func await(t testing.TB, what <-chan struct{}, name string) {
	t.Helper()
	select {
	case <-what:
	case <-time.After(20 * time.Second):
		t.Fatalf("%s did not come", name)
	}
}

// TestAPeerOnAnotherHost lives, is watched, and ends with the signal that ended it.
func TestAPeerOnAnotherHost(t *testing.T) {
	h := fartest.Loopback(t)
	link := open(t, h)
	if self := link.Self(); self.Boot == "" || self.PID == 0 || self.Start == 0 {
		t.Errorf("%+v", self)
	}
	if ahead, uncertain := link.Offset(); ahead.Abs() > uncertain || uncertain <= 0 || uncertain > time.Second {
		t.Errorf("the same clock is %v ahead, give or take %v", ahead, uncertain)
	}
	for _, signal := range []string{"SIGSEGV", "SIGKILL", "SIGABRT", ""} {
		heard := make(chan process.Line, 1000)
		log := filepath.Join(t.TempDir(), "log")
		p, err := link.Start(within(t), Spec{
			Name: "rpc1", Program: provisiontest.RPCServer(t), Env: []string{"GGML_RPC_DEBUG=1"}, LogFile: log, Ready: time.Minute,
			Tap: func(l process.Line) { heard <- l },
		})
		if err != nil {
			t.Fatal(err)
		}
		if host, _, _ := net.SplitHostPort(p.Endpoint()); host != h.Address || peer.Dial(within(t), p.Endpoint(), time.Second) != nil {
			t.Errorf("it is at %s", p.Endpoint())
		}
		if v, text, err := p.Portrait(within(t)); err != nil || v.States == "" || !strings.Contains(text, "State:") {
			t.Errorf("%+v %q %v", v, text, err)
		}
		if v, err := p.Memory(within(t)); err != nil || v.Peak == 0 {
			t.Errorf("%+v %v", v, err)
		}
		pid, comm := p.Kernel()
		if comm == "" || pid != 0 && pid != p.PID() {
			t.Errorf("%d %q", pid, comm)
		}
		before := time.Now()
		want := "signal:" + signal
		if signal == "" {
			want = "signal:SIGTERM"
			p.Stop(within(t), 5*time.Second)
		} else {
			_ = syscall.Kill(p.PID(), map[string]syscall.Signal{"SIGSEGV": syscall.SIGSEGV, "SIGKILL": syscall.SIGKILL, "SIGABRT": syscall.SIGABRT}[signal])
		}
		await(t, p.Done(), "the end")
		exit, _ := p.Exit()
		if exit.String() != want || exit.Requested != (signal == "") || exit.At.Before(before.Add(-quick)) || exit.At.After(time.Now().Add(quick)) {
			t.Errorf("%s, requested %v, at %v; want %s", exit, exit.Requested, exit.At, want)
		}
		text, _ := os.ReadFile(log)
		if !strings.Contains(string(text), "Starting RPC server") || len(heard) == 0 || len(p.Tail()) == 0 || p.Trouble() != nil {
			t.Errorf("%d lines heard, %v, log:\n%s", len(heard), p.Trouble(), text)
		}
		if exit := p.Stop(within(t), time.Second); exit.String() != want {
			t.Errorf("stopped after its end: %s", exit)
		}
	}
	tree := h.Family()
	if len(tree) == 0 {
		t.Error("there is no helper")
	}
	link.Close()
	gone(t, tree)
	if link.Why() == "" {
		t.Error("it is not closed")
	}
}

// TestTheKernelOverThere is followed, in order, with marks that hold.
func TestTheKernelOverThere(t *testing.T) {
	link := open(t, fartest.Loopback(t))
	log, why := link.Kernel()
	if log == nil {
		t.Skip(why)
	}
	kmsg, err := os.OpenFile("/dev/kmsg", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer kmsg.Close()
	for i := range 3 {
		mark := log.Mark()
		word := fmt.Sprintf("ctxcliff-test %d of pid %d", i, os.Getpid())
		if _, err := kmsg.WriteString(word + "\n"); err != nil {
			t.Skip(err)
		}
		found := 0
		for _, l := range log.Since(mark) {
			if strings.Contains(l.Text, word) {
				found++
				if age := time.Since(l.Wall); age.Abs() > time.Minute {
					t.Errorf("read %v ago", age)
				}
			}
		}
		if found != 1 {
			t.Errorf("the line was found %d times", found)
		}
	}
	if s := link.Read(within(t)); s.At.IsZero() {
		t.Errorf("%+v", s)
	}
	link.Close()
	if log.Err() != nil {
		t.Error(log.Err())
	}
}

// TestAPeerThatNeverServes is told apart, in one sentence, and nothing of it stays.
func TestAPeerThatNeverServes(t *testing.T) {
	h := fartest.Loopback(t)
	link := open(t, h)
	taken, err := net.Listen("tcp", h.Address+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	real := provisiontest.RPCServer(t)
	for name, c := range map[string]struct {
		spec Spec
		says string
		hung bool
	}{
		"it dies":              {Spec{Program: scriptFile(t, "kill -SEGV $$")}, "rpc1 ended with signal:SIGSEGV before it accepted a connection", false},
		"it ends":              {Spec{Program: scriptFile(t, "echo no such device; exit 3")}, "rpc1 ended with code:3 before it accepted a connection: no such device", false},
		"it never listens":     {Spec{Program: scriptFile(t, "exec sleep 1000")}, "rpc1 accepted no connection within 300ms", true},
		"its port is taken":    {Spec{Program: real, Port: port}, fmt.Sprintf("somebody listens on %s:%d", h.Address, port), false},
		"not its address":      {Spec{Program: real, Listen: "192.0.2.1"}, "has no such address", false},
		"there is none":        {Spec{Program: "/no/such/rpc-server"}, "there is no program /no/such/rpc-server on its host; name", false},
		"nobody has named it":  {Spec{}, "is on the PATH that ssh gives", false},
		"IPv6, or not a thing": {Spec{Program: real, Listen: "::1"}, "llama-server reads no other", false},
	} {
		t.Run(name, func(t *testing.T) {
			before := h.Family()
			c.spec.Name, c.spec.Ready = "rpc1", 300*time.Millisecond
			p, err := link.Start(within(t), c.spec)
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%v, %v; want %q", p, err, c.says)
			}
			var not *peer.NotReadyError
			if c.hung && (!errors.As(err, &not) || not.Hung == 0 || !strings.Contains(not.Portrait, "State:")) {
				t.Errorf("%+v", not)
			}
			after := h.Family()
			for pid := range before {
				delete(after, pid)
			}
			gone(t, after)
		})
	}
}

// TestAHostThatCannotBeReached is told in one sentence that ends with what to do, and soon.
func TestAHostThatCannotBeReached(t *testing.T) {
	h := fartest.Loopback(t)
	for name, c := range map[string]struct {
		spoil func(t *testing.T)
		says  string
	}{
		"its key is not known": {func(t *testing.T) { rewrite(t, h.Dir+"/known_hosts", "") }, "Host key verification failed.; its key is not known here"},
		"it lets nobody in":    {func(t *testing.T) { rewrite(t, h.Dir+"/authorized_keys", "") }, "Permission denied (publickey).; put a key there"},
		"it refuses": {func(t *testing.T) {
			rewrite(t, h.Config, fmt.Sprintf("Host far1\nHostName 127.0.0.1\nPort %d\n", unused(t)))
		}, "Connection refused; see that the host is up"},
		"it has no name": {func(t *testing.T) { rewrite(t, h.Config, "Host far1\nHostName no-such-host.invalid\n") }, "Could not resolve"},
		"it says nothing": {func(t *testing.T) {
			rewrite(t, h.Config, fmt.Sprintf("Host far1\nHostName 127.0.0.1\nPort %d\n", mute(t)))
		}, "timed out"},
	} {
		t.Run(name, func(t *testing.T) {
			c.spoil(t)
			began := time.Now()
			_, err := Open(within(t), target(h), Options{Silence: time.Second})
			var trouble *LinkError
			if !errors.As(err, &trouble) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v; want %q", err, c.says)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func rewrite(t *testing.T, path, text string) {
	t.Helper()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.WriteFile(path, before, 0o600) })
}

func unused(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// mute accepts connections and says nothing.
func mute(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

// TestTheHelperIsCopied when it is missing, is not whole, or is another file under its name; else it is
// not. Another version, and another kind of host, are refused.
func TestTheHelperIsCopied(t *testing.T) {
	t.Parallel()
	h := fartest.Loopback(t)
	copied := func() (string, os.FileInfo) {
		open(t, h).Close()
		all, _ := filepath.Glob(h.Home + "/.cache/ctxcliff/*")
		if len(all) != 1 {
			t.Fatalf("in the cache: %q", all)
		}
		info, err := os.Stat(all[0])
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Fatal(info.Mode(), err)
		}
		return all[0], info
	}
	path, first := copied()
	if _, again := copied(); !os.SameFile(first, again) {
		t.Error("it was copied twice")
	}
	for name, text := range map[string]string{"half of it": "ELF", "another": strings.Repeat("x", int(first.Size()))} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
		if _, now := copied(); now.Size() != first.Size() {
			t.Errorf("%s was left", name)
		}
	}
	old := filepath.Join(t.TempDir(), "old")
	if err := os.WriteFile(old, []byte("#!/bin/sh\nread hello\necho '{\"is\":\"hello\",\"hello\":{\"protocol\":99}}'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for helper, says := range map[string]string{
		old:                     "is of another version of ctxcliff (it speaks protocol 99, this one 2): name one of this version",
		"/no/such/helper":       "name a ctxcliff that is built for it",
		foreign(t):              "is linux/" + arch() + ", and the helper is built for linux/riscv64: build one (GOOS=linux GOARCH=" + arch(),
		scriptFile(t, "exit 3"): "the helper on far1 is gone",
	} {
		to := target(h)
		to.Helper = helper
		_, err := Open(within(t), to, Options{Silence: quick})
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v; want %q", err, says)
		}
	}
}

func arch() string { _, a, _ := strings.Cut(ours, "/"); return a }

// foreign is the head of a program for another processor.
func foreign(t *testing.T) string {
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	self[18], self[19] = 243, 0 // e_machine: EM_RISCV
	path := filepath.Join(t.TempDir(), "foreign")
	if err := os.WriteFile(path, self, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestALinkThatIsLost ends everything on the far side, whichever part of it went first, and what was
// seen until then is kept.
func TestALinkThatIsLost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cut  func(t *testing.T, h *fartest.Host, link *Host)
		says string
	}{
		"ssh is killed":             {func(t *testing.T, h *fartest.Host, link *Host) { kill(t, link.session.Process.Pid) }, "signal: killed"},
		"its master is killed":      {func(t *testing.T, h *fartest.Host, link *Host) { kill(t, link.master.run.PID()) }, "the link to far1 dropped"},
		"the helper is killed":      {func(t *testing.T, h *fartest.Host, link *Host) { kill(t, link.self.PID) }, "the helper on far1 is gone"},
		"the helper stands still":   {func(t *testing.T, h *fartest.Host, link *Host) { _ = syscall.Kill(link.self.PID, syscall.SIGSTOP) }, "nothing came from it for"},
		"the far sshd stands still": {func(t *testing.T, h *fartest.Host, link *Host) { freeze(h) }, "dropped"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := fartest.Loopback(t)
			link := open(t, h)
			p, err := link.Start(within(t), Spec{Name: "rpc1", Program: provisiontest.RPCServer(t), Ready: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			tree := h.Family()
			c.cut(t, h, link)
			await(t, p.Done(), "the loss")
			exit, _ := p.Exit()
			if !exit.GuardLost || exit.Requested || !strings.Contains(link.Why(), c.says) {
				t.Errorf("%+v: %s; want %q", exit, link.Why(), c.says)
			}
			if err := p.Trouble(); err == nil || !strings.Contains(err.Error(), "is not seen: ") {
				t.Errorf("%v", err)
			}
			if exit := p.Stop(within(t), time.Second); !exit.GuardLost {
				t.Errorf("%+v", exit)
			}
			if _, err := link.Start(within(t), Spec{Name: "rpc2", Program: "x"}); err == nil {
				t.Error("a peer was started through a link that is lost")
			}
			switch name {
			case "the helper stands still": // the next one ends it
				next, err := Open(within(t), target(h), Options{Silence: quick, Previous: &link.self})
				if err != nil {
					t.Fatal(err)
				}
				defer next.Close()
				if len(next.Self().Ended) == 0 {
					t.Error("nothing was swept")
				}
				delete(tree, link.session.Process.Pid)
				for pid := range tree { // sshd's own end with their connection
					if b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); strings.HasPrefix(string(b), "sshd") {
						delete(tree, pid)
					}
				}
			case "the far sshd stands still": // it can do nothing about its own end
				for pid := range tree {
					if b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); strings.HasPrefix(string(b), "sshd") {
						delete(tree, pid)
					}
				}
			}
			link.Close()
			gone(t, tree)
		})
	}
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// freeze stops everything of an sshd that serves connections: the link is there, and nothing gets through.
func freeze(h *fartest.Host) {
	for pid := range h.Family() {
		if b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); strings.HasPrefix(string(b), "sshd") {
			_ = syscall.Kill(pid, syscall.SIGSTOP)
		}
	}
}

// hold is a near side that starts a peer and waits for its end.
func hold(config, program string) int {
	link, err := Open(context.Background(), Target{Host: "far1", Config: config}, Options{Silence: quick})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer link.Close()
	if _, err := link.Start(context.Background(), Spec{Name: "rpc1", Program: program, Ready: time.Minute}); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("serving")
	<-link.Lost()
	return 0
}

// TestTheNearSideIsKilled: nothing stays, on either side, but a directory that the next one removes.
func TestTheNearSideIsKilled(t *testing.T) {
	h := fartest.Loopback(t)
	runtime, err := os.MkdirTemp("/tmp", "f 100%")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(runtime) })
	c := exec.Command("/proc/self/exe", provisiontest.RPCServer(t))
	c.Env = append(os.Environ(), holdEnv+"="+h.Config, "XDG_RUNTIME_DIR="+runtime)
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 100)
	n, _ := out.Read(said)
	if string(said[:n]) != "serving\n" {
		t.Errorf("it said %q", said[:n])
	}
	tree := h.Family()
	for _, pid := range process.Descendants(c.Process.Pid) {
		tree[pid], _ = process.StartTimeOf(pid)
	}
	if len(tree) < 6 {
		t.Errorf("%d processes on both sides", len(tree))
	}
	sockets, _ := filepath.Glob(runtime + "/ctxcliff-ssh-*")
	if len(sockets) != 1 {
		t.Fatalf("%q", sockets)
	}
	if info, err := os.Stat(sockets[0]); err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info.Mode(), err)
	}
	kill(t, c.Process.Pid)
	_ = c.Wait()
	gone(t, tree)
	t.Setenv("XDG_RUNTIME_DIR", runtime)
	SweepSockets()
	if left, _ := filepath.Glob(runtime + "/*"); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// TestAFloodOfLines costs lines, never memory, and its last line arrives.
func TestAFloodOfLines(t *testing.T) {
	o := newOutbox()
	for i := range 300_000 {
		o.hear("rpc1", process.Line{Text: fmt.Sprintf("%0100d", i)})
	}
	lines, lost := []line(nil), 0
	for _, m := range o.take() {
		lines, lost = append(lines, m.Lines...), lost+m.Lost
	}
	if lost+len(lines) != 300_000 || len(lines)*(100+lineCost) > maxWaiting || string(lines[len(lines)-1].Text) != fmt.Sprintf("%0100d", 299_999) {
		t.Errorf("%d lines and %d lost", len(lines), lost)
	}
	h := fartest.Loopback(t)
	link, err := Open(within(t), target(h), Options{}) // on a busy machine the flood takes longer than a quick silence
	if err != nil {
		t.Fatal(err)
	}
	defer link.Close()
	flood := scriptFile(t, "i=0; while [ $i -lt 20 ]; do seq 10000; i=$((i+1)); done; echo the last line; exec "+provisiontest.RPCServer(t)+` "$@"`)
	var texts []string
	p, err := link.Start(within(t), Spec{Name: "rpc1", Program: flood, Ready: time.Minute, Tap: func(l process.Line) { texts = append(texts, l.Text) }})
	if err != nil {
		t.Fatal(err)
	}
	p.Stop(within(t), time.Second)
	if !slices.Contains(texts, "the last line") {
		t.Errorf("%d lines, without the last; %v", len(texts), p.Trouble())
	}
}
