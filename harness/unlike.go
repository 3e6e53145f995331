package harness

import (
	"fmt"
	"regexp"

	"ctxcliff/harness/internal/process"
)

// banner is the first line of an rpc-server (llama.cpp tools/rpc/rpc-server.cpp, ggml-rpc.cpp).
var banner = regexp.MustCompile(`Starting RPC server v(\S+)`)

// unlike says which two peers of ours speak different versions of the protocol; "" none do, as far as is
// known. llama-server itself refuses another major version and a higher minor one, and does not compare
// the rest.
func (l *life) unlike() string {
	who, first := "", ""
	for _, c := range l.peers {
		if c.process == nil {
			continue
		}
		switch v := spoken(c.process.Tail()); {
		case v == "" || v == first:
		case first == "":
			who, first = c.name, v
		default:
			return fmt.Sprintf("%s speaks version %s of the RPC protocol, and %s version %s; run the same build on all hosts", who, first, c.name, v)
		}
	}
	return ""
}

// spoken is the version that an rpc-server says it speaks; "" it has not said so.
func spoken(lines []process.Line) string {
	for _, l := range lines {
		if m := banner.FindStringSubmatch(l.Text); m != nil {
			return m[1]
		}
	}
	return ""
}
