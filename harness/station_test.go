package harness

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/fartest"
	"ctxcliff/harness/faults"
	"ctxcliff/harness/internal/gpu"
	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
)

// devices is a host whose GPUs show this.
type devices struct{ gpu.Snapshot }

func (d devices) Read(context.Context) gpu.Snapshot { return d.Snapshot }

// hostWith is a host with a kernel log that lines can be added to.
func hostWith(t *testing.T, name string) (s *station, speak func(string)) {
	path := filepath.Join(t.TempDir(), "kmsg")
	log, err := openSimKernel(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(log.Close)
	used, total := uint64(1<<30), uint64(2<<30)
	d := devices{gpu.Snapshot{Devices: []gpu.Device{{Name: "GPU", PCI: "0000:c3:00.0", VRAMUsed: &used, VRAMTotal: &total}}}}
	g := &gauges{reader: d, any: true}
	if name != "server" {
		g.host = name
	}
	return &station{name: name, kernel: &kernel{log: log}, gauges: g}, func(line string) {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(line + "\n"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWhatHostsTell: lines, kills and devices of each are kept apart.
func TestWhatHostsTell(t *testing.T) {
	ctx := context.Background()
	here, speakHere := hostWith(t, "server")
	there, speakThere := hostWith(t, "rpc2")
	speakHere("before")
	var killed []string
	s := scene{}
	for _, h := range []*station{here, there} {
		s.views = append(s.views, h.view(ctx, func(context.Context) ([]string, bool) { return killed, true }))
	}
	speakHere("of here")
	speakThere("amdgpu: page fault")
	killed = []string{"oom_kill"}
	logs := kernelLogs(s.gather(ctx, true))
	if len(logs) != 2 || logs[0].Kills != faults.SomeKills || logs[0].Host != "server" || logs[1].Host != "rpc2" || !slices.Equal(logs[0].Lines, []string{"of here", "oom_kill"}) || !slices.Equal(logs[1].Lines, []string{"amdgpu: page fault", "oom_kill"}) {
		t.Errorf("%+v", logs)
	}
	if s.heard() != 2 {
		t.Errorf("%d kernel lines", s.heard())
	}
	var named []string
	for _, g := range append(s.readings(ctx), s.watch(ctx)()...) {
		named = append(named, g.Device)
		if g.MemoryBytes != 1<<30 || g.MemoryBefore != 1<<30 {
			t.Errorf("%+v: nothing was launched, and all of it was in use before", g)
		}
	}
	if want := []string{"GPU (0000:c3:00.0)", "rpc2's host: GPU (0000:c3:00.0)"}; !slices.Equal(named[:2], want) {
		t.Errorf("%q", named)
	}
	l := &life{Rig: &Rig{}, scene: s}
	line := l.timeLine(&trial.Attempt{}, &account{}, nil, s.gather(ctx, false))
	for source, text := range map[string]string{"kernel": "of here", "rpc2 kernel": "amdgpu: page fault"} {
		if !slices.ContainsFunc(line, func(m trial.Moment) bool { return m.Source == source && m.Text == text }) {
			t.Errorf("no %q of the %s in %+v", text, source, line)
		}
	}
	there.away = func() bool { return true }
	there.gauges.reader = devices{} // its devices are gone, and nobody can know
	if held := s.leave(ctx); held != "" {
		t.Error(held)
	}
}

// TestWhoDiedFirst: by their times, and where clocks leave it open, the peer.
func TestWhoDiedFirst(t *testing.T) {
	at := time.Now()
	after := func(d time.Duration) process.Exit { return process.Exit{Signal: "SIGABRT", At: at.Add(d)} }
	for _, c := range []struct {
		peer, uncertain time.Duration // after the server
		first           string
	}{
		{-time.Millisecond, 0, "rpc1"},
		{time.Millisecond, 0, "server"},
		{time.Millisecond, 2 * time.Millisecond, "rpc1"},
		{time.Second, 2 * time.Millisecond, "server"},
	} {
		found := condition{ended: true, exit: after(0), peers: []death{{who: "rpc1", exit: after(c.peer), uncertain: c.uncertain}}}
		if first := found.deaths()[0].who; first != c.first {
			t.Errorf("%+v: %s", c, first)
		}
	}
}

// newerCommand makes the test binary an rpc-server that speaks a newer version of the protocol. It takes a
// real one, and the arguments of such.
const newerCommand = "__newerpeer"

// playNewerPeer stands before a real rpc-server and changes the version in its greeting.
func playNewerPeer(real string, args []string) int {
	port := 0
	l, err := net.Listen("tcp", args[1]+":"+args[3])
	if err == nil {
		port = freePort()
		err = exec.Command(real, "-H", "127.0.0.1", "-p", fmt.Sprint(port)).Start()
	}
	for err == nil {
		var c, up net.Conn
		if c, err = l.Accept(); err != nil {
			break
		}
		for up == nil {
			up, _ = net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
		}
		go func() { io.Copy(up, c); up.Close() }()
		greeting := make([]byte, 9)
		if _, err := io.ReadFull(up, greeting); err == nil {
			greeting[8] = 99
			c.Write(greeting)
			io.Copy(c, up)
		}
		c.Close()
	}
	fmt.Println(err)
	return 1
}

// TestAPeerOfANewerVersion is refused by the server's own handshake; its host runs another build.
func TestAPeerOfANewerVersion(t *testing.T) {
	h := fartest.Loopback(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(t.TempDir(), "rpc-server")
	lab := spread(t, tinymodel.Llama, plan.LocalPeer, h.URL("program="+newer))
	if err := os.WriteFile(newer, []byte(fmt.Sprintf("#!/bin/sh\nexec %s %s %s \"$@\"\n", self, newerCommand, lab.peerCommand[0])), 0o755); err != nil {
		t.Fatal(err)
	}
	s, recorded, _ := matrix{ps: 8192, tokens: []int{1000}, serverArgs: oneThread}.far(t, lab)
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	a := recorded.attempts[0]
	if a.Outcome != trial.Infra || !strings.HasPrefix(a.Reason, "rpc2 at 127.0.0.1:") || !strings.HasSuffix(a.Reason, "run the same build on all hosts") {
		t.Errorf("%v %q", a.Outcome, a.Reason)
	}
	allGone(t, h.Family(), 2*time.Second)
}

// TestPeersThatDiffer speak another version of the protocol each, as their banners say.
func TestPeersThatDiffer(t *testing.T) {
	h := fartest.Loopback(t)
	other := filepath.Join(t.TempDir(), "rpc-server")
	lab := spread(t, tinymodel.Llama, plan.LocalPeer, h.URL("program="+other))
	text := fmt.Sprintf("#!/bin/sh\necho Starting RPC server v8.99.1\nexec %s \"$@\"\n", lab.peerCommand[0])
	if err := os.WriteFile(other, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	s, recorded, _ := matrix{ps: 8192, tokens: []int{1000}, serverArgs: oneThread}.far(t, lab)
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	a := recorded.attempts[0]
	if a.Outcome != trial.Infra || !strings.HasPrefix(a.Reason, "rpc1 speaks version ") || !strings.HasSuffix(a.Reason, "and rpc2 version 8.99.1; run the same build on all hosts") {
		t.Errorf("%v %q", a.Outcome, a.Reason)
	}
}
