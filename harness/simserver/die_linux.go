package simserver

import (
	"syscall"
	"unsafe"
)

// dieBySignal raises the signal with its default action. Go's runtime would otherwise catch SIGABRT
// and SIGSEGV, print all goroutines and exit with code 2, which no llama-server does.
func dieBySignal(sig syscall.Signal) {
	var deflt [64]byte // a struct sigaction of zeros is SIG_DFL without flags, on every architecture
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&deflt)), 0, 8, 0, 0)
	syscall.Kill(syscall.Getpid(), sig)
}
