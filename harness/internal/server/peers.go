package server

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// PeerError is an rpc-server that this llama-server cannot use.
type PeerError struct {
	Endpoint string // host:port; "" it is not known which of several
	Reason   string // what is wrong, as the rest of a sentence that names the peer
	Silent   bool   // it said nothing within the limit
}

func (e *PeerError) Error() string { return strings.TrimSpace(e.Endpoint + " " + e.Reason) }

// ReachPeers asks the binary to list the devices of these rpc-servers, and returns once the asking
// has ended: an rpc-server serves one client at a time, and the next one blocks without a word. The
// error is a [*PeerError], ctx's, or that of a program that cannot be run.
func ReachPeers(ctx context.Context, launcher, command, env []string, endpoints []string, limit time.Duration) error {
	q := prober{launcher: launcher, command: command, env: append(slices.Clone(env), "GGML_NO_BACKTRACE=1"), limit: limit}
	err := q.reach(ctx, endpoints)
	var trouble *PeerError
	if !errors.As(err, &trouble) || trouble.Endpoint != "" {
		return err
	}
	for _, one := range endpoints { // one of several, and only asking each alone tells which
		if alone := q.reach(ctx, []string{one}); alone != nil {
			return alone
		}
	}
	return err
}

func (q prober) reach(ctx context.Context, endpoints []string) error {
	text, exit, err := q.run(ctx, "--rpc", strings.Join(endpoints, ","), "--list-devices")
	only := ""
	if len(endpoints) == 1 {
		only = endpoints[0]
	}
	switch {
	case errors.Is(err, errTooLong):
		return &PeerError{Endpoint: only, Reason: fmt.Sprintf("did not say within %s what devices it has", q.limit), Silent: true}
	case err != nil:
		return err
	case exit.String() != "code:0":
		e := peerError(text, only)
		if e.Reason == "" {
			e.Reason = fmt.Sprintf("makes llama-server --list-devices end with %s: %s", exit, orNothing(firstLine(text)))
		}
		return e
	}
	for _, one := range endpoints { // builds before mid-2026 go on without a peer that they cannot reach
		if !strings.Contains(text, one) {
			e := peerError(text, one)
			if e.Reason == "" {
				e.Reason = "has no device that llama-server --list-devices lists"
			}
			return e
		}
	}
	return nil
}

// What llama.cpp says of a peer that it cannot use (ggml/src/ggml-rpc/ggml-rpc.cpp). The version comes
// through the log thread, which the abort may cut short.
var (
	notConnected = regexp.MustCompile(`Failed to connect to (\S+:\d+)`)
	wrongVersion = regexp.MustCompile(`RPC (?:server )?version mismatch: (\S+)`)
	noHandshake  = regexp.MustCompile(`RPC handshake failed for (\S+:\d+)`)
	noPeer       = regexp.MustCompile(`Remote RPC server crashed or returned malformed response`)
)

// peerError reads which peer the text complains of, and why; only is the one there is, or "".
func peerError(text, only string) *PeerError {
	e := &PeerError{Endpoint: only}
	if m := noHandshake.FindStringSubmatch(text); m != nil {
		e.Endpoint, e.Reason = m[1], "does not complete the handshake, as one of another version; run the same build on all hosts"
	}
	if m := wrongVersion.FindStringSubmatch(text); m != nil {
		e.Reason = "speaks version " + m[1] + " of the RPC protocol, and this llama-server another; run the same build on all hosts"
		return e
	}
	if m := notConnected.FindStringSubmatch(text); m != nil && e.Reason == "" {
		e.Endpoint, e.Reason = m[1], "accepts no connection; is an rpc-server running there?"
	}
	if noPeer.MatchString(text) && e.Reason == "" {
		e.Reason = "does not answer as an rpc-server does, or closes the connection; see what listens there"
	}
	return e
}
