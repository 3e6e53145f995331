package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/tinymodel"
)

// gone fails unless the process has ended.
func gone(t *testing.T, s *Server) {
	t.Helper()
	if process.Alive(s.PID(), s.StartTime()) {
		t.Errorf("pid %d is still there", s.PID())
	}
	if below := process.Descendants(os.Getpid()); len(below) > 0 {
		t.Errorf("still below us: %v", below)
	}
}

func TestLaunchReadBackStop(t *testing.T) {
	for _, f := range tinymodel.Families() {
		for _, np := range []int{1, 2, 4} {
			t.Run(fmt.Sprintf("%s np %d", f, np), func(t *testing.T) {
				spec := realSpec(t, f, np, 1000*np)
				s := launched(t, spec)
				back, err := s.ReadBack(within(t))
				if err != nil || back.Slots != np || back.SlotContext != 1024 || back.Model != spec.Options.Model {
					t.Errorf("%v %+v", err, back)
				}
				if back.Vocabulary < 256 || back.TrainedContext != 1<<20 || !strings.HasPrefix(back.Build, fmt.Sprintf("b%d", spec.Capabilities.Build)) {
					t.Errorf("%+v", back)
				}
				if s.LoadTime() <= 0 || s.LoadTime() > patient || s.Exited() || s.PID() == 0 || s.StartTime() == 0 {
					t.Errorf("load %s, exited %v", s.LoadTime(), s.Exited())
				}
				if exit := s.Stop(context.Background(), 10*time.Second); exit.String() != "code:0" || !exit.Requested || exit.Killed {
					t.Errorf("%s %+v", exit, exit.Requested)
				}
				<-s.Done()
				gone(t, s)
				if again := s.Stop(context.Background(), 0); again.String() != "code:0" {
					t.Errorf("a second stop says %s", again)
				}
			})
		}
	}
}

