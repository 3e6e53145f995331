package far

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"ctxcliff/harness/internal/gpu"
	"ctxcliff/harness/internal/kernlog"
	"ctxcliff/harness/internal/peer"
	"ctxcliff/harness/internal/process"
)

// helper is the far side of a link.
type helper struct {
	out    *outbox
	kernel *kernlog.Log // nil: it cannot be read
	gpus   *gpu.Reader
	work   sync.WaitGroup // everything that was begun and has not ended

	telling sync.Mutex       // held while kernel lines are fetched and put into out
	told    kernlog.Position // up to there

	mu    sync.Mutex
	peers map[string]*peer.Peer
	kills gpu.KillWatch
}

// Main is the helper. It returns when its standard input has ended, or the near side has been silent for
// too long, with nothing that it started left; the result is the exit code.
func Main() int {
	deaf := make(chan os.Signal, 1) // caught, not ignored: what is ignored stays ignored in what we start
	signal.Notify(deaf, syscall.SIGPIPE, syscall.SIGHUP, syscall.SIGINT)
	return serve(os.Stdin, os.Stdout)
}

func serve(stdin io.Reader, stdout io.Writer) int {
	in := bufio.NewScanner(stdin)
	in.Buffer(nil, maxMessage)
	out := &lineWriter{w: stdout}
	first, ok := readRequest(in)
	if !ok || first.Do != doHello || first.Hello == nil {
		return 0 // the near side went before it said anything
	}
	self := Self{Protocol: protocol, PID: os.Getpid(), Available: gpu.FreeHostMemory()}
	self.Start, _ = process.StartTimeOf(self.PID)
	self.Boot, _ = process.BootID()
	if first.Hello.Protocol != protocol {
		_ = out.write(message{Is: isHello, Hello: &self})
		return 1
	}
	ctx, end := context.WithCancel(context.Background())
	defer end()
	h := &helper{out: newOutbox(), gpus: gpu.New(), peers: map[string]*peer.Peer{}}
	self.Ended = sweep(first.Hello.Previous, self.Boot)
	var err error
	if h.kernel, err = kernlog.Open(ctx); err != nil {
		h.kernel, self.Dark = nil, err.Error()
	} else {
		self.KernLog = h.kernel.Name()
		defer h.kernel.Close()
	}
	h.kills.Add(0)
	if out.write(message{Is: isHello, Hello: &self}) != nil {
		return 1
	}
	h.run(ctx, end, in, out, time.Duration(first.Hello.QuietMS)*time.Millisecond)
	return 0
}

func readRequest(in *bufio.Scanner) (r request, ok bool) {
	if !in.Scan() {
		return r, false
	}
	return r, json.Unmarshal(in.Bytes(), &r) == nil
}

// run answers until the near side is gone, and then ends everything.
func (h *helper) run(ctx context.Context, end func(), in *bufio.Scanner, out *lineWriter, quiet time.Duration) {
	requests := make(chan request)
	go func() { // ends with the process: nobody can interrupt a read of standard input
		defer close(requests)
		for {
			r, ok := readRequest(in)
			if !ok {
				return
			}
			requests <- r
		}
	}()
	var telling sync.WaitGroup
	telling.Go(func() { h.tell(ctx, end, out) })
	if h.kernel != nil {
		telling.Go(func() { h.followKernel(ctx) })
	}
	silence := time.NewTimer(quiet)
	defer silence.Stop()
	for over := false; !over; {
		select {
		case r, ok := <-requests:
			if over = !ok; ok {
				silence.Reset(quiet)
				h.take(ctx, r)
			}
		case <-silence.C:
			over = true
		case <-ctx.Done():
			over = true
		}
	}
	end()
	h.endAll()
	h.work.Wait()
	telling.Wait()
}

// take answers a request: at once, or when its work is done.
func (h *helper) take(ctx context.Context, r request) {
	reply := message{Is: isReply, ID: r.ID, At: time.Now().UnixNano()}
	if r.Do == doPing {
		h.out.put(reply)
		return
	}
	h.work.Go(func() {
		switch r.Do {
		case doStart:
			h.start(ctx, r, &reply)
		case doStop:
			h.stop(r, &reply)
		case doLook, doMemory:
			h.look(r, &reply)
		case doGauges:
			s := h.gpus.Read(ctx)
			reply.Snapshot = &s
		case doKills:
			h.mu.Lock()
			reply.Texts, reply.Counted = h.kills.Lines(), h.kills.Counts()
			h.mu.Unlock()
		case doCatchUp:
			h.catchUp(ctx, r, &reply)
		case doBuild:
			h.build(ctx, r, &reply)
		case doKernel:
			h.tellKernel()
		default:
			reply.Error = fmt.Sprintf("the helper does not know %q", r.Do)
		}
		h.out.put(reply)
	})
}

// tell writes what there is to tell, until ctx ends or nobody reads any more.
func (h *helper) tell(ctx context.Context, end func(), out *lineWriter) {
	for {
		select {
		case <-h.out.more:
		case <-ctx.Done():
			return
		}
		for _, m := range h.out.take() {
			if out.write(m) != nil {
				end()
				return
			}
		}
	}
}

// followKernel tells kernel lines as they come.
func (h *helper) followKernel(ctx context.Context) {
	for {
		news := h.kernel.News()
		h.tellKernel()
		if err := h.kernel.Err(); err != nil {
			h.out.put(message{Is: isBlind, Error: err.Error()})
			return
		}
		select {
		case <-news:
		case <-ctx.Done():
			return
		}
	}
}

// tellKernel tells the kernel lines that there are and were not told.
func (h *helper) tellKernel() {
	if h.kernel == nil {
		return
	}
	h.telling.Lock()
	defer h.telling.Unlock()
	var lines []kernlog.Line
	if lines, h.told = h.kernel.Next(h.told); len(lines) > 0 {
		h.out.tellKernel(lines)
	}
}
