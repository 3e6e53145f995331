package far

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"ctxcliff/harness/internal/peer"
	"ctxcliff/harness/internal/process"
)

// start starts an rpc-server, and follows it.
func (h *helper) start(ctx context.Context, r request, reply *message) {
	if r.Start == nil {
		reply.Error = "the helper was not told what to start"
		return
	}
	program, err := findProgram(r.Start.Program)
	if err != nil {
		reply.Error = r.Name + ": " + err.Error()
		return
	}
	came := cameIn(os.Getenv("SSH_CONNECTION"))
	spec := peer.Spec{
		Name: r.Name, Command: []string{program}, Env: nil, Listen: cmp.Or(r.Start.Listen, came), Port: r.Start.Port,
		Ready: time.Duration(r.Start.ReadyMS) * time.Millisecond,
		Tap:   func(l process.Line) { h.out.hear(r.Name, l) },
	}
	for _, kv := range r.Start.Env {
		spec.Env = append(spec.Env, string(kv))
	}
	if ip := net.ParseIP(spec.Listen); ip == nil || ip.To4() == nil {
		reply.Error = fmt.Sprintf("%s: ssh reaches its host at %q, which is no IPv4 address, and llama-server reads no other; name one with ?listen=ADDRESS", r.Name, spec.Listen)
		return
	}
	p, err := peer.Start(ctx, spec)
	var not *peer.NotReadyError
	switch {
	case errors.As(err, &not):
		reply.NotReady = not
		return
	case err != nil:
		reply.Error = err.Error()
		return
	}
	endpoint := p.Endpoint()
	if host, port, _ := net.SplitHostPort(endpoint); host == "0.0.0.0" && came != "" {
		endpoint = net.JoinHostPort(came, port)
	}
	pid, comm := p.Kernel()
	reply.Started = &started{Endpoint: endpoint, Argv: p.Argv(), PID: p.PID(), Start: p.StartTime(), HostPID: pid, Comm: comm}
	h.mu.Lock()
	h.peers[r.Name] = p
	h.kills.Add(p.PID())
	h.mu.Unlock()
	h.work.Go(func() { h.follow(r.Name, p) })
}

// build tells which program a name stands for, and what a llama-server that was installed with it says.
func (h *helper) build(ctx context.Context, r request, reply *message) {
	if r.Start == nil {
		reply.Error = "the helper was not told of which program"
		return
	}
	program, err := findProgram(r.Start.Program)
	if err != nil {
		reply.Error = err.Error()
		return
	}
	said, by := peer.Build(ctx, nil, program, nil)
	reply.Texts = []string{program, said, by}
}

// follow tells the end of an rpc-server.
func (h *helper) follow(name string, p *peer.Peer) {
	<-p.Exited()
	h.tellEnd(name, p)
	<-p.Done()
	exit, _ := p.Exit()
	h.out.put(message{Is: isDone, Name: name, Exit: &exit})
}

// tellEnd tells how it ended, if it has.
func (h *helper) tellEnd(name string, p *peer.Peer) {
	if exit, ended := p.Exit(); ended {
		h.out.put(message{Is: isExit, Name: name, Exit: &exit})
	}
}

// catchUp tells the end of an rpc-server before its reply, if there was one.
func (h *helper) catchUp(ctx context.Context, r request, reply *message) {
	if p := h.peer(r.Name, reply); p != nil {
		ctx, done := context.WithTimeout(ctx, time.Second)
		defer done()
		p.CatchUp(ctx)
		h.tellEnd(r.Name, p)
	}
}

// stop ends an rpc-server, and tells how it ended.
func (h *helper) stop(r request, reply *message) {
	p := h.peer(r.Name, reply)
	if p == nil {
		return
	}
	exit := p.Stop(context.Background(), time.Duration(r.GraceMS)*time.Millisecond)
	reply.Exit = &exit
}

func (h *helper) peer(name string, reply *message) *peer.Peer {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.peers[name]
	if p == nil {
		reply.Error = "the helper has started no " + name
	}
	return p
}

// look tells what the kernel says of an rpc-server.
func (h *helper) look(r request, reply *message) {
	p := h.peer(r.Name, reply)
	if p == nil {
		return
	}
	var v process.Vitals
	var err error
	if r.Do == doMemory {
		v, err = p.Memory(context.Background())
	} else {
		var text string
		v, text, err = p.Portrait(context.Background())
		reply.Texts = []string{text}
	}
	if err != nil {
		reply.Error = err.Error()
		return
	}
	reply.Vitals = &v
}

// endAll ends everything that was started, at once.
func (h *helper) endAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	var ending sync.WaitGroup
	for _, p := range h.peers {
		ending.Go(func() { p.Stop(context.Background(), 0) })
	}
	ending.Wait()
}
