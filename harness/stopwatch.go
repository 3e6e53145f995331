package harness

import (
	"time"

	"ctxcliff/harness/internal/awake"
)

// Stopwatch measures time that passes, while the machine is suspended, too, and whatever the clock is set to.
type Stopwatch struct {
	began  time.Time
	asleep time.Duration
}

// StartWatch starts one.
func StartWatch() *Stopwatch { return &Stopwatch{time.Now(), awake.Asleep()} }

// Elapsed is the time since then.
func (s *Stopwatch) Elapsed() time.Duration { return time.Since(s.began) + awake.Asleep() - s.asleep }
