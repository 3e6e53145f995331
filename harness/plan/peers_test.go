package plan

import (
	"slices"
	"strings"
	"testing"
)

func TestPeers(t *testing.T) {
	for text, want := range map[string]string{
		"local":                 "local",
		"local local":           "local local",
		"10.0.0.2:50052,local":  "10.0.0.2:50052 local",
		"bee:50052 local evo:1": "bee:50052 local evo:1",
		"banana":                "!write local, ssh://HOST, or the HOST:PORT",
		"host:99999":            "!no port from 1 to 65535",
		"host:":                 "!no port",
		":50052":                "!is not a peer",
		"http://host:50052":     "!",
		"[::1]:50052":           "!IPv6",
		"a:1,a:1":               "!stands twice",
		"local,":                "!is not a peer",

		"ssh://bee":                 "ssh://bee",
		"ssh://bee ssh://bee local": "ssh://bee ssh://bee local",
		"ssh://me@bee:2222?listen=10.0.0.2&program=/opt/rpc-server": "ssh://me@bee:2222?listen=10.0.0.2&program=/opt/rpc-server",
		"ssh://bee?listen=10.0.0.2:50052":                           "ssh://bee?listen=10.0.0.2:50052",
		"ssh://bee?listen=10.0.0.2:5 ssh://bee?listen=10.0.0.2:5":   "!stands twice",
		"ssh://":                       "!is not a peer; write ssh://",
		"ssh://bee/path":               "!is not a peer; write ssh://",
		"ssh://me:secret@bee":          "!a password cannot be used",
		"ssh://-oProxyCommand=x":       "!begins like a flag",
		"ssh://bee?listen=fe80::1":     "!",
		"ssh://bee?listen=evo":         "!no IPv4 address",
		"ssh://bee:99999":              "!no port",
		"ssh://bee?listen=10.0.0.2:x":  "!no port",
		"ssh://bee?banana=1":           "!banana is not known; write ssh://",
		"ssh://bee?program=":           "!without a value",
		"ssh://bee?program=a&program=": "!stands there 2 times",
		strings.Repeat("local ", 17):   "!17 peers",
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

func TestRemotes(t *testing.T) {
	top := Topology{Peers: []string{LocalPeer, "ssh://me@bee:22?listen=10.0.0.2:50052&program=/opt/rpc-server&helper=h&config=c", "evo:1", "ssh://evo"}}
	want := []Remote{
		{User: "me", Host: "bee", Port: 22, Listen: "10.0.0.2", RPCPort: 50052, Program: "/opt/rpc-server", Helper: "h", Config: "c"}, {Host: "evo"},
	}
	if got := top.Remotes(); !slices.Equal(got, want) || top.Locals() != 1 || top.String() != "rpc4" {
		t.Errorf("%+v, %d local, %s", got, top.Locals(), top)
	}
}
