package harness

import (
	"os"

	"ctxcliff/harness/internal/far"
	"ctxcliff/harness/internal/process"
)

// Guard must be the first call of every main and TestMain of a program that runs a [Screen]: the
// program is started again as the guard of each server, and on other hosts as the helper that watches
// over peers there; in such a process Guard does not return.
func Guard() {
	process.Guard()
	if len(os.Args) > 1 && os.Args[1] == far.Command {
		os.Exit(far.Main())
	}
}

// bootID is this boot's id; "" where the system does not say.
func bootID() string {
	id, err := process.BootID()
	if err != nil {
		return ""
	}
	return id
}
