//go:build unix

package server

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/simserver"
	"ctxcliff/harness/tinymodel"
)

const simArg = "__simserver"

func TestMain(m *testing.M) {
	process.Guard()
	if len(os.Args) > 1 && os.Args[1] == simArg {
		os.Exit(simserver.Main(os.Args[2:]))
	}
	before := runtime.NumGoroutine()
	code := m.Run()
	_ = os.RemoveAll(models.dir)
	if left := leftovers(before); left != "" && !fuzzing() {
		fmt.Fprintln(os.Stderr, "the tests leave behind:", left)
		code = 1
	}
	os.Exit(code)
}

// fuzzing reports whether the testing package runs goroutines and processes of its own.
func fuzzing() bool {
	pattern, worker := flag.Lookup("test.fuzz"), flag.Lookup("test.fuzzworker")
	return pattern.Value.String() != "" || worker.Value.String() == "true"
}

// leftovers says which goroutines and processes are there that were not there before; both get a
// moment to end.
func leftovers(goroutines int) string {
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	for try := range 200 {
		time.Sleep(time.Duration(try) * 100 * time.Microsecond)
		if runtime.NumGoroutine() <= goroutines && len(process.Descendants(os.Getpid())) == 0 {
			return ""
		}
	}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return fmt.Sprintf("processes %v, goroutines:\n%s", process.Descendants(os.Getpid()), stacks)
}

// models are the tiny models of this test process, each written once.
var models struct {
	sync.Mutex
	dir string
}

func model(t testing.TB, f tinymodel.Family) string {
	t.Helper()
	models.Lock()
	defer models.Unlock()
	if models.dir == "" {
		dir, err := os.MkdirTemp("", "ctxcliff-server-test")
		if err != nil {
			t.Fatal(err)
		}
		models.dir = dir
	}
	path, err := tinymodel.Cached(models.dir, tinymodel.Options{Family: f, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// simSpec launches the simulated server, with rules.
func simSpec(t testing.TB, rules string) LaunchSpec {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := []string{self, simArg}
	env := []string{simserver.EnvProfile + "=" + rules, "GORACE=atexit_sleep_ms=0"} // or each end takes a second under -race
	caps, err := Probe(within(t), command, env)
	if err != nil {
		t.Fatal(err)
	}
	return LaunchSpec{
		Command: command, Env: env, Capabilities: caps, ReadyTimeout: patient,
		Options: Options{Model: model(t, tinymodel.Llama), NP: 1, Ctx: 8192},
	}
}

// launched launches, and stops at the end of the test.
func launched(t testing.TB, spec LaunchSpec) *Server {
	t.Helper()
	s, err := Launch(within(t), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop(context.Background(), 0) })
	return s
}
