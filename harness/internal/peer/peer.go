package peer

import (
	"context"
	"time"

	"ctxcliff/harness/internal/process"
)

// Peer is one rpc-server of ours. Whoever got one from [Start] must call Stop, which ends it with
// everything below it: TERM, which the program does not catch, and KILL for one that stands still.
type Peer struct {
	*process.Launched
	endpoint string
	argv     []string
}

// Endpoint is the host:port that a llama-server reaches it at.
func (p *Peer) Endpoint() string { return p.endpoint }

// Argv is the command line.
func (p *Peer) Argv() []string { return p.argv }

// Memory is how much it has had at most.
func (p *Peer) Memory(context.Context) (process.Vitals, error) { return process.MemoryOf(p.PID()) }

// Portrait is what the kernel tells of it, for people, with its vitals.
func (p *Peer) Portrait(context.Context) (process.Vitals, string, error) {
	v, err := process.VitalsOf(p.PID())
	return v, process.Portrait(p.PID()), err
}

// Kernel is how the log of its host's kernel calls it; see [process.HostPID].
func (p *Peer) Kernel() (pid int, comm string) { return process.HostPID(p.PID()) }

// CatchUp waits until an end that has happened is known: the kernel knows it some moments before
// whoever waits for the process does.
func (p *Peer) CatchUp(ctx context.Context) {
	if start := p.StartTime(); start == 0 || process.Alive(p.PID(), start) {
		return
	}
	select {
	case <-p.Exited():
	case <-ctx.Done():
	}
}

// Uncertain is how wrong the times of it may be: they are this host's own.
func (p *Peer) Uncertain() time.Duration { return 0 }
