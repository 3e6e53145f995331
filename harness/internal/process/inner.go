package process

import "time"

// Inner is the program that a launcher runs for us: a process that is not our child, but below the
// launcher, or, where a launcher has somebody else start it (podman exec, docker exec), anywhere. What
// becomes of it may be another thing than what becomes of its launcher.
type Inner struct {
	procID
	watch innerWatch

	ended chan struct{}
	exit  Exit // complete when ended is closed
	told  bool // the system said how it ended
}

// PID and StartTime name the process.
func (i *Inner) PID() int { return i.pid }

// StartTime is in clock ticks after boot.
func (i *Inner) StartTime() uint64 { return i.start }

// Ended is closed when the process has ended, or Close was called.
func (i *Inner) Ended() <-chan struct{} { return i.ended }

// Exit is how it ended; told is false while it runs, and where the system does not say that of a
// process that is not a child: Linux does since 6.15, and before for as long as its parent leaves it a
// zombie.
func (i *Inner) Exit() (e Exit, told bool) {
	select {
	case <-i.ended:
		return i.exit, i.told
	default:
		return Exit{}, false
	}
}

// Over reports whether it has ended.
func (i *Inner) Over() bool {
	select {
	case <-i.ended:
		return true
	default:
		return false
	}
}

// End asks the process to end (TERM), and ends it (KILL) after grace. It reports whether KILL was
// needed, and whether it is gone.
func (i *Inner) End(grace time.Duration) (killed, gone bool) {
	if i.Over() {
		return false, true
	}
	_ = i.watch.signal(term)
	if i.within(grace) {
		return false, true
	}
	_ = i.watch.signal(kill)
	return true, i.within(killWait)
}

func (i *Inner) within(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-i.ended:
		return true
	case <-timer.C:
		return false
	}
}
