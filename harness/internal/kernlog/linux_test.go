//go:build linux

package kernlog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// roleEnv makes the test binary play journalctl, or a ctxcliff that watches.
const roleEnv = "KERNLOG_TEST_ROLE"

func TestMain(m *testing.M) {
	switch role := os.Getenv(roleEnv); role {
	case "":
		code := m.Run()
		if left := leaks(); left != "" && code == 0 {
			fmt.Fprintln(os.Stderr, "left behind after all tests:\n"+left)
			code = 1
		}
		os.Exit(code)
	case "watcher":
		watch()
	default:
		os.Exit(journalctl(role, os.Args[1:]))
	}
}

func leaks() string {
	var left string
	for range 100 {
		left = ""
		buf := make([]byte, 1<<20)
		for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(g, "kernlog.Follow") {
				left += g + "\n"
			}
		}
		if left == "" {
			return ""
		}
		time.Sleep(10 * time.Millisecond)
	}
	return left
}

// needKmsg opens the kernel log for writing, or skips with the reason.
func needKmsg(t *testing.T) *os.File {
	t.Helper()
	w, err := os.OpenFile(kmsgPath, os.O_WRONLY, 0)
	if err != nil {
		if os.Getenv("CI") == "true" && os.Geteuid() == 0 {
			t.Fatal("CI runs as root and must be able to do this:", err)
		}
		t.Skip("cannot write to the kernel log:", err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func TestWhatIsWrittenToTheKernelLogIsSeenAtOnce(t *testing.T) {
	w := needKmsg(t)
	log, err := Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if log.Name() != kmsgPath {
		t.Fatal(log.Name())
	}
	mark := log.Mark()
	tag := fmt.Sprintf("ctxcliff-test %d-%d", os.Getpid(), time.Now().UnixNano())
	before := time.Now()
	say(t, w, "<4>"+tag+": one é \\\n")

	got := tagged(log.Since(mark), tag) // not waited for
	if len(got) != 1 || got[0].Text != tag+": one é \\" || got[0].Level != 4 || got[0].Facility != 1 || got[0].FromKernel() {
		t.Fatalf("%+v", got)
	}
	if l := got[0]; l.Seq == 0 || l.Mono <= 0 || l.Wall.Before(before) || time.Since(l.Wall) > time.Minute {
		t.Errorf("%+v", l)
	}
	mark = log.Mark()
	if got := tagged(log.Since(mark), tag); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	log.Close()
	say(t, w, "<4>"+tag+": too late\n")
	if got := tagged(log.Since(mark), tag); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestTheReaderWakesWithinMilliseconds(t *testing.T) {
	w := needKmsg(t)
	log, err := Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	best := time.Hour
	for i := range 5 {
		tag := fmt.Sprintf("ctxcliff-test %d-%d wake %d", os.Getpid(), time.Now().UnixNano(), i)
		limit := time.After(10 * time.Second)
		begin := time.Now()
		say(t, w, "<7>"+tag+"\n")
		for seen := false; !seen; {
			_, news := log.progress()
			if seen = len(tagged(log.peek(Position{}), tag)) == 1; seen {
				continue
			}
			select {
			case <-news:
			case <-limit:
				t.Fatal("not seen")
			}
		}
		best = min(best, time.Since(begin))
	}
	t.Log("best of five:", best)
	if best > 20*time.Millisecond {
		t.Error("best of five:", best)
	}
}

// TestOpenSaysWhyNot drops root for one thread, which ends with its goroutine.
func TestOpenSaysWhyNot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("not root: cannot become an ordinary user")
	}
	t.Setenv("PATH", t.TempDir())
	var err error
	var wg sync.WaitGroup
	wg.Go(func() {
		runtime.LockOSThread()
		if _, _, e := syscall.RawSyscall(syscall.SYS_SETRESUID, 65534, 65534, 65534); e != 0 {
			t.Error(e)
			return
		}
		_, err = Open(t.Context())
	})
	wg.Wait()
	var u *Unreadable
	if !errors.As(err, &u) || len(u.Tried) != 2 || u.Hint == "" || !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	t.Log(err)
}

func TestTheJournalIsFollowed(t *testing.T) {
	t.Setenv(roleEnv, "good")
	j, err := openJournal(t.Context(), self(t))
	if err != nil {
		t.Fatal(err)
	}
	log := Follow(j)
	for len(log.Since(Position{})) < 3 {
		_, news := log.progress()
		if len(log.Since(Position{})) >= 3 {
			break
		}
		select {
		case <-news:
		case <-time.After(10 * time.Second):
			t.Fatal(log.Since(Position{}), log.Err())
		}
	}
	expect(t, log, Position{}, "GPU reset begin! 0", `GPU\xff 0`, "after garbage 1")
	log.Close()
	if j.child == nil || log.Err() != nil {
		t.Error(j.child, log.Err())
	}
	if err := j.child.Signal(syscall.Signal(0)); !errors.Is(err, os.ErrProcessDone) {
		t.Error("journalctl is still there:", err)
	}
}

func TestAJournalThatCannotBeReadSaysWhy(t *testing.T) {
	for role, want := range map[string]string{
		"denied": "exit status 1 (No journal files were opened due to insufficient permissions.)",
		"empty":  "shows this user no kernel line of this boot (No journal files were found.)",
		"hang":   "gave no answer",
	} {
		t.Run(role, func(t *testing.T) {
			t.Setenv(roleEnv, role)
			limit := 10 * time.Second
			if role == "hang" {
				limit = 300 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			if _, err := openJournal(ctx, self(t)); err == nil || !strings.Contains(err.Error(), want) {
				t.Error(err)
			}
		})
	}
	if _, err := openJournal(t.Context(), "no-such-journalctl"); err == nil || err.Error() != "not installed" {
		t.Error(err)
	}
}

func TestAJournalThatEndsIsNoticed(t *testing.T) {
	t.Setenv(roleEnv, "dies")
	j, err := openJournal(t.Context(), self(t))
	if err != nil {
		t.Fatal(err)
	}
	log := Follow(j)
	defer log.Close()
	err = log.WaitQuiet(t.Context(), Quiet{Silence: time.Minute})
	if err == nil || !strings.Contains(err.Error(), "journalctl ended by itself: exit status 3 (journal corrupt)") {
		t.Error(err)
	}
	expect(t, log, Position{}, "last words 0")
}

// TestJournalctlDoesNotOutliveUs kills a ctxcliff that watches.
func TestJournalctlDoesNotOutliveUs(t *testing.T) {
	cmd := exec.Command(self(t))
	cmd.Env = append(os.Environ(), roleEnv+"=watcher")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	buf := make([]byte, 100)
	n, err := out.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(buf[:n])))
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	n, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 10_000)
	for errors.Is(err, unix.EINTR) {
		n, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 10_000)
	}
	if n != 1 {
		t.Error("journalctl lives on:", err)
		_ = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
	}
}

