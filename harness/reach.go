package harness

import (
	"context"
	"errors"
	"fmt"

	"ctxcliff/harness/internal/peer"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/trial"
)

// reach asks the binary about its peers. The asking has ended when the server starts: each of them
// serves one client at a time.
func (l *life) reach(ctx context.Context, a *trial.Attempt) (ok bool, err error) {
	if len(l.peers) == 0 || !l.lab.caps.Offers("--list-devices") {
		return true, nil
	}
	err = server.ReachPeers(ctx, l.lab.Target.Launch, l.lab.command, l.lab.env, l.endpoints(), l.Limits.Peers)
	var trouble *server.PeerError
	switch fell := l.fallen(); {
	case err == nil:
		return true, nil
	case ctx.Err() != nil:
		l.invalid(a, trial.Incomplete, "interrupted while loading")
	case !errors.As(err, &trouble):
		l.invalid(a, trial.Infra, err.Error())
		return false, unusable{err}
	case len(fell) > 0:
		l.loadFailed(ctx, a, &server.LoadError{Reason: "when it was asked for its devices, " + fell[0].who + " ended"}, fell)
	default:
		l.invalid(a, trial.Infra, l.troubleWith(ctx, trouble))
	}
	return false, nil
}

// troubleWith is the sentence about a peer that cannot be used.
func (l *life) troubleWith(ctx context.Context, e *server.PeerError) string {
	who := "one of the rpc-servers"
	for _, c := range l.peers {
		if c.endpoint == e.Endpoint {
			who = fmt.Sprintf("%s at %s", c.name, c.endpoint)
		}
	}
	if !e.Silent || e.Endpoint == "" {
		return who + " " + e.Reason
	}
	if err := peer.Dial(ctx, e.Endpoint, askLimit); err != nil {
		return fmt.Sprintf("%s cannot be reached: %v; see that the rpc-server runs and the network is up", who, err)
	}
	return fmt.Sprintf("%s accepts connections and %s; it serves one client at a time, so end whatever uses it, or restart it if it stands still", who, e.Reason)
}
