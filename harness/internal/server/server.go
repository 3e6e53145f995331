package server

import (
	"context"
	"time"

	"ctxcliff/harness/internal/process"
)

// Server is one running llama-server. Whoever launched it must call Stop.
type Server struct {
	*Client
	process *process.Launched
	argv    []string
	load    time.Duration
}

// Stop breaks off the requests that are in flight (their callers see the cancellation), asks the
// server to end (TERM), and ends it (KILL) with everything below it once grace is over. With a client
// still connected, TERM alone would never be obeyed. It may be called more than once.
func (s *Server) Stop(ctx context.Context, grace time.Duration) process.Exit {
	s.HangUp()
	return s.process.Stop(ctx, grace)
}

// Done is closed when the server has ended, for whatever reason, and its output was read.
func (s *Server) Done() <-chan struct{} { return s.process.Done() }

// Exited reports whether the server has ended, or the launcher that it was left to.
func (s *Server) Exited() bool {
	_, ended := s.process.Exit()
	return ended
}

// Exit is how it ended; false while it runs. Behind a launcher it is the server's own end, if the
// system tells it.
func (s *Server) Exit() (process.Exit, bool) { return s.process.Exit() }

// Tail is the last lines of its output.
func (s *Server) Tail() []process.Line { return s.process.Tail() }

// PID is the server's process id; that of the launcher, or of a wrapper script that does not exec, when
// nobody knows the one behind it.
func (s *Server) PID() int { return s.process.PID() }

// StartTime names the process together with the pid, in clock ticks after boot; 0 unknown.
func (s *Server) StartTime() uint64 { return s.process.StartTime() }

// Argv is the command line, with the port that was chosen.
func (s *Server) Argv() []string { return s.argv }

// LoadTime is how long it took from launch to ready.
func (s *Server) LoadTime() time.Duration { return s.load }

// Written is how many bytes it has written to its log.
func (s *Server) Written() int64 { return s.process.Written() }

// Trouble is what kept us from watching it well, such as a log that could not be written; nil when
// nothing did.
func (s *Server) Trouble() error { return s.process.Trouble() }
