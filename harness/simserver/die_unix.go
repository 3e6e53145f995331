//go:build unix && !linux

package simserver

import (
	"os"
	"strconv"
	"syscall"
)

// dieBySignal lets a shell take this process's place and raise the signal, because Go's runtime
// would catch SIGABRT and SIGSEGV, print all goroutines and exit with code 2.
func dieBySignal(sig syscall.Signal) {
	_ = syscall.Exec("/bin/sh", []string{"sh", "-c", "kill -" + strconv.Itoa(int(sig)) + " $$"}, os.Environ())
	syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
}
