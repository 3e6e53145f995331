package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"ctxcliff/harness/internal/process"
)

// LaunchSpec says what to start and how long it may take.
type LaunchSpec struct {
	Command      []string // the program, with what must come before llama-server's own arguments
	Env          []string // NAME=VALUE beside our own environment
	Options      Options  // Port 0: a free one
	Capabilities Capabilities
	LogFile      string        // whole output goes here; "" nowhere
	ReadyTimeout time.Duration // from launch to ready
}

// Server is one running llama-server. Whoever launched it must call Stop.
type Server struct {
	*Client
	process *process.Process
	argv    []string
	load    time.Duration
}

// PortError is a port that cannot be used because somebody listens on it.
type PortError struct {
	Port    int
	PID     int // 0 unknown
	Process string
}

func (e *PortError) Error() string {
	who := "another program"
	if e.PID > 0 {
		who = fmt.Sprintf("pid %d (%s)", e.PID, e.Process)
	}
	return fmt.Sprintf("port %d is taken by %s; end it, or choose another with --port", e.Port, who)
}

// LoadError is a server that never became ready.
type LoadError struct {
	Reason string // one sentence
	Exit   process.Exit
	Tail   []process.Line
}

func (e *LoadError) Error() string { return e.Reason }

// bindTries is how often a port of our own choice may turn out to be taken: between our choice and
// the server's bind anybody may have got it.
const bindTries = 3

// Launch starts a server and returns once it is ready and proven to be ours. The error is a
// [*PortError], a [*LoadError], ctx's, or that of a program that cannot be run. When Launch fails,
// nothing of it is left running.
func Launch(ctx context.Context, spec LaunchSpec) (*Server, error) {
	chosen := spec.Options.Port != 0
	for try := 1; ; try++ {
		if err := choosePort(&spec.Options); err != nil {
			return nil, err
		}
		s, err := launchOnce(ctx, spec)
		var load *LoadError
		if chosen || try == bindTries || !errors.As(err, &load) || !couldNotBind(load.Tail) {
			return s, err
		}
		spec.Options.Port = 0
	}
}

func choosePort(o *Options) error {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(o.Port))
	l, err := net.Listen("tcp", address)
	if err != nil {
		return foreign(o.Port)
	}
	o.Port = l.Addr().(*net.TCPAddr).Port
	return l.Close()
}

func foreign(port int) error {
	pid, name, _ := process.ListenerPID(port)
	return &PortError{Port: port, PID: pid, Process: name}
}

func launchOnce(ctx context.Context, spec LaunchSpec) (*Server, error) {
	argv := slices.Concat(spec.Command, spec.Capabilities.Args(spec.Options))
	began := time.Now()
	p, err := process.Start(ctx, process.Spec{Argv: argv, Env: environment(spec.Env), Name: "llama-server", LogFile: spec.LogFile})
	if err != nil {
		return nil, err
	}
	s := &Server{
		Client:  NewClient("http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(spec.Options.Port))),
		process: p, argv: argv,
	}
	if err := s.untilReady(ctx, spec); err != nil {
		exit := p.Stop(context.WithoutCancel(ctx), time.Second)
		var load *LoadError
		if errors.As(err, &load) {
			load.Exit, load.Tail = exit, p.Tail()
			if !exit.Requested {
				load.Reason = fmt.Sprintf("it ended with %s while loading: %s", exit, tellingLine(load.Tail))
			}
		}
		return nil, err
	}
	s.load = time.Since(began)
	return s, nil
}

// environment is ours with the additions.
func environment(add []string) []string {
	if len(add) == 0 {
		return nil
	}
	return append(os.Environ(), add...)
}

// untilReady polls: connection refused, then 503 while loading, then 200.
func (s *Server) untilReady(ctx context.Context, spec LaunchSpec) error {
	deadline := time.NewTimer(spec.ReadyTimeout)
	defer deadline.Stop()
	wait := time.NewTimer(0)
	defer wait.Stop()
	listening := false
	for pause := time.Millisecond; ; pause = min(pause*3/2, 250*time.Millisecond) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.process.Exited():
			return &LoadError{Reason: "it ended while loading"}
		case <-deadline.C:
			return &LoadError{Reason: neverReady(listening, spec.ReadyTimeout)}
		case <-wait.C:
		}
		err := s.healthWithin(ctx, 5*time.Second)
		if err == nil {
			return s.provenOurs(spec.Options.Port)
		}
		var loading *HTTPError
		listening = listening || errors.As(err, &loading) && loading.Status == http.StatusServiceUnavailable
		wait.Reset(pause)
	}
}

func neverReady(listening bool, after time.Duration) string {
	if listening {
		return fmt.Sprintf("it answered 503 (loading) for %s and never became ready", after)
	}
	return fmt.Sprintf("it never opened its port within %s", after)
}

func (s *Server) healthWithin(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return s.Health(ctx)
}

// provenOurs refuses an answer that somebody else gave. Where the system does not say who listens,
// a living process of ours has to do.
func (s *Server) provenOurs(port int) error {
	pid, name, err := process.ListenerPID(port)
	if err != nil || pid == 0 || pid == s.PID() || slices.Contains(process.Descendants(s.PID()), pid) {
		return nil
	}
	if s.Exited() {
		return &LoadError{Reason: "it ended while loading"}
	}
	return &PortError{Port: port, PID: pid, Process: name}
}

// Stop closes the connections that callers cancelled, asks the server to end (TERM), and ends it
// (KILL) with everything below it once grace is over. It may be called more than once.
func (s *Server) Stop(ctx context.Context, grace time.Duration) process.Exit {
	s.http.CloseIdleConnections()
	return s.process.Stop(ctx, grace)
}

// Done is closed when the server has ended, for whatever reason, and its output was read.
func (s *Server) Done() <-chan struct{} { return s.process.Done() }

// Exited reports whether the server's process has ended.
func (s *Server) Exited() bool {
	_, ended := s.process.Exit()
	return ended
}

// Exit is how it ended; false while it runs.
func (s *Server) Exit() (process.Exit, bool) { return s.process.Exit() }

// Tail is the last lines of its output.
func (s *Server) Tail() []process.Line { return s.process.Tail() }

// PID and StartTime name the process; Argv is the command line with the port that was chosen.
func (s *Server) PID() int          { return s.process.PID() }
func (s *Server) StartTime() uint64 { return s.process.StartTime() }
func (s *Server) Argv() []string    { return s.argv }

// LoadTime is how long it took from launch to ready.
func (s *Server) LoadTime() time.Duration { return s.load }
