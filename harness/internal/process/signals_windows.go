package process

import (
	"fmt"
	"syscall"
)

// signalName knows the few signals that Go defines on Windows.
func signalName(s syscall.Signal) string {
	switch s {
	case syscall.SIGKILL:
		return "SIGKILL"
	case syscall.SIGINT:
		return "SIGINT"
	case syscall.SIGTERM:
		return "SIGTERM"
	case syscall.SIGABRT:
		return "SIGABRT"
	case syscall.SIGSEGV:
		return "SIGSEGV"
	}
	return fmt.Sprintf("SIG%d", int(s))
}

// signalNumber undoes signalName for the two that can be asked for here.
func signalNumber(name string) syscall.Signal {
	switch name {
	case "SIGKILL":
		return syscall.SIGKILL
	case "SIGINT":
		return syscall.SIGINT
	}
	return 0
}
