package harness

import "ctxcliff/harness/internal/process"

// Guard must be the first call of every main and TestMain of a program that runs a [Screen]: the
// program is started again as the guard of each server, and in that process Guard does not return.
func Guard() { process.Guard() }

// bootID is this boot's id; "" where the system does not say.
func bootID() string {
	id, err := process.BootID()
	if err != nil {
		return ""
	}
	return id
}
