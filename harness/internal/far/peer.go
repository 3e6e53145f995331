package far

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"ctxcliff/harness/internal/process"
)

// Peer is an rpc-server on another host. Times are those of our clock.
type Peer struct {
	host    *Host
	name    string
	started started
	text    *process.Transcript
	exited  chan struct{}
	done    chan struct{}

	mu    sync.Mutex
	exit  process.Exit
	known bool
	over  bool // done is closed
	asked bool // Stop was called
	lost  int  // lines that the link was too slow for
}

// take sorts a message about it; it is called by the reader of the link.
func (p *Peer) take(m message, offset time.Duration) {
	p.mu.Lock()
	over := p.over
	p.mu.Unlock()
	if over {
		return
	}
	switch m.Is {
	case isLines:
		p.hear(m, offset)
	case isExit, isDone:
		if m.Exit != nil {
			m.Exit.At = m.Exit.At.Add(-offset)
			p.end(*m.Exit)
		}
		if m.Is == isDone {
			p.finish()
		}
	}
}

func (p *Peer) hear(m message, offset time.Duration) {
	if m.Lost > 0 {
		p.mu.Lock()
		p.lost += m.Lost
		p.mu.Unlock()
		p.text.Add(process.Line{Time: time.Now(), Stream: process.Stderr, Text: fmt.Sprintf("[ctxcliff: %d lines came faster than the link, and are lost]", m.Lost)})
	}
	for _, l := range m.Lines {
		line := process.Line{Time: time.Unix(0, l.At).Add(-offset), Stream: process.Stdout, Text: string(l.Text), Cut: l.Cut}
		if l.Stderr {
			line.Stream = process.Stderr
		}
		p.text.Add(line)
	}
}

// end notes how it ended; what the sweep after the end found may come later.
func (p *Peer) end(exit process.Exit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.exit = exit
	if !p.known {
		p.known = true
		close(p.exited)
	}
}

// finish closes done, once.
func (p *Peer) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		p.over = true
		p.text.End()
		close(p.done)
	}
}

// sever is the loss of the link: nobody sees how it ends.
func (p *Peer) sever() {
	p.mu.Lock()
	known, asked := p.known, p.asked
	p.mu.Unlock()
	if !known {
		p.end(process.Exit{Code: -1, GuardLost: true, Requested: asked, At: time.Now()})
	}
	p.finish()
}

// Name is what messages call it.
func (p *Peer) Name() string { return p.name }

// Host is where it runs.
func (p *Peer) Host() *Host { return p.host }

// Endpoint is where a llama-server on this side reaches it.
func (p *Peer) Endpoint() string { return p.started.Endpoint }

// Argv is its command line there.
func (p *Peer) Argv() []string { return p.started.Argv }

// PID is its number there.
func (p *Peer) PID() int { return p.started.PID }

// StartTime is 0: pid and start time name a process of another host, and none of this one.
func (p *Peer) StartTime() uint64 { return 0 }

// Kernel is how the log of its host's kernel calls it; see [process.HostPID].
func (p *Peer) Kernel() (pid int, comm string) { return p.started.HostPID, p.started.Comm }

// Exit is how it ended; false while it has not. GuardLost: the link was lost before.
func (p *Peer) Exit() (process.Exit, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exit, p.known
}

// Exited is closed when it has ended, or nobody sees any more whether it has.
func (p *Peer) Exited() <-chan struct{} { return p.exited }

// Done is closed when all that it said has come, too, or nothing more is to come.
func (p *Peer) Done() <-chan struct{} { return p.done }

// CatchUp waits until an end that has happened is known here, or the link turns out to be lost: that may
// take as long as a silence may last, whatever ctx says.
func (p *Peer) CatchUp(ctx context.Context) {
	var lost *LinkError
	if _, err := p.host.ask(context.WithoutCancel(ctx), request{Do: doCatchUp, Name: p.name}); errors.As(err, &lost) {
		select {
		case <-p.exited:
		case <-ctx.Done():
		}
	}
}

// Uncertain is how wrong the times of it may be.
func (p *Peer) Uncertain() time.Duration {
	_, uncertain := p.host.Offset()
	return uncertain
}

// stopWait is longer than the far side takes to give up on a process that outlives SIGKILL.
const stopWait = 8 * time.Second

// Stop ends it there, and returns how it ended; of a link that is lost, what is known.
func (p *Peer) Stop(ctx context.Context, grace time.Duration) process.Exit {
	p.mu.Lock()
	p.asked = true
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, grace+stopWait)
	defer cancel()
	m, err := p.host.ask(ctx, request{Do: doStop, Name: p.name, GraceMS: grace.Milliseconds()})
	if err == nil && m.Exit != nil && m.Exit.Stuck {
		return *m.Exit
	}
	if err == nil {
		select {
		case <-p.done:
		case <-ctx.Done():
		}
	}
	exit, _ := p.Exit()
	return exit
}

// Tail is as [process.Process.Tail].
func (p *Peer) Tail() []process.Line { return p.text.Tail() }

// Written is how many bytes of its lines have come.
func (p *Peer) Written() int64 { return p.text.Written() }

// Trouble is what was not seen of it, and why; nil nothing.
func (p *Peer) Trouble() error {
	p.mu.Lock()
	exit, lost := p.exit, p.lost
	p.mu.Unlock()
	var all []string
	if exit.GuardLost {
		all = append(all, fmt.Sprintf("what %s said and how it ended after that is not seen: %s", p.name, p.host.Why()))
	}
	if lost > 0 {
		all = append(all, fmt.Sprintf("%d lines of %s came faster than the link, and are lost", lost, p.name))
	}
	if err := p.text.Trouble(); err != nil {
		all = append(all, fmt.Sprintf("write the log of %s: %v", p.name, err))
	}
	if len(all) == 0 {
		return nil
	}
	return fmt.Errorf("%s", strings.Join(all, "; "))
}

// Memory is how much it has had at most.
func (p *Peer) Memory(ctx context.Context) (process.Vitals, error) {
	v, _, err := p.look(ctx, doMemory)
	return v, err
}

// Portrait is what the kernel there tells of it, for people, with its vitals.
func (p *Peer) Portrait(ctx context.Context) (process.Vitals, string, error) {
	return p.look(ctx, doLook)
}

func (p *Peer) look(ctx context.Context, what string) (v process.Vitals, text string, err error) {
	m, err := p.host.ask(ctx, request{Do: what, Name: p.name})
	if err != nil {
		return v, "", err
	}
	if m.Vitals != nil {
		v = *m.Vitals
	}
	return v, strings.Join(m.Texts, ""), nil
}
