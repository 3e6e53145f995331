package simserver

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// connWatch runs actions when the reply on a connection has left: net/http reports the connection
// idle or closed only after it has flushed the reply.
type connWatch struct {
	mu      sync.Mutex
	pending map[net.Conn][]func()
}

type connKey struct{}

// context is for http.Server.ConnContext.
func (w *connWatch) context(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// afterReply runs f in a goroutine of its own once the reply to the request of ctx has left; at
// once where nobody watches the connections.
func (w *connWatch) afterReply(ctx context.Context, f func()) {
	c, ok := ctx.Value(connKey{}).(net.Conn)
	if !ok {
		go f()
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pending == nil {
		w.pending = map[net.Conn][]func(){}
	}
	w.pending[c] = append(w.pending[c], f)
}

func (w *connWatch) changed(c net.Conn, state http.ConnState) {
	if state != http.StateIdle && state != http.StateClosed {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.pending[c] {
		go f()
	}
	delete(w.pending, c)
}
