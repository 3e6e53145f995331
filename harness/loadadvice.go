package harness

import (
	"strings"

	"ctxcliff/harness/internal/server"
)

// loadAdvice is what is known of loads that hang in a topology like this one, as the end of a
// sentence; "" nothing. In the field any model over some 50 GiB hung at load_tensors when it was sent
// to an rpc-server and read through the page cache.
func (l *life) loadAdvice(load *server.LoadError) string {
	target := l.configuration.Target
	if load.Hung == 0 || len(target.Topology.Peers) == 0 || server.ReadsDirectly(target.Args) {
		return ""
	}
	flags := l.lab.caps.DirectIO()
	if flags == nil {
		return "; the model is read through the page cache, with which loads to rpc-servers have been seen to hang, and this build knows no direct I/O"
	}
	return "; the model is read through the page cache, with which loads to rpc-servers have been seen to hang: try direct I/O (" + strings.Join(flags, " ") + ")"
}
