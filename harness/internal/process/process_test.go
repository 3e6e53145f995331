//go:build linux

package process

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestAFloodStaysBoundedAndItsLastWordIsKept(t *testing.T) {
	const size, limit = 50 << 20, 1 << 20
	s := roleSpec(t, "flood", "52428800")
	s.LogFile, s.LogLimit, s.TailLines = filepath.Join(t.TempDir(), "log"), limit, 100
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	p := start(t, s)
	done(t, p)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 8<<20 {
		t.Errorf("memory grew by %d", grown)
	}
	if p.Written() < size {
		t.Errorf("only %d bytes were counted", p.Written())
	}
	info, err := os.Stat(s.LogFile)
	if err != nil || info.Size() < limit || info.Size() > limit+64<<10 || info.Mode().Perm() != 0o600 {
		t.Fatalf("log file: %+v (%v)", info, err)
	}
	b, _ := os.ReadFile(s.LogFile)
	text := string(b)
	if strings.Count(text, "what follows is counted") != 1 || strings.Count(text, "GGML_ASSERT(the last word) failed\n") != 1 {
		t.Errorf("end of the log: %q", text[len(text)-500:])
	}
	if n := len(p.Tail()); n != 101 { // 100 of stdout, one of stderr
		t.Errorf("%d lines in the tail", n)
	}
}

func TestALineOfFiveMegabytesIsCutInMemoryAndWholeOnDisk(t *testing.T) {
	s := roleSpec(t, "longline", "5000000")
	s.LogFile = filepath.Join(t.TempDir(), "log")
	p := start(t, s)
	done(t, p)
	tail := p.Tail()
	if len(tail) != 1 || len(tail[0].Text) != MaxLineBytes || tail[0].Cut != 5000000-MaxLineBytes {
		t.Fatalf("%d lines, first of %d bytes", len(tail), len(tail[0].Text))
	}
	if info, err := os.Stat(s.LogFile); err != nil || info.Size() != 5000001 {
		t.Errorf("log file: %+v (%v)", info, err)
	}
}

func TestBytesAreKeptAsTheyCame(t *testing.T) {
	p := start(t, roleSpec(t, "bytes"))
	done(t, p)
	tail := p.Tail()
	if len(tail) != 2 || tail[0].Text != "ok\xff\xfe\x00end" || tail[1].Text != "no line end" || !tail[1].Partial {
		t.Errorf("got %+v", tail)
	}
}

func TestAnExistingLogFileIsAppendedTo(t *testing.T) {
	s := shell("echo new; echo more >&2")
	s.LogFile = filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(s.LogFile, []byte("old\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, s)
	done(t, p)
	b, _ := os.ReadFile(s.LogFile)
	if got := string(b); got != "old\nnew\nmore\n" && got != "old\nmore\nnew\n" || p.Trouble() != nil {
		t.Errorf("got %q (%v)", got, p.Trouble())
	}
}

func TestALogFileThatCannotBeCreatedIsAnErrorOfStart(t *testing.T) {
	s := shell("true")
	s.LogFile = filepath.Join(t.TempDir(), "no", "log")
	if _, err := Start(context.Background(), s); err == nil || !strings.Contains(err.Error(), "create log file") {
		t.Errorf("got %v", err)
	}
}

func TestExitIsKnownBeforeDoneAndNotBeforeTheEnd(t *testing.T) {
	p := start(t, shell("echo ready 1; read x; exit 4"))
	// stdin is /dev/null, so read ends at once; Exit must not be known before Exited.
	waitClosed(t, "exited", p.Exited())
	if e, ok := p.Exit(); !ok || e.String() != "code:4" && e.String() != "code:1" {
		t.Errorf("got %v %v", e, ok)
	}
	done(t, p)
}

func TestFiftyRoundsLeaveNoZombieNoFileAndNoGoroutine(t *testing.T) {
	round := func(i int) {
		p := start(t, shell("echo hello; sleep 1000 & sleep 1000"))
		p.Stop(context.Background(), time.Duration(i%2)*time.Second)
	}
	round(0)
	files, routines := openFiles(t), runtime.NumGoroutine()
	for i := range 50 {
		round(i)
	}
	if left := Descendants(os.Getpid()); len(left) > 0 {
		t.Errorf("child processes: %v", left)
	}
	if n := openFiles(t); n > files {
		t.Errorf("open files: %d before, %d after", files, n)
	}
	// The last watch may still be on its way out, and no more than that.
	if n := runtime.NumGoroutine(); n > routines+1 {
		t.Errorf("goroutines: %d before, %d after", routines, n)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestManyAtOnce(t *testing.T) {
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			p, err := Start(context.Background(), shell("echo ready 1; sleep 1000"))
			if err != nil {
				t.Error(err)
				return
			}
			if e := p.Stop(context.Background(), patience); e.String() != "signal:SIGTERM" || e.Leftovers != 0 {
				t.Errorf("got %v %+v", e, e)
			}
		})
	}
	all.Wait()
}
