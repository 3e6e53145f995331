package far

import (
	"context"
	"fmt"
	"time"

	"ctxcliff/harness/internal/process"
)

// Spec says what to start on a host.
type Spec struct {
	Name    string             // rpc1…
	Program string             // "": one that is on PATH there
	Env     []string           // NAME=VALUE
	Listen  string             // an IPv4 address of that host; "" the one that ssh came in at
	Port    int                // 0: a free one
	LogFile string             // on this side
	Tap     func(process.Line) // is given every line
	Ready   time.Duration      // from launch until it accepts connections
}

// Start starts an rpc-server there. The error is a [*peer.NotReadyError], a [*LinkError], ctx's, or what
// the helper says; nothing is left running then.
func (h *Host) Start(ctx context.Context, s Spec) (*Peer, error) {
	text, err := process.NewTranscript(process.Spec{LogFile: s.LogFile, Tap: s.Tap})
	if err != nil {
		return nil, err
	}
	p := &Peer{host: h, name: s.Name, text: text, exited: make(chan struct{}), done: make(chan struct{})}
	h.mu.Lock()
	h.peers[s.Name] = p
	h.mu.Unlock()
	o := &order{Program: s.Program, Listen: s.Listen, Port: s.Port, ReadyMS: s.Ready.Milliseconds()}
	for _, kv := range s.Env {
		o.Env = append(o.Env, []byte(kv))
	}
	m, err := h.ask(ctx, request{Do: doStart, Name: s.Name, Start: o})
	switch {
	case err == nil && m.Started != nil:
		p.started = *m.Started
		return p, nil
	case err == nil && m.NotReady != nil:
		offset, _ := h.Offset()
		if !m.NotReady.Exit.At.IsZero() {
			m.NotReady.Exit.At = m.NotReady.Exit.At.Add(-offset)
		}
		err = m.NotReady
	case err == nil:
		err = fmt.Errorf("the helper on %s did not say whether %s was started; see that it is of this version", h, s.Name)
	case ctx.Err() != nil: // it may be on its way
		p.Stop(context.WithoutCancel(ctx), 0)
	}
	h.mu.Lock()
	if h.peers[s.Name] == p {
		delete(h.peers, s.Name)
	}
	h.mu.Unlock()
	p.finish()
	return nil, err
}

// Build is which program an rpc-server there is, what a llama-server that was installed with it printed
// for --version, and where that is; "" there is none. It is asked once for as long as the link lasts.
func (h *Host) Build(ctx context.Context, program string) (path, said, by string, err error) {
	h.mu.Lock()
	texts, known := h.builds[program]
	h.mu.Unlock()
	if !known {
		m, err := h.ask(ctx, request{Do: doBuild, Start: &order{Program: program}})
		if err != nil {
			return "", "", "", err
		}
		if texts = m.Texts; len(texts) != 3 {
			return "", "", "", fmt.Errorf("the helper on %s did not say which build %s is of; see that it is of this version", h, program)
		}
		h.mu.Lock()
		h.builds[program] = texts
		h.mu.Unlock()
	}
	return texts[0], texts[1], texts[2], nil
}
