//go:build !linux

package harness

import (
	"runtime"

	"ctxcliff/harness/trial"
)

// SurveyHost says what the Go runtime knows of this machine; the rest stays empty.
func SurveyHost() trial.Host {
	return trial.Host{OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.NumCPU(), BootID: bootID()}
}
