package main

import (
	"bytes"
	"flag"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"ctxcliff/harness"
	"ctxcliff/harness/provision/provisiontest"
	"ctxcliff/harness/simserver"
	"ctxcliff/harness/tinymodel"
)

// TestMain makes the test binary the command itself: ctxcliff in a script runs main, and what main
// starts (guards, simulated servers) is this binary again.
func TestMain(m *testing.M) {
	harness.Guard()
	if len(os.Args) > 1 && os.Args[1] == harness.SimCommand {
		os.Exit(simserver.Main(os.Args[2:]))
	}
	if len(os.Args) > 3 && os.Args[1] == tamperCommand {
		os.Exit(playTampered(os.Args[2], os.Args[3:]))
	}
	testscript.Main(m, map[string]func(){"ctxcliff": main})
}

// Scripts in testdata/script run with the simulated server or none; those in testdata/real need a
// real llama-server, which $SERVER names.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: filepath.Join("testdata", "script"), Setup: scriptEnv, Cmds: scriptCommands})
}

func TestRealServer(t *testing.T) {
	runReal(t, filepath.Join("testdata", "real"), map[string]string{"SERVER": provisiontest.Server(t)})
}

// Scripts in testdata/long are nights of the simulated server, several in a row.
func TestLongScripts(t *testing.T) {
	if !*long {
		t.Skip("takes half a minute and more; -long")
	}
	testscript.Run(t, testscript.Params{Dir: filepath.Join("testdata", "long"), Setup: scriptEnv, Cmds: scriptCommands})
}

// Scripts in testdata/real/nights are whole nights of a real server.
func TestRealNights(t *testing.T) {
	if !*long {
		t.Skip("takes a minute and more; -long")
	}
	runReal(t, filepath.Join("testdata", "real", "nights"), map[string]string{"SERVER": provisiontest.Server(t)})
}

// Scripts in testdata/real/rpc need a real rpc-server, too, which $RPC_SERVER names.
func TestRealPeers(t *testing.T) {
	runReal(t, filepath.Join("testdata", "real", "rpc"), map[string]string{
		"SERVER": provisiontest.Server(t), "RPC_SERVER": provisiontest.RPCServer(t),
	})
}

var long = flag.Bool("long", false, "run the field's rows on real rpc-servers, at the field's sizes, and hand over more kinds of faults")

// TestRowsOfTheField takes a minute or two.
func TestRowsOfTheField(t *testing.T) {
	if !*long {
		t.Skip("only with -long")
	}
	examples, err := filepath.Abs("examples")
	if err != nil {
		t.Fatal(err)
	}
	runReal(t, filepath.Join("testdata", "real", "long"), map[string]string{
		"SERVER": provisiontest.Server(t), "RPC_SERVER": provisiontest.RPCServer(t), "EXAMPLES": examples,
	})
}

func runReal(t *testing.T, dir string, programs map[string]string) {
	testscript.Run(t, testscript.Params{
		Dir: dir, Cmds: scriptCommands,
		Setup: func(e *testscript.Env) error {
			for name, path := range programs {
				e.Setenv(name, path)
			}
			return scriptEnv(e)
		},
	})
}

// scriptEnv gives each script a home and a cache of its own, with the tiny models in $WORK/models.
func scriptEnv(e *testscript.Env) error {
	e.Setenv("HOME", e.WorkDir)
	e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, ".cache"))
	e.Setenv("LANG", "C.UTF-8")
	e.Setenv("NO_COLOR", "1")
	e.Setenv("PORT", freePort()) // for a server that is not ours
	for _, f := range tinymodel.Families() {
		if err := tinymodel.WriteFile(filepath.Join(e.WorkDir, string(f)+".gguf"), tinymodel.Options{Family: f, Seed: 1}); err != nil {
			return err
		}
	}
	return nil
}

// freePort is one that nobody listens on.
func freePort() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

var scriptCommands = map[string]func(*testscript.TestScript, bool, []string){
	// exitcode N command…: the command ends with exactly this code.
	"exitcode": func(ts *testscript.TestScript, _ bool, args []string) {
		if len(args) < 2 {
			ts.Fatalf("usage: exitcode N command [args…]")
		}
		err := ts.Exec(args[1], args[2:]...)
		got := "0"
		if exit, ok := err.(*exec.ExitError); ok {
			got = strings.TrimPrefix(exit.String(), "exit status ")
		} else if err != nil {
			ts.Fatalf("%v", err)
		}
		if got != args[0] {
			ts.Fatalf("exit code %s, want %s", got, args[0])
		}
	},
	// oneline stderr: exactly one line was printed there, and it is no stack trace.
	"oneline": func(ts *testscript.TestScript, _ bool, args []string) {
		text := strings.TrimSuffix(ts.ReadFile(args[0]), "\n")
		if text == "" || strings.Contains(text, "\n") || strings.Contains(text, "goroutine ") {
			ts.Fatalf("want one sentence, got:\n%s", text)
		}
	},
	// healthy URL: a server at that address becomes ready.
	"healthy": func(ts *testscript.TestScript, _ bool, args []string) {
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if answer, err := http.Get(args[0] + "/health"); err == nil {
				answer.Body.Close()
				if answer.StatusCode == http.StatusOK {
					return
				}
			}
		}
		ts.Fatalf("%s did not become ready", args[0])
	},
	// absent TEXT PATH…: no file there, or below there, has the text in its bytes or its name.
	"absent": func(ts *testscript.TestScript, _ bool, args []string) {
		for _, root := range args[1:] {
			ts.Check(filepath.WalkDir(ts.MkAbs(root), func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				if data, err := os.ReadFile(path); err != nil || bytes.Contains(data, []byte(args[0])) || strings.Contains(path, args[0]) {
					ts.Fatalf("%s is in %s (%v)", args[0], path, err)
				}
				return nil
			}))
		}
	},
	// truncate FILE BYTES keeps the beginning of a file.
	"truncate": func(ts *testscript.TestScript, _ bool, args []string) {
		data := ts.ReadFile(args[0])
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(data[:len(data)/2]), 0o644))
	},
}
