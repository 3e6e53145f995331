package harness

import (
	"bufio"
	"bytes"
	"os"
	"runtime"
	"strconv"
	"strings"

	"ctxcliff/harness/trial"
)

// SurveyHost reads what a report says of this machine. What cannot be read stays empty.
func SurveyHost() trial.Host {
	return trial.Host{
		OS: osName(readText("/etc/os-release")), Kernel: readText("/proc/sys/kernel/osrelease"),
		Arch: runtime.GOARCH, CPU: cpuModel(readText("/proc/cpuinfo")), Cores: runtime.NumCPU(),
		MemoryMiB: memoryMiB(readText("/proc/meminfo")), BootID: bootID(),
	}
}

func readText(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(bytes.TrimSpace(data))
}

// osName is PRETTY_NAME of an os-release file.
func osName(release string) string {
	return valueOf(release, "PRETTY_NAME", "=")
}

func cpuModel(cpuinfo string) string {
	if name := valueOf(cpuinfo, "model name", ":"); name != "" {
		return name
	}
	return valueOf(cpuinfo, "Model", ":") // some Arm boards
}

// memoryMiB reads MemTotal, which /proc/meminfo gives in KiB.
func memoryMiB(meminfo string) int {
	kib, _ := strconv.Atoi(strings.TrimSuffix(valueOf(meminfo, "MemTotal", ":"), " kB"))
	return kib / 1024
}

// valueOf is the value of the first line "key <separator> value", unquoted.
func valueOf(text, key, separator string) string {
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		k, v, ok := strings.Cut(s.Text(), separator)
		if ok && strings.TrimSpace(k) == key {
			return strings.Trim(strings.TrimSpace(v), `"'`)
		}
	}
	return ""
}
