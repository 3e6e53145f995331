package harness

import (
	"slices"
	"sync"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/internal/process"
)

// witness hears everything that one process of a start says, while it says it. Whatever the size of
// its log, what matters of it is known at the moment of its death.
type witness struct {
	name string // of the process: server, rpc1…
	pid  int    // as the kernel counts it; 0 unknown
	comm string // and as the kernel calls it

	local  int      // its number on this host; 0 it is elsewhere
	images []string // what it could execute when it was met: see [process.Images]

	mu    sync.Mutex
	whole *faults.Scanner // since the process was started
	now   *faults.Scanner // since the latest attempt began
}

func newWitness(name string, in faults.Stream) *witness {
	return &witness{name: name, whole: faults.NewScanner(in), now: faults.NewScanner(in)}
}

// meet notes how the kernel knows the process that is listened to.
func (w *witness) meet(pid int, comm string) { w.pid, w.comm = pid, comm }

// see looks at a process of this host that has loaded what it needs.
func (w *witness) see(pid int) { w.local, w.images = pid, process.Images(pid) }

// hear takes one line. It is called by the readers of the process's output.
func (w *witness) hear(l process.Line) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.whole.Line(l.Text)
	w.now.Line(l.Text)
}

// turn begins a new attempt.
func (w *witness) turn() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Next()
}

// testify says what became of the process, and what it said: in all its life, or since the latest
// attempt began. The caller holds the lock for as long as the answer is in use.
func (w *witness) testify(deaths []death, whole bool) faults.Process {
	p := faults.Process{Name: w.name, Exit: "running", PID: w.pid, Comm: w.comm, Images: w.images, Scanner: w.now}
	if whole {
		p.Scanner = w.whole
	}
	if i := slices.IndexFunc(deaths, func(d death) bool { return d.who == w.name }); i >= 0 {
		d := deaths[i]
		p.Exit, p.StopRequested, p.DeathOrder = d.String(), d.exit.Requested, i+1
		p.Signal, p.SignalInferred = d.exit.EffectiveSignal()
	} else {
		p.Dumping = w.local > 0 && process.Dumping(w.local)
	}
	return p
}
