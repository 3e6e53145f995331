package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ctxcliff/harness/tinymodel"
)

// listener is a foreign process that listens on a port.
func listener(t *testing.T) (port, pid int) {
	t.Helper()
	port = freePort(t)
	spec := simSpec(t, "nomodel")
	cmd := exec.Command(spec.Command[0], simArg, "--port", fmt.Sprint(port))
	cmd.Env = append(os.Environ(), spec.Env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	c := NewClient(fmt.Sprintf("http://127.0.0.1:%d", port))
	for ctx := within(t); c.Health(ctx) != nil; {
		if ctx.Err() != nil {
			t.Fatal("the foreign listener does not listen")
		}
	}
	return port, cmd.Process.Pid
}

func TestAPortThatSomebodyListensOn(t *testing.T) {
	port, pid := listener(t)
	spec := realSpec(t, tinymodel.Llama, 1, 512)
	byOption, byFlag := spec, spec
	byOption.Options.Port = port
	byFlag.Options.Extra = []string{"--port", fmt.Sprint(port)}
	_, first := Launch(within(t), byOption)
	_, second := Launch(within(t), byFlag)
	for _, err := range []error{first, second, CheckPort(port)} {
		oneSentence(t, err, fmt.Sprintf("port %d is taken by pid %d (", port, pid))
		var taken *PortError
		if !errors.As(err, &taken) || taken.Port != port || taken.PID != pid || taken.Process == "" {
			t.Errorf("%#v", err)
		}
	}
	if err := CheckPort(freePort(t)); err != nil {
		t.Error(err)
	}
	if err := CheckPort(1 << 17); err == nil || strings.Contains(err.Error(), "is taken") {
		t.Errorf("got %v", err)
	}
}

func TestAPortTakenBetweenChoiceAndBindIsChosenAgain(t *testing.T) {
	port, pid := listener(t)
	good := realSpec(t, tinymodel.Llama, 1, 512)
	count := filepath.Join(t.TempDir(), "starts")
	// The first so many starts are sent to the port that is taken.
	wrapper := func(n int) string {
		return script(t, fmt.Sprintf(`echo x >> %s
[ $(wc -l < %s) -gt %d ] && exec %s "$@"
exec %s --port %d -m %s -fit off`, count, count, n, good.Command[0], good.Command[0], port, good.Options.Model))
	}
	spec := good
	spec.Command = []string{wrapper(bindTries - 1)}
	s := launched(t, spec)
	if starts := strings.Count(read(t, count), "x"); starts != bindTries {
		t.Errorf("%d starts", starts)
	}
	s.Stop(context.Background(), 10*time.Second)

	spec.Command = []string{wrapper(1000)}
	_, err := Launch(within(t), spec)
	var taken *PortError
	if !errors.As(err, &taken) || taken.PID == pid {
		t.Errorf("got %v", err)
	}
	if starts := strings.Count(read(t, count), "x"); starts != 2*bindTries {
		t.Errorf("%d starts", starts)
	}
	spec.Options.Port = freePort(t) // one that was asked for is not replaced by another
	if _, err = Launch(within(t), spec); !errors.As(err, &taken) || taken.Port != spec.Options.Port {
		t.Errorf("got %v", err)
	}
	if starts := strings.Count(read(t, count), "x"); starts != 2*bindTries+1 {
		t.Errorf("%d starts", starts)
	}
}

func TestAnAnswerThatSomebodyElseGivesIsRefused(t *testing.T) {
	spec := simSpec(t, "nomodel")
	spec.Options.Port = freePort(t)
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	self := spec.Command[0]
	spec.Command = []string{script(t, "echo up > "+fifo+"; exec sleep 1000")}
	foreign := exec.Command(self, simArg, "--port", fmt.Sprint(spec.Options.Port))
	foreign.Env = append(os.Environ(), spec.Env...)
	started := make(chan error, 1)
	go func() {
		_, err := os.ReadFile(fifo) // blocks until the command runs, after the port was found free
		started <- errors.Join(err, foreign.Start())
	}()
	_, err := Launch(within(t), spec)
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	pid := foreign.Process.Pid
	_ = foreign.Process.Kill()
	_ = foreign.Wait()
	var taken *PortError
	if !errors.As(err, &taken) || taken.PID != pid {
		t.Errorf("got %v", err)
	}
}