// watch follows a journal that a copy of itself plays, and says its number.
func watch() {
	self, err := os.Executable()
	if err == nil {
		err = os.Setenv(roleEnv, "good")
	}
	if err != nil {
		panic(err)
	}
	j, err := openJournal(context.Background(), self)
	if err != nil {
		panic(err)
	}
	log := Follow(j)
	_, news := log.progress()
	if len(log.Since(Position{})) == 0 {
		<-news
	}
	j.mu.Lock()
	fmt.Println(j.child.Pid)
	j.mu.Unlock()
	select {}
}

// journalctl plays its part, good or bad.
func journalctl(role string, args []string) int {
	follow := slices.Contains(args, "-f")
	switch {
	case role == "denied":
		fmt.Fprintln(os.Stderr, "No journal files were opened due to insufficient permissions.")
		return 1
	case role == "empty":
		fmt.Fprintln(os.Stderr, "No journal files were found.")
		return 0
	case role == "hang":
		time.Sleep(time.Hour)
	case !slices.Contains(args, "-k") || !slices.Contains(args, "json"):
		fmt.Fprintln(os.Stderr, "unexpected arguments", args)
		return 2
	case !follow:
		fmt.Println(`{"MESSAGE":"old","__CURSOR":"s=1;i=7"}`)
	case !slices.Contains(args, "--after-cursor=s=1;i=7") || !slices.Contains(args, "--no-tail"):
		fmt.Fprintln(os.Stderr, "unexpected arguments", args)
		return 2
	case role == "dies":
		fmt.Println(`{"MESSAGE":"last words","__CURSOR":"s=1;i=8"}`)
		fmt.Fprintln(os.Stderr, "journal corrupt")
		return 3
	default:
		fmt.Print(`{"MESSAGE":"GPU reset begin!"}`+"\n", `{"MESSAGE":[71,80,85,255]}`+"\n", "garbage\n", `{"MESSAGE":"after garbage"}`+"\n")
		time.Sleep(time.Hour)
	}
	return 0
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Clean(path)
}

func say(t *testing.T, w *os.File, text string) {
	t.Helper()
	if _, err := w.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func tagged(lines []Line, tag string) []Line {
	return slices.DeleteFunc(lines, func(l Line) bool { return !strings.HasPrefix(l.Text, tag) })
}
