package simserver

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Server is a simulated llama-server: an http.Handler with an engine behind it. New starts the
// engine, Close ends it and waits for it.
type Server struct {
	options Options
	setup   setup
	layout  layout
	vocab   *vocabulary
	log     *logger
	name    string // of the model
	trained int

	ready   atomic.Bool
	closing chan struct{} // closed by Close and by an in-process death
	loading chan struct{} // closed when New's loading has ended; nil in a child
	stopped chan struct{} // closed when the engine has ended
	dead    chan struct{} // closed by an in-process death
	once    sync.Once     // for closing
	dying   sync.Once
	conns   connWatch
	office  office

	mu    sync.Mutex // guards all below, and slots
	work  *sync.Cond
	slots []*slot
	queue []*task // in order of arrival

	running, frozen, stopping, closed bool

	nextID   int
	attempts int
	releases int
	salt     uint64
	clock    float64 // virtual seconds of computing

	decodes, busyInDecodes        int
	promptTokens, cachedTokens    int
	promptSeconds, predictSeconds float64
	predicted, longest            int
}

// New is a server. It returns when the model is loaded; where the profile has rules for the load
// phase it returns at once, and the server answers 503 until they are done, or for ever. An error is
// what llama-server would have exited with.
func New(o Options) (*Server, error) {
	s := newServer(o)
	result := make(chan error, 1)
	s.loading = make(chan struct{})
	go func() {
		defer close(s.loading)
		err := s.load()
		if err == nil {
			s.open()
		}
		result <- err
	}()
	if slices.ContainsFunc(o.Profile.Rules, func(r Rule) bool { return behaviours[r.Behaviour].active() && r.phase() == PhaseLoad }) {
		return s, nil
	}
	if err := <-result; err != nil {
		return nil, err
	}
	return s, nil
}

// newServer is a server that answers 503 until load has run.
func newServer(o Options) *Server {
	s := &Server{
		options: o.normal(), closing: make(chan struct{}), stopped: make(chan struct{}), dead: make(chan struct{}),
	}
	s.work = sync.NewCond(&s.mu)
	s.setup = s.options.setup()
	s.log = newLogger(s.options.Stderr, s.options.Log)
	s.name = s.options.Alias
	if s.name == "" {
		s.name = s.options.Model[strings.LastIndex(s.options.Model, "/")+1:]
	}
	return s
}

// load runs the rules of the load phase, lays out the slots and starts the engine.
func (s *Server) load() error {
	s.log.line("I", "srv", "load_model", "loading model '%s'", s.options.Model)
	for _, r := range s.options.Profile.Rules {
		now := situation{np: s.options.NP, start: s.options.Start, seed: s.options.Seed}
		if r.phase() == PhaseLoad && r.holds(now) {
			s.act(r)
		}
	}
	s.vocab = vocab()
	s.trained = s.options.trained(s.setup)
	var err error
	if s.layout, err = layoutFor(s.options, s.trained); err != nil {
		return err
	}
	if err := s.allocate(); err != nil {
		return err
	}
	for id := range s.layout.slots {
		s.slots = append(s.slots, &slot{id: id})
	}
	s.log.line("I", "srv", "load_model", "initializing, n_slots = %d, n_ctx_slot = %d, kv_unified = '%t'",
		s.layout.slots, s.layout.slotCtx, s.layout.unified)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = true
	go s.run()
	return nil
}

// open makes the server answer.
func (s *Server) open() { s.ready.Store(true) }

// stop makes the engine end at its next batch. Clients get nothing more.
func (s *Server) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
	s.work.Broadcast()
}

// Close ends the engine, wakes what waits for it and returns when it has ended.
func (s *Server) Close() error {
	s.shut()
	if s.loading != nil {
		<-s.loading
	}
	s.wait()
	return nil
}

// wait returns when the engine has ended, at once if it never ran.
func (s *Server) wait() {
	s.mu.Lock()
	running := s.running
	s.mu.Unlock()
	if running {
		<-s.stopped
	}
}

func (s *Server) shut() {
	s.once.Do(func() { close(s.closing) })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.work.Broadcast()
}

// submit queues tasks in order.
func (s *Server) submit(tasks []*task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range tasks {
		t.id = s.nextID
		s.nextID++
		s.queue = append(s.queue, t)
	}
	s.work.Broadcast()
}

// cancel takes tasks out at the next batch, as llama-server does when a client has gone.
func (s *Server) cancel(tasks []*task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range tasks {
		t.cancelled = true
	}
	s.work.Broadcast()
}

// idlePause is how long after a reply the idle phase comes.
const idlePause = 50 * time.Millisecond

// replied runs the rules of the phases after a reply, once the reply has left.
func (s *Server) replied(ctx context.Context, t *task) {
	rules := s.options.Profile.Rules
	if !slices.ContainsFunc(rules, func(r Rule) bool { return r.phase() == PhaseReply || r.phase() == PhaseIdle }) {
		return
	}
	s.conns.afterReply(ctx, func() {
		p := part{slot: t.slot, task: t, end: len(t.ids) + len(t.generated)}
		s.apply(PhaseReply, p)
		s.sleep(idlePause)
		s.apply(PhaseIdle, p)
	})
}

// Configure makes an http.Server tell when replies have left completely. Without it, what is to
// happen after a reply may happen while its last bytes are still on their way.
func (s *Server) Configure(h *http.Server) {
	h.ConnContext = s.conns.context
	h.IdleTimeout = 5 * time.Second
	before := h.ConnState
	h.ConnState = func(c net.Conn, state http.ConnState) {
		if before != nil {
			before(c, state)
		}
		s.conns.changed(c, state)
	}
}
