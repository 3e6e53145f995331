package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// LocalPeer stands in a topology for an rpc-server of our own: on the loopback, at a port that is
// chosen anew for each start, so that the target is the same on every machine and day.
const LocalPeer = "local"

// maxPeers is GGML_RPC_MAX_SERVERS of llama.cpp (ggml/include/ggml-rpc.h).
const maxPeers = 16

// Locals is how many of the peers we start ourselves.
func (t Topology) Locals() int {
	n := 0
	for _, p := range t.Peers {
		if p == LocalPeer {
			n++
		}
	}
	return n
}

// ParsePeers reads a list of peers, each "local", HOST:PORT, or a [Remote]; one text may name several, joined by
// commas, as llama-server takes them.
func ParsePeers(texts []string) ([]string, error) {
	var peers []string
	for _, text := range texts {
		for _, one := range strings.Split(text, ",") {
			one = strings.TrimSpace(one)
			if err := checkPeer(one); err != nil {
				return nil, err
			}
			if !mayRepeat(one) && slices.Contains(peers, one) {
				return nil, fmt.Errorf("%s stands twice, and an rpc-server serves one client at a time; name each once", one)
			}
			peers = append(peers, one)
		}
	}
	if len(peers) > maxPeers {
		return nil, fmt.Errorf("%d peers are more than the %d that llama-server takes; leave some out", len(peers), maxPeers)
	}
	return peers, nil
}

// mayRepeat reports whether each mention of a peer is an rpc-server of its own.
func mayRepeat(peer string) bool {
	r, remote, _ := ParseRemote(peer)
	return peer == LocalPeer || remote && r.RPCPort == 0
}

// checkPeer refuses what llama.cpp's parse_endpoint (ggml/src/ggml-rpc/ggml-rpc.cpp) does not take: it
// splits at the first colon, so that an IPv6 address cannot be written.
func checkPeer(text string) error {
	if text == LocalPeer {
		return nil
	}
	if _, remote, err := ParseRemote(text); remote {
		return err
	}
	host, port, found := strings.Cut(text, ":")
	switch {
	case strings.Contains(port, ":"):
		return fmt.Errorf("%q is an IPv6 address, which llama-server cannot read; give a host name, or an IPv4 address, with its port", text)
	case !found || host == "" || strings.ContainsAny(host, " \t/"):
		return fmt.Errorf("%q is not a peer; write local, ssh://HOST, or the HOST:PORT of an rpc-server", text)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("%q has no port from 1 to 65535; write local, ssh://HOST, or the HOST:PORT of an rpc-server", text)
	}
	return nil
}
