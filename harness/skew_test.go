package harness

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ctxcliff/harness/fartest"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/provision"
	"ctxcliff/harness/provision/provisiontest"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
)

// skewCommand makes the test binary run what ssh was asked to run on a host whose clock is ahead by a span of time:
// what our helper says there, says it of later times.
const skewCommand = "__skew"

var (
	nanoseconds = regexp.MustCompile(`"at":(\d{18,19})`)
	instants    = regexp.MustCompile(`"(At|Wall|at)":"([^"]+)"`)
)

func playSkewed(span string) int {
	ahead, err := time.ParseDuration(span)
	if err != nil {
		return 1
	}
	cmd := exec.Command("/bin/sh", "-c", os.Getenv("SSH_ORIGINAL_COMMAND"))
	cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil || cmd.Start() != nil {
		return 1
	}
	for in := bufio.NewReader(out); err == nil; {
		var line string
		line, err = in.ReadString('\n')
		os.Stdout.WriteString(later(line, ahead))
	}
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode()
}

// later moves the times of a message.
func later(line string, ahead time.Duration) string {
	if !strings.HasPrefix(line, `{"is":`) {
		return line
	}
	line = nanoseconds.ReplaceAllStringFunc(line, func(m string) string {
		at, _ := strconv.ParseInt(m[len(`"at":`):], 10, 64)
		return fmt.Sprintf(`"at":%d`, at+ahead.Nanoseconds())
	})
	return instants.ReplaceAllStringFunc(line, func(m string) string {
		parts := instants.FindStringSubmatch(m)
		at, err := time.Parse(time.RFC3339Nano, parts[2])
		if err != nil || at.IsZero() {
			return m
		}
		return fmt.Sprintf(`"%s":"%s"`, parts[1], at.Add(ahead).Format(time.RFC3339Nano))
	})
}

// TestASkewedClock: a host is an hour and a half ahead. doctor says so; a peer that dies there dies before the server
// that misses it, and everything stands on one time line at our times.
func TestASkewedClock(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	h := &fartest.Host{Name: "far1", Address: "127.0.0.1", Force: self + " " + skewCommand + " 90m"}
	h.Start(t)
	lab := spread(t, tinymodel.Llama, on(t, h))
	finds(t, examined(t, lab.Target), provision.Warn, "rpc1: far1 is reached, and its clock is 1h")
	finds(t, examined(t, lab.Target), provision.Info, "rpc1: rpc-server "+provisiontest.RPCServer(t)+", of build ")

	s, recorded, heard := matrix{ps: 40000, tokens: []int{39000}, serverArgs: oneThread}.far(t, lab)
	var ready trial.Start
	killed := false
	heard.on = func(e trial.Event) {
		switch e := e.(type) {
		case trial.Ready:
			ready = e.Start
		case trial.Progress:
			if !killed && e.Processed >= 4000 {
				killed = true
				_ = syscall.Kill(ready.Peers[0].PID, syscall.SIGSEGV)
			}
		}
	}
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	a := recorded.counted()[0]
	if a.Outcome != trial.Crash || a.Fault.FirstDeath != "rpc1" || a.Fault.Class != "crash.segv" {
		t.Fatalf("%v %q: %+v", a.Outcome, a.Reason, a.Fault)
	}
	skew := regexp.MustCompile(`^the clock of rpc1's host is 1h(29m59\.[0-9]+s|30m0(\.[0-9]+)?s) ahead of this one's, give or take \S+; its times are moved by that$`)
	if !slices.ContainsFunc(a.TimeLine, func(m trial.Moment) bool { return skew.MatchString(m.Text) }) {
		t.Errorf("nothing of the clock on %+v", a.TimeLine)
	}
	for _, m := range a.TimeLine {
		if m.At.Before(a.Began.Add(-time.Second)) || m.At.After(a.Began.Add(a.Elapsed+30*time.Second)) {
			t.Errorf("%s of %s stands at %s, the attempt began at %s", m.Text, m.Source, m.At, a.Began)
		}
	}
}

// TestExamineFarHosts: a host that cannot be reached, a program that is not there, and one whose clock is right.
func TestExamineFarHosts(t *testing.T) {
	t.Parallel()
	h := fartest.Loopback(t)
	target := plan.Target{Server: provisiontest.Server(t), Model: tiny(t, tinymodel.Llama), Backend: "cpu"}
	at := func(peers ...string) []provision.Finding {
		target.Topology.Peers = peers
		return examined(t, target)
	}
	finds(t, at(on(t, h)), provision.Info, "rpc1: far1 is reached, and its clock is ")
	finds(t, at(h.URL("program=/no/such")), provision.Blocker, "there is no program /no/such on its host")
	finds(t, at("ssh://nobody.invalid?config="+h.Config), provision.Blocker, "rpc1: ")
}

// TestExamineABusyPeer: an rpc-server that serves somebody else says nothing to the next one; doctor does not wait for it.
func TestExamineABusyPeer(t *testing.T) {
	t.Parallel()
	endpoint, _ := somebodys(t)
	taken, err := net.Dial("tcp", endpoint)
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	began := time.Now()
	findings := examined(t, plan.Target{Server: provisiontest.Server(t), Model: tiny(t, tinymodel.Llama), Backend: "cpu", Topology: plan.Topology{Peers: []string{endpoint}}})
	finds(t, findings, provision.Blocker, "rpc1 at "+endpoint+" did not say within 10s what devices it has; end whatever uses it, or restart it: an rpc-server serves one client at a time")
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}
