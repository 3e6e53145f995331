package provision

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// kernelLogFinding tries both ways to read the kernel's log. Without it, GPU resets and OOM kills
// are seen only as the deaths that they cause.
func (f *finder) kernelLogFinding(ctx context.Context) Finding {
	if f.host.goos != "linux" {
		return Finding{Info, "kernel log: not read on " + f.host.goos, ""}
	}
	if readsKmsg() {
		return Finding{Info, "kernel log: readable at /dev/kmsg", ""}
	}
	if f.has("journalctl") {
		out, err := f.host.run(ctx, command{name: "journalctl", args: []string{"-k", "-n", "1", "--no-pager", "-q", "-o", "short-monotonic"}})
		if err == nil && out.code == 0 && strings.TrimSpace(out.stdout) != "" {
			return Finding{Info, "kernel log: readable with journalctl -k", ""}
		}
	}
	return Finding{Warn, "kernel log: cannot be read; GPU faults and OOM kills will be known only by the deaths they cause",
		"type: sudo usermod -aG systemd-journal,adm \"$USER\" and log in again, or sudo sysctl kernel.dmesg_restrict=0"}
}

// readsKmsg reads one record. Opening is not proof: some containers let it be opened, not read.
func readsKmsg() bool {
	fd, err := syscall.Open("/dev/kmsg", syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer syscall.Close(fd)
	buf := make([]byte, 8192)
	_, err = syscall.Read(fd, buf)
	return err == nil || err == syscall.EPIPE || err == syscall.EAGAIN // overwritten or empty, but readable
}

// debuggerFinding is about llama.cpp's own habit (ggml_print_backtrace in ggml/src/ggml.c): at an
// abort it runs gdb on itself where there is one.
func (f *finder) debuggerFinding() Finding {
	if f.has("gdb") {
		return Finding{Info, "gdb: found; an aborting llama-server runs it for a backtrace, which delays its death by up to seconds", "set GGML_NO_BACKTRACE=1 to switch that off"}
	}
	return Finding{Info, "gdb: not found; backtraces of aborts will have no function names of llama.cpp", "install gdb for better bug reports"}
}

var meminfoLine = regexp.MustCompile(`(?m)^(MemTotal|MemAvailable):\s+(\d+) kB`)

// parseMeminfo reads /proc/meminfo; zero where a line is missing. Bytes.
func parseMeminfo(text string) (total, available int64) {
	for _, m := range meminfoLine.FindAllStringSubmatch(text, -1) {
		kb, _ := strconv.ParseInt(m[2], 10, 64)
		if m[1] == "MemTotal" {
			total = kb << 10
		} else {
			available = kb << 10
		}
	}
	return total, available
}

func (f *finder) machineFinding(ctx context.Context) Finding {
	what := fmt.Sprintf("machine: %d cores (%s/%s)", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		total, available := parseMeminfo(string(text))
		return Finding{Info, fmt.Sprintf("%s, %.1f GB memory, %.1f GB of it available", what, float64(total)/1e9, float64(available)/1e9), ""}
	}
	out, err := f.host.run(ctx, command{name: "sysctl", args: []string{"-n", "hw.memsize"}})
	if bytes, convErr := strconv.ParseInt(strings.TrimSpace(out.stdout), 10, 64); err == nil && convErr == nil {
		return Finding{Info, fmt.Sprintf("%s, %.1f GB memory", what, float64(bytes)/1e9), ""}
	}
	return Finding{Info, what + ", memory cannot be read here", ""}
}
