package far

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"ctxcliff/harness/internal/gpu"
	"ctxcliff/harness/internal/kernlog"
)

// Options bound a link.
type Options struct {
	// Silence is how long nothing may come from the far side before the link counts as lost, and how
	// long connecting may take. The far side gives up after twice as long. 0: DefaultSilence.
	Silence  time.Duration
	Previous *Self // the helper of a link to that host that was lost
}

// DefaultSilence lets a busy host be slow, and ends before a hung server is given up.
const DefaultSilence = 15 * time.Second

// Host is a link to another host. Whoever got one from [Open] must call Close.
type Host struct {
	target  Target
	silence time.Duration
	self    Self
	master  *master
	session *exec.Cmd
	in      *os.File // of the helper
	out     *lineWriter
	said    *tail // by ssh and the helper, on standard error
	news    source
	kernel  *kernlog.Log // nil: it cannot be read; self.Dark says why
	lost    chan struct{}
	ended   sync.WaitGroup // reader and pinger

	mu      sync.Mutex
	why     string // it was lost
	closing bool
	heard   time.Time
	next    uint64
	waiting map[uint64]chan message
	peers   map[string]*Peer
	builds  map[string][]string // by the program that was asked for; see [Host.Build]
	clock   clock
}

// LinkError says why a host cannot be reached, or not any more: trouble of the lab, and never a finding.
type LinkError struct {
	Host   string
	Reason string // a sentence
}

func (e *LinkError) Error() string { return e.Reason }

// Open connects to a host, puts the helper there if need be, and starts it. The error is a [*LinkError]
// or ctx's.
func Open(ctx context.Context, t Target, o Options) (*Host, error) {
	h := &Host{
		target: t, silence: o.Silence, said: &tail{}, lost: make(chan struct{}),
		waiting: map[uint64]chan message{}, peers: map[string]*Peer{}, builds: map[string][]string{},
	}
	if h.silence <= 0 {
		h.silence = DefaultSilence
	}
	h.news.host = h
	err := h.open(ctx, o.Previous)
	if err == nil {
		return h, nil
	}
	h.Close()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, &LinkError{t.Host, err.Error()}
}

func (h *Host) open(ctx context.Context, previous *Self) (err error) {
	if h.master, err = connect(ctx, h.target, h.silence); err != nil {
		return err
	}
	name, err := h.master.install(ctx, h.silence)
	if err != nil {
		return err
	}
	if err := h.greet(ctx, name, previous); err != nil {
		return err
	}
	for range 3 { // the quickest of them sets the clock
		if _, err := h.ask(ctx, request{Do: doPing}); err != nil {
			return err
		}
	}
	return nil
}

// greet starts the helper, and waits for its hello.
func (h *Host) greet(ctx context.Context, name string, previous *Self) error {
	theirs, ours, err := os.Pipe()
	if err != nil {
		return err
	}
	defer theirs.Close()
	h.in, h.out = ours, &lineWriter{w: ours}
	h.session = h.master.session(context.Background(), h.silence, script(runScript, name))
	h.session.Stdin, h.session.Stderr = theirs, h.said
	stdout, err := h.session.StdoutPipe()
	if err != nil {
		return err
	}
	if err := h.session.Start(); err != nil {
		h.session = nil
		return err
	}
	hello := make(chan Self, 1)
	in := bufio.NewScanner(stdout)
	in.Buffer(nil, maxMessage)
	h.heard = time.Now()
	h.ended.Go(func() { h.read(in, hello) })
	g := &greeting{Protocol: protocol, QuietMS: (2 * h.silence).Milliseconds(), Previous: previous}
	if err := h.out.write(request{Do: doHello, Hello: g}); err != nil {
		return fmt.Errorf("greet the helper on %s: %w", h.target, err)
	}
	limit := time.NewTimer(h.silence + sweepLimit)
	defer limit.Stop()
	select {
	case h.self = <-hello:
	case <-h.lost:
		return errors.New(h.Why())
	case <-limit.C:
		return fmt.Errorf("the helper on %s says nothing; see that ~/.cache/ctxcliff/%s runs there", h.target, name)
	case <-ctx.Done():
		return ctx.Err()
	}
	if h.self.Protocol != protocol {
		return fmt.Errorf("the helper for %s is of another version of ctxcliff (it speaks protocol %d, this one %d): name one of this version with ?helper=FILE", h.target, h.self.Protocol, protocol)
	}
	if h.self.Dark == "" {
		h.kernel = kernlog.Follow(&h.news)
	}
	h.ended.Go(h.ping)
	return nil
}

// Lost is closed when the link is lost or closed.
func (h *Host) Lost() <-chan struct{} { return h.lost }

// Why says in a sentence how the link was lost; "" it was not.
func (h *Host) Why() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.why
}

// Self is what the helper said of itself and its host.
func (h *Host) Self() Self { return h.self }

// String is the host for sentences.
func (h *Host) String() string { return h.target.Host }

// Kernel is the log of that host's kernel, times by our clock; nil where it cannot be read, and why.
func (h *Host) Kernel() (*kernlog.Log, string) {
	if h.kernel == nil {
		return nil, "the kernel log of " + h.String() + ": " + h.self.Dark
	}
	return h.kernel, ""
}

// Read is what that host's GPUs show. Where it cannot be asked, Missing says why.
func (h *Host) Read(ctx context.Context) gpu.Snapshot {
	m, err := h.ask(ctx, request{Do: doGauges})
	if err != nil || m.Snapshot == nil {
		return gpu.Snapshot{At: time.Now(), Missing: []string{fmt.Sprintf("the GPUs of %s: %v", h, err)}}
	}
	return *m.Snapshot
}

// Kills are the lines of [gpu.KillWatch] for the helper's own control group and those of its peers; false
// where none counts.
func (h *Host) Kills(ctx context.Context) (lines []string, counted bool) {
	m, err := h.ask(ctx, request{Do: doKills})
	if err != nil {
		return nil, false
	}
	return m.Texts, m.Counted
}