func TestTheUsersPortAndHostAreObeyed(t *testing.T) {
	port := freePort(t)
	spec := realSpec(t, tinymodel.Mamba, 1, 512)
	spec.Options.Extra = []string{"--port", fmt.Sprint(port), "--host", "0.0.0.0", "--api-key", "secret,other"}
	s := launched(t, spec)
	if want := fmt.Sprintf("http://127.0.0.1:%d", port); s.URL != want {
		t.Errorf("%s instead of %s", s.URL, want)
	}
	if back, err := s.ReadBack(within(t)); err != nil || back.Slots != 1 {
		t.Errorf("%v %+v", err, back)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	o := Options{}
	if err := choosePort(&o); err != nil {
		t.Fatal(err)
	}
	return o.Port
}

func TestLoadsThatFail(t *testing.T) {
	good := realSpec(t, tinymodel.Llama, 1, 512)
	dir := t.TempDir()
	whole, err := os.ReadFile(good.Options.Model)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		change func(*LaunchSpec)
		want   string
	}{
		"a missing model":         {func(s *LaunchSpec) { s.Options.Model = filepath.Join(dir, "none.gguf") }, "it ended with code:1 while loading: failed to open GGUF file"},
		"a truncated model":       {func(s *LaunchSpec) { s.Options.Model = file("half.gguf", whole[:len(whole)*3/4]) }, "it ended with code:1 while loading: error loading model: tensor"},
		"a model that is text":    {func(s *LaunchSpec) { s.Options.Model = file("text.gguf", []byte("hello hello hello")) }, "it ended with code:1 while loading: "},
		"an unknown flag":         {func(s *LaunchSpec) { s.Options.Extra = []string{"--bogus-flag"} }, "it ended with code:1 while loading: error: invalid argument: --bogus-flag"},
		"a flag with =":           {func(s *LaunchSpec) { s.Options.Extra = []string{"-c=512"} }, "it ended with code:1 while loading: error: invalid argument: -c=512"},
		"a value that is none":    {func(s *LaunchSpec) { s.Options.Extra = []string{"-c", "banana"} }, `it ended with code:1 while loading: error while handling argument "-c"`},
		"no slots":                {func(s *LaunchSpec) { s.Options.NP = 0 }, "it ended with code:1 while loading: "},
		"a wrapper that vanishes": {func(s *LaunchSpec) { s.Command = []string{script(t, `(sleep 1000) & sleep 0.1; exit 0`)} }, "it went to the background while loading; a wrapper script must exec the server or wait for it"},
		"a wrapper that exits":    {func(s *LaunchSpec) { s.Command = []string{script(t, `exit 0`)} }, "it ended with code:0 while loading: it printed nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := good
			spec.LogFile = filepath.Join(t.TempDir(), "log")
			c.change(&spec)
			_, err := Launch(within(t), spec)
			oneSentence(t, err, c.want)
			var load *LoadError
			if !errors.As(err, &load) || load.Exit.Requested || load.Exit.At.IsZero() {
				t.Errorf("%#v", err)
			}
			if left := process.Descendants(os.Getpid()); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
	for name, c := range map[string]struct{ command, want string }{
		"a missing program": {filepath.Join(dir, "none"), "no such file"},
		"a directory":       {dir, "it is a directory, not a program"},
		"a text file":       {file("notes", []byte("notes")), "it is not executable"},
	} {
		spec := good
		spec.Command = []string{c.command}
		_, err := Launch(within(t), spec)
		oneSentence(t, err, c.want)
		var start *process.StartError
		if !errors.As(err, &start) {
			t.Errorf("%s: %#v", name, err)
		}
	}
}

func TestALoadThatTakesTooLong(t *testing.T) {
	for name, c := range map[string]struct {
		spec func() LaunchSpec
		want string
	}{
		"while it says 503":      {func() LaunchSpec { return simSpec(t, "loadhang") }, "it answered 503 (loading) for 2s and never became ready"},
		"and is deaf":            {func() LaunchSpec { return simSpec(t, "loadhang; ignoreterm(phase=load)") }, "it answered 503 (loading) for 2s and never became ready"},
		"while it says nothing":  {func() LaunchSpec { s := simSpec(t, ""); s.Command = []string{script(t, "exec sleep 1000")}; return s }, "it never opened its port within 2s"},
		"while its port is mute": {func() LaunchSpec { s := simSpec(t, ""); s.Options.Port = mute(t, &s); return s }, "it never opened its port within 2s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := c.spec()
			spec.ReadyTimeout = 2 * time.Second
			began := time.Now()
			_, err := Launch(within(t), spec)
			oneSentence(t, err, c.want)
			var load *LoadError
			if !errors.As(err, &load) || !load.Exit.Requested {
				t.Errorf("%#v", err)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

// mute makes the spec's command one that lets the test itself accept, and never answer, on a port.
func mute(t *testing.T, spec *LaunchSpec) int {
	t.Helper()
	port := freePort(t)
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	spec.Command = []string{script(t, "echo up > "+fifo+"; exec sleep 1000")}
	opened := make(chan net.Listener, 1)
	go func() {
		_, _ = os.ReadFile(fifo)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Error(err)
		}
		opened <- l
	}()
	t.Cleanup(func() {
		if l := <-opened; l != nil {
			l.Close()
		}
	})
	return port
}

func TestAServerThatDiesWhileLoading(t *testing.T) {
	for rules, want := range map[string]string{
		"loadabort":              "it ended with signal:SIGABRT while loading: GGML_ASSERT(",
		"segfault(phase=load)":   "it ended with signal:SIGSEGV while loading: ",
		"exit(0, phase=load)":    "it ended with code:0 while loading: ",
		"kvmax(100)":             "it ended with code:1 while loading: ",
		"grandchild(30s); abort": "", // starts well
	} {
		s, err := Launch(within(t), simSpec(t, rules))
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", rules, err)
			} else if exit := s.Stop(context.Background(), 5*time.Second); !exit.Requested {
				t.Errorf("%s: %+v", rules, exit)
			}
		} else {
			oneSentence(t, err, want)
		}
		if left := process.Descendants(os.Getpid()); len(left) > 0 {
			t.Errorf("%s: left behind: %v", rules, left)
		}
	}
}

func TestAnInterruptionWhileLoading(t *testing.T) {
	for name, spec := range map[string]LaunchSpec{
		"of a server that says 503": simSpec(t, "loadhang"),
		"of a deaf one":             simSpec(t, "loadhang; ignoreterm(phase=load)"),
		"of the real one":           realSpec(t, tinymodel.Llama, 1, 512),
	} {
		ctx, cancel := context.WithCancel(within(t))
		if strings.Contains(name, "real") {
			time.AfterFunc(5*time.Millisecond, cancel)
		} else {
			go func() { // as soon as it listens
				defer cancel()
				for ctx.Err() == nil && len(process.Descendants(os.Getpid())) < 2 {
					time.Sleep(time.Millisecond)
				}
			}()
		}
		s, err := Launch(ctx, spec)
		if s != nil { // it was ready before the interruption came
			s.Stop(context.Background(), time.Second)
		} else if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		if left := process.Descendants(os.Getpid()); len(left) > 0 {
			t.Errorf("%s: left behind: %v", name, left)
		}
		cancel()
	}
}

func TestStoppingADeafServerWithAGrandchild(t *testing.T) {
	spec := simSpec(t, "ignoreterm(phase=load); grandchild(phase=load, 300s, escape)")
	s := launched(t, spec)
	exit := s.Stop(context.Background(), 100*time.Millisecond)
	if exit.String() != "signal:SIGKILL" || !exit.Requested || !exit.Killed {
		t.Errorf("%s %+v", exit, exit.Requested)
	}
	gone(t, s)
}

// TestReadinessIsNoticedSoon compares with the server's own log.
func TestReadinessIsNoticedSoon(t *testing.T) {
	for _, load := range []time.Duration{100 * time.Millisecond, 500 * time.Millisecond} {
		var best, share time.Duration = time.Hour, 0
		for range 5 { // the machine may be busy: the best of five counts
			s := launched(t, simSpec(t, fmt.Sprintf("slowload(%s)", load)))
			noticed := time.Now()
			for _, l := range s.Tail() {
				if strings.Contains(l.Text, "listening on http") {
					best = min(best, noticed.Sub(l.Time))
				}
			}
			share = s.LoadTime()
			s.Stop(context.Background(), 0)
		}
		t.Logf("load %s: noticed after %s of %s", load, best, share)
		if best > 5*time.Millisecond+load/50 {
			t.Errorf("a load of %s was noticed %s late", load, best)
		}
	}
}

func BenchmarkLaunchAndStop(b *testing.B) {
	for _, kind := range []string{"real", "simulated"} {
		b.Run(kind, func(b *testing.B) {
			spec := simSpec(b, "nomodel")
			if kind == "real" {
				spec = realSpec(b, tinymodel.Llama, 1, 512)
			}
			var load time.Duration
			for b.Loop() {
				s, err := Launch(context.Background(), spec)
				if err != nil {
					b.Fatal(err)
				}
				load += s.LoadTime()
				s.Stop(context.Background(), time.Second)
			}
			b.ReportMetric(float64(load.Microseconds())/float64(b.N)/1000, "ms-to-ready")
		})
	}
}

func BenchmarkProvenOurs(b *testing.B) {
	s := launched(b, simSpec(b, "nomodel"))
	o := Options{}
	_, err := fmt.Sscanf(s.URL, "http://127.0.0.1:%d", &o.Port)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := s.provenOurs(o.Port, nil); err != nil {
			b.Fatal(err)
		}
	}
}
