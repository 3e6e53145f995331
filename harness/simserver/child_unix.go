//go:build unix

package simserver

import (
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Hidden first arguments of helper processes that a simulated server leaves behind.
const (
	argSleep  = "--sim-sleep"  // DURATION: lives that long
	argKernel = "--sim-kernel" // DURATION TEXT: appends to the kernel log then
)

// helper is what the hidden arguments ask for.
func helper(args []string) (code int, ok bool) {
	if len(args) < 2 || args[0] != argSleep && args[0] != argKernel {
		return 0, false
	}
	d, err := time.ParseDuration(args[1])
	if err != nil {
		return 2, true
	}
	time.Sleep(d)
	if args[0] == argKernel && len(args) == 3 {
		appendKernel(args[2])
	}
	return 0, true
}

// kernel appends a line to the kernel log, later by a process that outlives this one.
func (s *Server) kernel(text string, later time.Duration) {
	if later == 0 {
		appendKernel(text)
		return
	}
	cmd := s.self(argKernel, later.String(), text)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	s.startHelper(cmd)
}

func appendKernel(text string) {
	f, err := os.OpenFile(os.Getenv(EnvKernelLog), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return
	}
	defer f.Close()
	f.WriteString(text + "\n")
}

// grandchild leaves a process that holds the same stdout and stderr.
func (s *Server) grandchild(d time.Duration, escape bool) {
	cmd := s.self(argSleep, d.String())
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: escape}
	s.startHelper(cmd)
}

// self is this program again in the same role: what stood before our own arguments, then these.
func (s *Server) self(args ...string) *exec.Cmd {
	prefix := os.Args[1:max(1, len(os.Args)-ownArgs)]
	cmd := exec.Command(os.Args[0], append(append([]string(nil), prefix...), args...)...)
	if exe, err := os.Executable(); err == nil {
		cmd.Path, cmd.Err = exe, nil
	}
	return cmd
}

// startHelper starts a process that may well outlive this one; whoever adopts it waits for it.
func (s *Server) startHelper(cmd *exec.Cmd) {
	if err := cmd.Start(); err != nil {
		s.log.bare("E", "simulated server: start a helper process: "+err.Error())
		return
	}
	s.log.bare("I", "simulated server: left process "+itoa(cmd.Process.Pid))
	go cmd.Wait()
}

// dieForReal ends this process in the given way and does not return.
func dieForReal(d Death) {
	if d.Signal == 0 {
		os.Exit(d.Code)
	}
	// No core file: nobody wants to read a simulated one.
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	dieBySignal(d.Signal)
	select {}
}

// lockFile waits until this process alone holds the file.
func lockFile(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX) }
