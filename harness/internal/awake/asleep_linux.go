package awake

import (
	"time"

	"golang.org/x/sys/unix"
)

// Asleep is how long this machine has been suspended since it was booted. It only grows; 0 where the system does not
// say. Of Linux's two clocks that nobody can set only one goes on while the machine sleeps (clock_gettime(2)).
func Asleep() time.Duration {
	var with, without unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &without) != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &with) != nil {
		return 0
	}
	return max(0, time.Duration(with.Nano()-without.Nano()))
}
