package harness

import (
	"context"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/internal/server"
)

// subject is the server of a start: whom to speak to, and in whose hands it is.
type subject struct {
	*server.Client
	hands
}

// hands hold a server: ours, or somebody else's, of whom much less is known.
type hands interface {
	Done() <-chan struct{} // closed when the server was seen to end
	Exited() bool
	Exit() (process.Exit, bool) // how it ended; false while it runs, or when nobody tells
	// Stop ends what we have of it: the process where it is ours, else only our requests.
	Stop(ctx context.Context, grace time.Duration) process.Exit

	PID() int             // 0: it is no process of ours
	Tail() []process.Line // the last lines of its output
	Written() int64       // bytes of output
	Trouble() error       // what kept us from watching it well
}

// ours is a server that we have launched.
func ours(s *server.Server) *subject { return &subject{Client: s.Client, hands: s} }
