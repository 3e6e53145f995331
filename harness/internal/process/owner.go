package process

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"sync"
)

// OwnerEnv is an environment variable of every command that Start starts, and so
// of what it starts in turn. Its value is "PID.START.NAMESPACE.RANDOM": the ctxcliff
// that owns it, the PID namespace in which that number means something, and one
// Process of it.
const OwnerEnv = "CTXCLIFF_OWNER"

// Stray is a process that a ctxcliff started which is no longer alive.
type Stray struct {
	PID   int
	Start uint64 // clock ticks after boot
	Name  string // the kernel's, at most 15 bytes
}

// owner is the part of the mark that names this process.
var owner = sync.OnceValue(func() string {
	pid := os.Getpid()
	start, _ := StartTimeOf(pid)
	return fmt.Sprintf("%d.%d.%s", pid, start, pidNamespace())
})

// newOwnerToken makes the mark of one Process.
func newOwnerToken() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return owner() + "." + hex.EncodeToString(b[:])
}
