//go:build !linux

package process

import "fmt"

// VitalsOf cannot look at processes here.
func VitalsOf(pid int) (Vitals, error) {
	return Vitals{}, fmt.Errorf("look at process %d: %w", pid, errUnknownHere)
}

// MemoryOf cannot look at processes here.
func MemoryOf(pid int) (Vitals, error) { return VitalsOf(pid) }

// Portrait has nothing to tell here.
func Portrait(pid int) string {
	return fmt.Sprintf("process %d: this system does not tell more of it\n", pid)
}
