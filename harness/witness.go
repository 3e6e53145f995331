package harness

import (
	"sync"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/internal/process"
)

// witness hears everything that one process of a start says, while it says it. Whatever the size of
// its log, what matters of it is known at the moment of its death.
type witness struct {
	mu    sync.Mutex
	whole *faults.Scanner // since the process was started
	now   *faults.Scanner // since the latest attempt began
}

func newWitness(in faults.Stream) *witness {
	return &witness{whole: faults.NewScanner(in), now: faults.NewScanner(in)}
}

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
