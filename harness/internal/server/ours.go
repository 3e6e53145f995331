package server

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"ctxcliff/harness/internal/process"
)

// announcement is how long the server's own "listening on" line is waited for once /health is well.
// It comes within a millisecond; asking the system who listens costs more than that (5 to 30 ms).
const announcement = 20 * time.Millisecond

// provenOurs refuses an answer that somebody else gave. The server's own word that it listens is
// proof, because it ends when it cannot bind. Failing that the system is asked, and where that does
// not say either, a living process of ours has to do.
func (s *Server) provenOurs(port int, args []string) error {
	if s.saysListening(port) {
		return nil
	}
	pid, name, err := process.ListenerPID(port)
	if err != nil || pid == 0 || pid == s.PID() || slices.Contains(process.Descendants(s.PID()), pid) || process.Runs(pid, args) {
		return nil
	}
	if s.Exited() {
		return &LoadError{Reason: "it ended while loading"}
	}
	return &PortError{Port: port, PID: pid, Process: name}
}

func (s *Server) saysListening(port int) bool {
	lines := s.process.Subscribe(64)
	defer lines.Close()
	limit := time.NewTimer(announcement)
	defer limit.Stop()
	for {
		select {
		case l, more := <-lines.C:
			if !more {
				return false
			}
			if listensOn(l.Text, port) {
				return true
			}
		case <-limit.C:
			return false
		}
	}
}

// listensOn reports whether the line says "listening on http://127.0.0.1:8080", of that port.
func listensOn(line string, port int) bool {
	_, address, found := strings.Cut(line, "listening on http")
	if !found {
		return false
	}
	_, rest, found := strings.Cut(address, ":"+strconv.Itoa(port))
	return found && (rest == "" || rest[0] < '0' || rest[0] > '9')
}
