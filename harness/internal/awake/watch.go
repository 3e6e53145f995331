package awake

import "time"

// Watch counts time between looks.
type Watch struct {
	began, looked time.Time
	away          time.Duration // in which we did not run
}

// Begin begins to count.
func Begin(now time.Time) Watch { return Watch{began: now, looked: now} }

// Look is how long it has taken by now. It is to be called at least once in every pause; where it was not, for
// several of them, we did not run.
func (w *Watch) Look(now time.Time, pause time.Duration) time.Duration {
	if gap := now.Sub(w.looked); gap > absent*pause {
		w.away += gap - pause
	}
	w.looked = now
	return now.Sub(w.began) - w.away
}

// absent is after how many pauses without a look we count as stopped.
const absent = 4

// Pause is how often to look whether a limit is over: often enough for what is told to users, and seldom enough.
func Pause(limit time.Duration) time.Duration {
	return min(max(limit/8, time.Millisecond), time.Second)
}
