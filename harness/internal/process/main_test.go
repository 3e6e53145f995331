//go:build linux

package process

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// roleEnv makes the test binary play a child; its arguments are the role.
const roleEnv = "PROCESS_TEST_ROLE"

func TestMain(m *testing.M) {
	Guard()
	if os.Getenv(roleEnv) != "" {
		play(os.Args[1], os.Args[2:])
	}
	code := m.Run()
	if left := leaks(); left != "" && code == 0 {
		fmt.Fprintln(os.Stderr, "left behind after all tests:\n"+left)
		code = 1
	}
	os.Exit(code)
}

// leaks describes goroutines of this package and child processes that are
// still there. Goroutines that have closed done may need a moment to return.
func leaks() string {
	var left string
	for range 100 {
		left = ""
		buf := make([]byte, 1<<20)
		for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(g, "process.(*Process)") || strings.Contains(g, "process.(*output)") || strings.Contains(g, "Keeper)") {
				left += g + "\n"
			}
		}
		for _, pid := range Descendants(os.Getpid()) {
			left += fmt.Sprintf("child process %d\n", pid)
		}
		if left == "" {
			return ""
		}
		time.Sleep(10 * time.Millisecond)
	}
	return left
}

// play is the child's side.
func play(role string, args []string) {
	switch role {
	case "exit":
		code, _ := strconv.Atoi(args[0])
		os.Exit(code)
	case "flood": // bytes, in numbered lines
		total, _ := strconv.Atoi(args[0])
		w := bufio.NewWriterSize(os.Stdout, 64<<10)
		for n, i := 0, 0; n < total; i++ {
			k, _ := fmt.Fprintf(w, "line %d %s\n", i, strings.Repeat("x", 80))
			n += k
		}
		w.Flush()
		fmt.Fprintln(os.Stderr, "GGML_ASSERT(the last word) failed")
		os.Exit(0)
	case "longline":
		n, _ := strconv.Atoi(args[0])
		os.Stdout.Write(append(bytes.Repeat([]byte("y"), n), '\n'))
		os.Exit(0)
	case "bytes":
		os.Stdout.Write([]byte("ok\xff\xfe\x00end\r\nno line end"))
		os.Exit(0)
	case "owner": // a ctxcliff: starts what its arguments say, then ends in the way named first
		playOwner(args[0], args[1:])
	}
	fmt.Fprintln(os.Stderr, "no such role:", role)
	os.Exit(99)
}

// playOwner starts a process tree, passes its output on, and waits for one line of
// input before it ends without any cleaning up.
func playOwner(end string, argv []string) {
	p, err := Start(context.Background(), Spec{Name: "tree", Argv: argv})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	sub := p.Subscribe(100)
	fmt.Println("pid", p.PID())
	go func() {
		for l := range sub.C {
			fmt.Println(l.Text)
		}
	}()
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	switch end {
	case "panic":
		panic("as the test asked")
	case "exit":
		os.Exit(3)
	}
	signal.Reset()
	select {}
}

// self is a command line that plays a role.
func self(t testing.TB, role ...string) []string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{exe}, role...)
}

func roleSpec(t testing.TB, role ...string) Spec {
	return Spec{Name: "child", Argv: self(t, role...), Env: append(os.Environ(), roleEnv+"=1")}
}

func shell(script string) Spec {
	return Spec{Name: "child", Argv: []string{"/bin/sh", "-c", script}}
}

// start starts, and makes sure that the test does not end before the process has.
func start(t testing.TB, s Spec) *Process {
	t.Helper()
	p, err := Start(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop(context.Background(), 0) })
	return p
}

const patience = 20 * time.Second

func waitClosed(t testing.TB, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("%s: still not so after %v", what, patience)
	}
}

// done waits for the end of p and returns its exit.
func done(t testing.TB, p *Process) Exit {
	t.Helper()
	waitClosed(t, "process done", p.Done())
	e, ok := p.Exit()
	if !ok {
		t.Fatal("Done is closed and Exit is not known")
	}
	return e
}

// number waits for the line "<word> <n>" of a process and returns n.
func number(t testing.TB, p *Process, word string) int {
	t.Helper()
	sub := p.Subscribe(1000)
	defer sub.Close()
	limit := time.After(patience)
	for {
		select {
		case l, ok := <-sub.C:
			if !ok {
				t.Fatalf("no line %q before the output ended: %v", word, p.Tail())
			}
			if rest, ok := strings.CutPrefix(l.Text, word+" "); ok {
				n, err := strconv.Atoi(rest)
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
		case <-limit:
			t.Fatalf("no line %q after %v", word, patience)
		}
	}
}

var ignored = []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}
