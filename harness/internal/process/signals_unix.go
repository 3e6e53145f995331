//go:build unix

package process

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// signalName is "SIGABRT" and the like; "SIG34" for one without a name.
func signalName(s syscall.Signal) string {
	if name := unix.SignalName(s); name != "" {
		return name
	}
	return fmt.Sprintf("SIG%d", int(s))
}

// signalNumber undoes signalName; 0 for an unknown name.
func signalNumber(name string) syscall.Signal {
	if s := unix.SignalNum(name); s != 0 {
		return s
	}
	var n int
	if _, err := fmt.Sscanf(name, "SIG%d", &n); err == nil && n > 0 && n <= 64 {
		return syscall.Signal(n)
	}
	return 0
}
