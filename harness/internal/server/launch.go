package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ctxcliff/harness/internal/process"
)

// LaunchSpec says what to start and how long it may take.
type LaunchSpec struct {
	Launcher     []string // goes before the program: runs it elsewhere or otherwise; see [process.Spec]
	Command      []string // the program, with what must come before llama-server's own arguments
	Env          []string // NAME=VALUE beside our own environment
	Options      Options  // Port 0: a free one; --host and --port in Extra are obeyed
	Capabilities Capabilities
	LogFile      string             // whole output goes here; "" nowhere
	Tap          func(process.Line) // is given every line, see [process.Spec]; nil nobody
	ReadyTimeout time.Duration      // from launch to ready; 0: as long as it takes
	LoadStall    time.Duration      // without reading, writing or growing while it loads; 0: not watched
}

// LoadError is a server that never became ready.
type LoadError struct {
	Reason string // one sentence
	Exit   process.Exit
	Tail   []process.Line
	PID    int
	Argv   []string

	Hung     time.Duration // given up after this long: without movement, or in all; 0 it ended by itself
	Portrait string        // of the hung process, before it was ended; see [process.Portrait]
}

func (e *LoadError) Error() string { return e.Reason }

// bindTries is how often a port of our own choice may turn out to be taken: between our choice and
// the server's bind anybody may have got it.
const bindTries = 3

// loadGrace is how long a server that did not become ready may take to end after SIGTERM.
const loadGrace = time.Second

// Launch starts a server and returns once it is ready and proven to be ours. The error is a
// [*PortError], a [*LoadError], ctx's, or that of a program that cannot be run. When Launch fails,
// nothing of it is left running.
func Launch(ctx context.Context, spec LaunchSpec) (*Server, error) {
	if err := spec.Options.takeAddress(); err != nil {
		return nil, err
	}
	chosen := spec.Options.Port != 0
	for try := 1; ; try++ {
		if err := choosePort(&spec.Options); err != nil {
			return nil, err
		}
		s, err := launchOnce(ctx, spec)
		if err == nil || !lostPort(err) {
			return s, err
		}
		if chosen || try == bindTries {
			return nil, foreign(spec.Options.Port)
		}
		spec.Options.Port = 0
	}
}

// lostPort reports whether somebody else got the port before the server did: the server could not
// bind, or it was not the one that answered.
func lostPort(err error) bool {
	var taken *PortError
	var load *LoadError
	return errors.As(err, &taken) || errors.As(err, &load) && couldNotBind(load.Tail)
}

func launchOnce(ctx context.Context, spec LaunchSpec) (*Server, error) {
	args := spec.Capabilities.Args(spec.Options)
	argv := slices.Concat(spec.Launcher, spec.Command, args)
	began := time.Now()
	p, err := process.Start(ctx, process.Spec{Argv: argv, Launcher: len(spec.Launcher), Env: process.Environment(spec.Env), Name: "llama-server", LogFile: spec.LogFile, Tap: spec.Tap})
	if err != nil {
		return nil, err
	}
	s := &Server{Client: NewClient("http://" + spec.Options.address()), process: &process.Launched{Process: p}, argv: argv}
	s.key = apiKey(spec)
	err = s.untilReady(ctx, began, spec.ReadyTimeout, spec.LoadStall)
	s.load = time.Since(began)
	if err == nil {
		err = s.provenOurs(spec.Options.Port, args)
	}
	s.process.Find(spec.Options.Port, args)
	if err != nil {
		exit := s.Stop(context.WithoutCancel(ctx), loadGrace)
		if left := s.process.EndStraggler(spec.Options.Port, args, loadGrace); left != nil {
			return nil, left
		}
		return nil, s.explain(err, exit)
	}
	return s, nil
}

// explain adds to a load error how the server ended and what it said.
func (s *Server) explain(err error, exit process.Exit) error {
	var load *LoadError
	if !errors.As(err, &load) {
		return err
	}
	load.Exit, load.Tail, load.PID, load.Argv = exit, s.process.Tail(), s.PID(), s.argv
	switch {
	case exit.Requested:
	case exit.Code == 0 && exit.Leftovers > 0:
		load.Reason = "it went to the background while loading; a wrapper script must exec the server or wait for it"
	default:
		load.Reason = fmt.Sprintf("it ended with %s while loading: %s", exit, tellingLine(load.Tail))
	}
	return err
}
