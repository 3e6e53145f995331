package peer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"ctxcliff/harness/internal/process"
)

// loopback is where a peer of ours listens unless it is told otherwise: the protocol has no protection.
const loopback = "127.0.0.1"

// Spec says what to start as a peer of ours.
type Spec struct {
	Name     string             // rpc1…
	Launcher []string           // goes before the program; see [process.Spec]
	Command  []string           // the program, with what must come before its own arguments
	Env      []string           // NAME=VALUE beside our own environment
	Listen   string             // the address that it listens on, IPv4; "" the loopback
	Port     int                // and the port; 0: a free one
	LogFile  string             // whole output goes here; "" nowhere
	Tap      func(process.Line) // is given every line; nil nobody
	Ready    time.Duration      // from launch until it accepts connections; 0: as long as it takes
}

// Args are the program's own arguments for a port of the loopback; 0 stands for one that is not chosen
// yet.
func Args(port int) []string { return argsAt(loopback, port) }

func argsAt(address string, port int) []string {
	return []string{"-H", address, "-p", strconv.Itoa(port)}
}

// Endpoint is where a peer of ours with that port is reached.
func Endpoint(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }

// NotReadyError is a peer of ours that never accepted a connection. Nothing of it is left.
type NotReadyError struct {
	Name     string
	Reason   string // the rest of a sentence that names the peer
	Exit     process.Exit
	Hung     time.Duration // given up after this long; 0 it ended by itself
	Endpoint string
	Argv     []string
	PID      int
	Portrait string // of one that hung, before it was ended; see [process.Portrait]

	lostPort bool // somebody else has it
}

func (e *NotReadyError) Error() string { return e.Name + " " + e.Reason }

// bindTries is how often a port may turn out to be taken: between our choice and the program's bind
// anybody may have got it.
const bindTries = 3

// leave is how long one that did not get ready may take to end after TERM.
const leave = time.Second

// Start starts an rpc-server at a free port, or at the one that is asked for, and returns once it accepts connections
// and is proven to be ours. The error is a [*NotReadyError], a [*process.StartError], ctx's, or
// trouble of the system; nothing is left running then.
func Start(ctx context.Context, s Spec) (*Peer, error) {
	s.Listen = cmp.Or(s.Listen, loopback)
	for try := 1; ; try++ {
		port, err := choosePort(s)
		if err != nil {
			return nil, err
		}
		p, err := startAt(ctx, s, port)
		var not *NotReadyError
		if !errors.As(err, &not) || !not.lostPort || s.Port != 0 || try == bindTries {
			return p, err
		}
	}
}

// choosePort finds a port that nobody listens on.
func choosePort(s Spec) (int, error) {
	l, err := net.Listen("tcp4", net.JoinHostPort(s.Listen, strconv.Itoa(s.Port)))
	switch {
	case err == nil:
		return l.Addr().(*net.TCPAddr).Port, l.Close()
	case errors.Is(err, syscall.EADDRINUSE):
		return 0, &NotReadyError{Name: s.Name, Reason: fmt.Sprintf("does not get its port: somebody listens on %s:%d; end that, or name another port", s.Listen, s.Port)}
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return 0, &NotReadyError{Name: s.Name, Reason: fmt.Sprintf("cannot listen on %s: its host has no such address; name one that it has", s.Listen)}
	}
	return 0, fmt.Errorf("find a free port for an rpc-server: %w", err)
}

func startAt(ctx context.Context, s Spec, port int) (*Peer, error) {
	args := argsAt(s.Listen, port)
	argv := slices.Concat(s.Launcher, s.Command, args)
	began := time.Now()
	run, err := process.Start(ctx, process.Spec{
		Argv: argv, Launcher: len(s.Launcher), Env: process.Environment(s.Env), Name: s.Name, LogFile: s.LogFile, Tap: s.Tap,
	})
	if err != nil {
		return nil, err
	}
	p := &Peer{Launched: &process.Launched{Process: run}, endpoint: net.JoinHostPort(s.Listen, strconv.Itoa(port)), argv: argv}
	err = p.untilReady(ctx, began, s.Ready, port, args)
	p.Find(port, args)
	if err != nil {
		exit := p.Stop(context.WithoutCancel(ctx), leave)
		if left := p.EndStraggler(port, args, leave); left != nil {
			return nil, left
		}
		return nil, p.explain(err, exit)
	}
	return p, nil
}

// The pause between two looks, as a share of the time it has taken so far.
const (
	minPause     = time.Millisecond
	maxPause     = 250 * time.Millisecond
	pauseDivisor = 32
)

// untilReady waits until a connection succeeds that nobody but this process can have accepted.
func (p *Peer) untilReady(ctx context.Context, began time.Time, limit time.Duration, port int, args []string) error {
	var late <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		late = timer.C
	}
	wait := time.NewTimer(0)
	defer wait.Stop()
	for {
		select {
		case <-p.Exited():
			return &NotReadyError{}
		case <-late:
			return &NotReadyError{Hung: limit, Portrait: process.Portrait(p.PID()), Reason: fmt.Sprintf("accepted no connection within %s", limit)}
		case <-ctx.Done():
			return ctx.Err()
		case <-wait.C:
		}
		if Dial(ctx, p.endpoint, time.Second) == nil {
			return p.provenOurs(port, args)
		}
		wait.Reset(min(max(time.Since(began)/pauseDivisor, minPause), maxPause))
	}
}

// provenOurs refuses a connection that somebody else accepted. Where the system does not say who
// listens, a living process of ours has to do.
func (p *Peer) provenOurs(port int, args []string) error {
	pid, name, err := process.ListenerPID(port)
	if err != nil || pid == 0 || pid == p.PID() || slices.Contains(process.Descendants(p.PID()), pid) || process.Runs(pid, args) {
		if _, ended := p.Exit(); ended {
			return &NotReadyError{}
		}
		return nil
	}
	return &NotReadyError{lostPort: true, Reason: fmt.Sprintf("did not get its port: pid %d (%s) listens on %d", pid, name, port)}
}

// explain completes an error with how the process ended and what it said last.
func (p *Peer) explain(err error, exit process.Exit) error {
	var not *NotReadyError
	if !errors.As(err, &not) {
		return err
	}
	not.Name, not.Endpoint, not.Argv, not.PID, not.Exit = p.Name(), p.endpoint, p.argv, p.PID(), exit
	if not.Reason == "" {
		not.lostPort = strings.Contains(said(p.Tail()), couldNotBind)
		not.Reason = fmt.Sprintf("ended with %s before it accepted a connection: %s", exit, said(p.Tail()))
	}
	return err
}

// couldNotBind is the last line of one whose port is taken (tools/rpc, ggml-rpc.cpp).
const couldNotBind = "Failed to create server socket"

// said is the last line that says something; of one that printed its usage, the first.
func said(tail []process.Line) string {
	last := "it printed nothing"
	for _, l := range tail {
		text := strings.TrimSpace(l.Text)
		if strings.HasPrefix(text, "Usage:") {
			return "it does not know our arguments, and printed its usage"
		}
		if text != "" {
			last = text
		}
	}
	return last
}

// Dial is nil when somebody accepts a connection at host:port within the limit. A peer that a server
// uses must not be asked: see the package comment.
func Dial(ctx context.Context, endpoint string, limit time.Duration) error {
	conn, err := (&net.Dialer{Timeout: limit}).DialContext(ctx, "tcp", endpoint)
	if err != nil {
		return err
	}
	return conn.Close()
}
