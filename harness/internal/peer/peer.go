package peer

import "ctxcliff/harness/internal/process"

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
