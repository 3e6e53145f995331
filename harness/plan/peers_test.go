package plan

import (
	"slices"
	"strings"
	"testing"
)

func TestPeers(t *testing.T) {
	for text, want := range map[string]string{
		"local":                      "local",
		"local local":                "local local",
		"10.0.0.2:50052,local":       "10.0.0.2:50052 local",
		"bee:50052 local evo:1":      "bee:50052 local evo:1",
		"banana":                     "!write local, or the HOST:PORT",
		"host:99999":                 "!no port from 1 to 65535",
		"host:":                      "!no port",
		":50052":                     "!is not a peer",
		"http://host:50052":          "!",
		"[::1]:50052":                "!IPv6",
		"a:1,a:1":                    "!stands twice",
		"local,":                     "!is not a peer",
		strings.Repeat("local ", 17): "!17 peers",
	} {
		got, err := ParsePeers(strings.Fields(text))
		if reason, bad := strings.CutPrefix(want, "!"); bad {
			if err == nil || !strings.Contains(err.Error(), reason) {
				t.Errorf("%q: %v, %v; want an error that says %q", text, got, err, reason)
			}
			continue
		}
		if err != nil || !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func TestTopologyInCellIDs(t *testing.T) {
	for want, peers := range map[string][]string{
		"single": nil, "rpc1": {LocalPeer}, "rpc2": {LocalPeer, "bee:50052"}, "rpc3": {LocalPeer, LocalPeer, LocalPeer},
	} {
		top := Topology{Peers: peers, Program: "/opt/rpc-server"}
		if top.String() != want {
			t.Errorf("%q is %s, want %s", peers, top, want)
		}
	}
	if n := (Topology{Peers: []string{LocalPeer, "bee:50052", LocalPeer}}).Locals(); n != 2 {
		t.Errorf("%d local peers", n)
	}
}
