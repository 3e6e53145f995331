package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// killWait is how long Stop waits after SIGKILL. Longer than
// the guard's sweepLimit plus drainLimit, so that it matters for a stuck command only.
const killWait = 6 * time.Second

// Process is one started command. Its methods may be called from anywhere.
type Process struct {
	spec   resolved
	keeper keeper
	out    *output
	exited chan struct{}
	done   chan struct{}

	mu      sync.Mutex
	id      procID
	exit    Exit
	known   bool
	trouble string
}

// procID names a process for good: its number may be given out again, its
// number and start time together are not.
type procID struct {
	pid   int
	start uint64 // clock ticks after boot
}

// keeper starts, signals and waits for the command: a guard on Linux, ourselves
// elsewhere.
type keeper interface {
	// send passes a command on; an error means that the keeper has ended.
	send(command) error
	// next waits for the next message; io.EOF after the last.
	next() (message, error)
	// close ends the keeper, which kills what is left, and waits for it.
	// The text is what a crashing keeper had to say, else empty.
	close() string
}

// guardCalled is set by Guard; Start insists on it.
var guardCalled atomic.Bool

// errNoGuard comes before anything is started: a program that does not call Guard
// would run its own main as its guard.
var errNoGuard = errors.New("process.Guard was not called; every main and TestMain must call it first")

// Start starts a command and returns once it runs. ctx bounds the start only: if it
// ends first, what was started is killed and its error returned. After
// that, the caller owes one Stop; a command that ended by itself needs none.
//
// A program that cannot be run gives a *StartError.
func Start(ctx context.Context, s Spec) (*Process, error) {
	r, err := s.resolve()
	if err != nil {
		return nil, err
	}
	if !guardCalled.Load() {
		return nil, fmt.Errorf("cannot start %s: %w", r.Name, errNoGuard)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", r.Name, err)
	}
	log, err := openLog(r.LogFile, r.LogLimit)
	if err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", r.Name, err)
	}
	p := &Process{
		spec: r, out: newOutput(log, r.TailLines, r.Tap),
		exited: make(chan struct{}), done: make(chan struct{}),
	}
	streams, err := p.launch(ctx)
	if err != nil {
		p.out.end()
		return nil, err
	}
	go p.watch(streams)
	return p, nil
}

// launch makes the pipes and starts the keeper; it returns our ends of the pipes.
func (p *Process) launch(ctx context.Context) (ours [2]*os.File, err error) {
	var theirs [2]*os.File
	defer func() {
		closeAll(theirs[:])
		if err != nil {
			closeAll(ours[:])
		}
	}()
	for i := range ours {
		if ours[i], theirs[i], err = outputPipe(); err != nil {
			return ours, fmt.Errorf("cannot start %s: create pipe: %w", p.spec.Name, err)
		}
	}
	var started message
	p.keeper, started, err = startKeeper(ctx, p.spec, theirs)
	p.setID(started)
	return ours, err
}

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}

// watch owns the Process from start to reaped and closes done as its last act.
func (p *Process) watch(streams [2]*os.File) {
	defer close(p.done)
	var readers sync.WaitGroup
	var drains [2]*drain
	for i, r := range streams {
		drains[i] = &drain{file: r}
		readers.Go(func() { p.out.copyFrom(i, drains[i]) })
	}
	swept := p.follow()
	p.noteTrouble(p.keeper.close())
	if !swept {
		p.afterGuardLoss()
	}
	for _, d := range drains {
		d.end()
	}
	readers.Wait()
	closeAll(streams[:])
	p.out.end()
}

// follow takes in the keeper's messages and reports whether the last one was as it should be.
func (p *Process) follow() (swept bool) {
	for {
		m, err := p.keeper.next()
		if err != nil {
			return swept
		}
		switch m.Is {
		case isAdopted:
			p.setID(m)
		case isExit:
			p.setExit(exitOf(m))
		case isSwept:
			swept = true
			p.mu.Lock()
			p.exit.Leftovers, p.exit.LeftoverNames, p.exit.Unkillable = m.Killed, m.Names, m.Left
			p.mu.Unlock()
		}
	}
}

// setExit stores the exit, once, and tells those who wait for it.
func (p *Process) setExit(e Exit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.known {
		p.exit, p.known = e, true
		close(p.exited)
	}
}

// afterGuardLoss cleans up in place of a guard that died, and makes sure that
// an exit is stored.
func (p *Process) afterGuardLoss() {
	n := sweepOwned(p.spec.token)
	p.setExit(Exit{Code: -1, GuardLost: true, At: time.Now()})
	p.mu.Lock()
	p.exit.Leftovers += n
	p.mu.Unlock()
}

func (p *Process) noteTrouble(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trouble = text
}

func (p *Process) setID(m message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.id = procID{m.PID, m.Start}
}

// PID is the process id of the command itself, not of its guard; that of the program once a launcher
// has left it to itself.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.id.pid
}

// StartTime is when the command was started, in clock ticks after boot (field 22
// of /proc/PID/stat); with PID it names the process for good. 0 where unknown.
func (p *Process) StartTime() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.id.start
}

// Name is Spec.Name.
func (p *Process) Name() string { return p.spec.Name }

// Exited is closed as soon as the command has ended and Exit is known, some
// milliseconds before Done. Output may still come.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Done is closed when the command has ended, its leftovers are gone, and its
// output has been read to the end (or as far as it goes, and half a second, if something that
// could not be killed keeps it open).
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit is how the command ended; false while it has not.
func (p *Process) Exit() (Exit, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exit, p.known
}

// Tail is the last lines of output, oldest first: at most Spec.TailLines of each
// stream (a flood on one does not push the other out) and then, marked Partial, the
// line that a stream is in the middle of.
func (p *Process) Tail() []Line { return p.out.lines() }

// Written is how many bytes the command has written so far, kept or not.
func (p *Process) Written() int64 {
	p.out.mu.Lock()
	defer p.out.mu.Unlock()
	return p.out.written
}

// Trouble is what went wrong on our side: a log file that could not be written to
// its end, or a guard that crashed. Nil when nothing did; final when Done is closed.
func (p *Process) Trouble() error {
	p.mu.Lock()
	text := p.trouble
	p.mu.Unlock()
	if err := p.out.log.failure(); err != nil {
		return fmt.Errorf("write log of %s: %w", p.spec.Name, err)
	}
	if text != "" {
		return fmt.Errorf("guard of %s crashed: %s", p.spec.Name, text)
	}
	return nil
}
