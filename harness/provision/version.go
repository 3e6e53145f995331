package provision

import (
	"regexp"
	"strconv"
	"strings"
)

// versionLine is what llama.cpp programs print for --version, on standard error in older builds:
// "version: 0.7.0 (build 11669, commit Debian)" and "version: 8038 (f20469d91)".
var (
	versionLine = regexp.MustCompile(`(?m)^version:[ \t]*([^\s(]+)[ \t]*(?:\(([^)]*)\))?[ \t]*\r?$`)
	buildWord   = regexp.MustCompile(`\bbuild[ :]+(\d+)`)
	commitWord  = regexp.MustCompile(`\bcommit[ :]+([^\s,]+)`)
)

// parseVersion reads the version from what --version printed. ok is false where no line of it says one.
func parseVersion(text string) (version string, build int, commit string, ok bool) {
	m := versionLine.FindStringSubmatch(text)
	if m == nil {
		return "", 0, "", false
	}
	version = m[1]
	if b := buildWord.FindStringSubmatch(m[2]); b != nil {
		build, _ = strconv.Atoi(b[1])
	} else if n, err := strconv.Atoi(strings.TrimPrefix(version, "b")); err == nil {
		build = n
	}
	if c := commitWord.FindStringSubmatch(m[2]); c != nil {
		commit = c[1]
	} else if !strings.Contains(m[2], " ") {
		commit = m[2]
	}
	return version, build, commit, true
}

// firstLines keeps the first n lines that say something about the program; backend loading is noise.
func firstLines(text string, n int) string {
	var kept []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || strings.HasPrefix(line, "ggml_backend_load") || strings.HasPrefix(line, "load_backend:") {
			continue
		}
		kept = append(kept, line)
		if len(kept) == n {
			break
		}
	}
	return strings.Join(kept, "\n")
}
