package main

import (
	"fmt"
	"strconv"
	"strings"
)

// signalNames are those that the taxonomy of faults, and people, speak of, by their numbers on Linux.
var signalNames = map[int]string{
	1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL", 10: "SIGUSR1",
	11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 24: "SIGXCPU", 25: "SIGXFSZ", 31: "SIGSYS",
}

// parseExit reads how a process ended, in the words of ctxcliff (signal:SIGABRT, code:1, running) or in
// those that people have at hand: signal:6, SIGABRT, abrt, 134, code:0xC0000005, -6 as Python says it.
func parseExit(text string) (exit, signal string, err error) {
	word := strings.TrimSpace(text)
	if word == "" || strings.EqualFold(word, "running") {
		return strings.ToLower(word), "", nil
	}
	kind, value, found := strings.Cut(word, ":")
	if kind, value = strings.ToLower(kind), strings.TrimSpace(value); !found {
		kind, value = "", word
	}
	n, isNumber := strconv.ParseInt(value, 0, 64)
	switch {
	case kind == "code" || kind == "exit" || kind == "status" || kind == "" && isNumber == nil && n >= 0:
		if isNumber == nil && n >= -1<<31 && n < 1<<32 {
			return "code:" + value, "", nil
		}
	case kind == "signal" || kind == "sig" || kind == "":
		if kind == "" && n < 0 {
			n = -n
		}
		name := signalNames[int(n)]
		if isNumber != nil {
			name = "SIG" + strings.TrimPrefix(strings.ToUpper(value), "SIG")
		}
		for _, known := range signalNames {
			if name == known {
				return "signal:" + name, name, nil
			}
		}
	}
	return "", "", fmt.Errorf("--exit %q is no way to end; write signal:SIGABRT, code:1 or running", text)
}
