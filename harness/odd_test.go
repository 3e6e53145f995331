package harness

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ctxcliff/harness/trial"
)

// oddCommand makes the test binary a server that answers /health, and is odd in all the rest.
const oddCommand = "__oddserver"

func playOddServer(kind string, args []string) int {
	port := args[slices.Index(args, "--port")+1]
	answer := func(w http.ResponseWriter, text string) { fmt.Fprintln(w, text) }
	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) { answer(w, `{"status":"ok"}`) })
	mux.HandleFunc("/props", func(w http.ResponseWriter, r *http.Request) {
		switch kind {
		case "props garbage":
			answer(w, "<html>not a llama-server</html>")
		case "props missing":
			http.Error(w, "no such page", http.StatusNotFound)
		case "props silent":
			<-r.Context().Done()
		case "props deadly":
			fmt.Fprintln(os.Stderr, "GGML_ASSERT(props) failed")
			os.Exit(3)
		default:
			answer(w, `{"total_slots":1,"default_generation_settings":{"n_ctx":8192}}`)
		}
	})
	mux.HandleFunc("/tokenize", func(w http.ResponseWriter, r *http.Request) {
		switch kind {
		case "tokenizer broken":
			w.WriteHeader(http.StatusInternalServerError)
			answer(w, `{"error":{"code":500,"message":"no vocabulary","type":"server_error"}}`)
		case "tokenizer silent":
			<-r.Context().Done()
		case "tokenizer deadly": // Go's runtime takes other signals for its own
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		case "tokenizer short":
			answer(w, `{"tokens":[1,2,3]}`)
		}
	})
	l, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		return 1
	}
	_ = http.Serve(l, mux)
	return 0
}

func oddLab(t testing.TB, kind string) *Lab {
	t.Helper()
	lab := simLab(t, "")
	lab.command = []string{lab.command[0], oddCommand, kind}
	return lab
}

// TestOddServers: what is ready and cannot be used is nobody's pass, and takes no minutes.
func TestOddServers(t *testing.T) {
	for kind, c := range map[string]struct {
		want   trial.Outcome
		reason string
		exit   string
		phase  string // of the fault; "" none
	}{
		"props garbage":    {trial.Infra, "does not say what it is", "signal:SIGTERM", ""},
		"props missing":    {trial.Infra, "HTTP 404", "signal:SIGTERM", ""},
		"props silent":     {trial.LoadFail, "did not say more within 300ms", "signal:SIGTERM", "load"},
		"props deadly":     {trial.LoadFail, "said that it was ready, and ended with code:3", "code:3", "load"},
		"tokenizer broken": {trial.Fail, "no vocabulary", "signal:SIGTERM", ""},
		"tokenizer short":  {trial.Fail, "pieces were sent", "signal:SIGTERM", ""},
		"tokenizer silent": {trial.Hang, "300ms", "signal:SIGTERM", "idle"},
		"tokenizer deadly": {trial.Crash, "SIGKILL", "signal:SIGKILL", "idle"},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s, recorded, _ := matrix{}.screen(t, oddLab(t, kind))
			s.Limits.Stall = 300 * time.Millisecond
			if err := run(t, context.Background(), s); err != nil {
				t.Fatal(err)
			}
			recorded.lawful(t)
			a, start := recorded.attempts[0], recorded.starts[0]
			if a.Outcome != c.want || !strings.Contains(a.Reason, c.reason) || c.exit != "" && start.Exit != c.exit {
				t.Errorf("%v: %q, the start ended with %s", a.Outcome, a.Reason, start.Exit)
			}
			if phase := phaseOfFault(a); phase != c.phase {
				t.Errorf("fault %+v", a.Fault)
			}
		})
	}
}

func phaseOfFault(a trial.Attempt) string {
	if a.Fault == nil {
		return ""
	}
	return a.Fault.Phase
}

func TestAKilledGuardIsNoFinding(t *testing.T) {
	t.Parallel()
	s, recorded, heard := matrix{}.screen(t, simLab(t, "delay(100ms)"))
	killed := false
	heard.on = func(e trial.Event) {
		if _, ok := e.(trial.Progress); ok && !killed {
			killed = true
			_ = syscall.Kill(parentOf(t, recorded.starts[0].PID), syscall.SIGKILL)
		}
	}
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	if a := recorded.attempts[0]; a.Outcome != trial.Infra || a.Fault != nil || !strings.Contains(a.Reason, "guard") {
		t.Errorf("%v: %q %+v", a.Outcome, a.Reason, a.Fault)
	}
}

func parentOf(t testing.TB, pid int) int {
	t.Helper()
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	parent, _ := strconv.Atoi(strings.Fields(rest)[1])
	return parent
}

func TestAProgramThatCannotRunEndsTheRun(t *testing.T) {
	t.Parallel()
	lab := simLab(t, "")
	lab.command = []string{t.TempDir() + "/nothing"}
	s, recorded, _ := matrix{tokens: []int{100, 200}}.screen(t, lab)
	err := run(t, context.Background(), s)
	recorded.lawful(t)
	if err == nil || !strings.Contains(err.Error(), "nothing") || strings.Contains(err.Error(), "\n") || outcomes(recorded.attempts) != "infra" {
		t.Errorf("%v; attempts %s", err, outcomes(recorded.attempts))
	}
}

func TestATakenPortEndsTheRun(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, recorded, _ := matrix{tokens: []int{100, 200}}.screen(t, simLab(t, ""))
	s.Port = l.Addr().(*net.TCPAddr).Port
	err = run(t, context.Background(), s)
	recorded.lawful(t)
	if err == nil || !strings.Contains(err.Error(), "is taken by pid "+strconv.Itoa(os.Getpid())) || outcomes(recorded.attempts) != "infra" {
		t.Errorf("%v; attempts %s", err, outcomes(recorded.attempts))
	}
	if err := CheckPort(s.Port); err == nil {
		t.Error("the port seems free")
	}
}

func TestTryLoad(t *testing.T) {
	t.Parallel()
	if err := simLab(t, "").TryLoad(t.Context(), 5*time.Second); err != nil {
		t.Error(err)
	}
	if err := simLab(t, "loadabort").TryLoad(t.Context(), 5*time.Second); !IsLoadFailure(err) {
		t.Errorf("got %v", err)
	}
	lab := simLab(t, "")
	lab.command = []string{t.TempDir() + "/nothing"}
	if err := lab.TryLoad(t.Context(), 5*time.Second); err == nil || IsLoadFailure(err) {
		t.Errorf("got %v", err)
	}
}
