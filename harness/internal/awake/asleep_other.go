//go:build !linux

package awake

import "time"

// Asleep is 0: the system does not say how long this machine has been suspended.
func Asleep() time.Duration { return 0 }
