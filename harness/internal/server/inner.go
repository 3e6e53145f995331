package server

import (
	"slices"
	"time"

	"ctxcliff/harness/internal/process"
)

// findInner looks for the llama-server behind a launcher: the process that listens on our port, if it
// is below the launcher, or has our command line and was started elsewhere at its request.
func (s *Server) findInner(port int, args []string, launched bool) {
	outer := s.process.PID()
	if !launched && !process.HasChildren(outer) {
		return // asking who listens costs milliseconds
	}
	below := process.Descendants(outer)
	pid, _, err := process.ListenerPID(port)
	if err != nil || pid == 0 || pid == outer {
		return
	}
	inside := slices.Contains(below, pid)
	if !inside && !process.Runs(pid, args) {
		return
	}
	if s.inner, err = process.Follow(pid); err != nil {
		s.inner = nil
		return
	}
	s.outside, s.over = !inside, make(chan struct{})
	go s.awaitBoth()
}

// lastWords is how long the output of a server that has ended is read while its launcher lives on.
const lastWords = 300 * time.Millisecond

// awaitBoth closes over once nothing more can come of the server, and ends then.
func (s *Server) awaitBoth() {
	defer close(s.over)
	select {
	case <-s.process.Done():
		return
	case <-s.inner.Ended():
	}
	timer := time.NewTimer(lastWords)
	defer timer.Stop()
	select {
	case <-s.process.Done():
	case <-timer.C:
	}
}

// innerExit puts the server's own end into the place of its launcher's. A launcher that ended first
// took the server with it: then the end is the launcher's own.
func (s *Server) innerExit(outer process.Exit, ended bool) (process.Exit, bool) {
	if s.inner == nil || !s.inner.Over() {
		return outer, ended
	}
	inner, told := s.inner.Exit()
	swept := ended && inner.Signal == "SIGKILL" && !outer.Requested && inner.At.After(outer.At) && outer.Signal != "SIGKILL" && outer.Code != 128+9
	switch {
	case !told && ended, swept:
		return outer, ended
	case !told:
		return process.Exit{}, true
	}
	inner.Requested, inner.Killed, inner.GuardLost = outer.Requested, outer.Killed, outer.GuardLost
	inner.Leftovers, inner.LeftoverNames, inner.Unkillable, inner.MaxRSS = outer.Leftovers, outer.LeftoverNames, outer.Unkillable, outer.MaxRSS
	return inner, true
}

// stopInner ends the server before its launcher where somebody else started it: the guard of the
// launcher reaches only what is below. stop ends the launcher.
func (s *Server) stopInner(grace time.Duration, stop func() process.Exit) process.Exit {
	if s.inner == nil {
		return stop()
	}
	asked, killed, gone := false, false, true
	if s.outside && !s.inner.Over() {
		asked = true
		killed, gone = s.inner.End(grace)
	}
	exit := stop()
	exit, _ = s.innerExit(exit, !exit.Stuck)
	exit.Requested, exit.Killed = exit.Requested || asked, exit.Killed || killed
	if !gone {
		exit.Unkillable = append(exit.Unkillable, s.inner.PID())
	}
	if !exit.Stuck {
		<-s.over
	}
	s.inner.Close()
	return exit
}
