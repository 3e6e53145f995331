package provision

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Package is one package of a private root.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// download is a package that the resolver wants, and its size in bytes.
type download struct {
	Package
	size int64
}

// uriLine is a line of apt-get --print-uris: 'URI' FILE SIZE CHECKSUM.
var uriLine = regexp.MustCompile(`(?m)^'([^']+)' (\S+) (\d+)`)

// parseURIs reads the closure that apt's resolver found from apt-get install --print-uris. The file
// is NAME_VERSION_ARCH.deb with the colons of the version escaped.
func parseURIs(text string) []download {
	var all []download
	for _, m := range uriLine.FindAllStringSubmatch(text, -1) {
		parts := strings.Split(strings.TrimSuffix(m[2], ".deb"), "_")
		if len(parts) != 3 {
			continue
		}
		version, err := url.PathUnescape(parts[1])
		if err != nil {
			continue
		}
		size, _ := strconv.ParseInt(m[3], 10, 64)
		all = append(all, download{Package{parts[0], version}, size})
	}
	slices.SortFunc(all, func(a, b download) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// choice is which packages to ask for, out of those that exist.
type choice struct {
	server string   // holds llama-server; "" where none does
	rpc    []string // hold the RPC backend and the rpc-server; wanted, not needed
}

// serverPackages are the names under which distributions package llama-server, the one split off
// by purpose first.
var serverPackages = []string{"llama.cpp-tools", "llama.cpp-server", "llama.cpp", "llama-cpp"}

// rpcPackage recognises packages with the RPC backend (libggml0-backend-rpc, whatever the library's
// number) and with ggml-rpc-server (llama.cpp-tools-extra at the time of writing).
var rpcPackage = regexp.MustCompile(`^(libggml.*-backend-rpc|(llama[.-]cpp|ggml)(-.*)?-(extra|rpc|rpc-server))$`)

// choosePackages picks from the names of apt-cache pkgnames.
func choosePackages(names []string) choice {
	var c choice
	for _, name := range serverPackages {
		if slices.Contains(names, name) {
			c.server = name
			break
		}
	}
	for _, name := range names {
		if rpcPackage.MatchString(name) {
			c.rpc = append(c.rpc, name)
		}
	}
	slices.Sort(c.rpc)
	c.rpc = slices.Compact(c.rpc)
	return c
}

// hasCandidate reports whether apt-cache policy names a version that can be installed.
func hasCandidate(policy string) bool {
	for line := range strings.Lines(policy) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "Candidate: "); ok && v != "(none)" {
			return true
		}
	}
	return false
}

// parseShell reads the NAME='value' lines of apt-config shell.
func parseShell(text string) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			values[name] = strings.Trim(value, "'")
		}
	}
	return values
}

// networkWords are what apt's and dnf's methods say when the mirror was not reached at all, as
// opposed to having nothing.
var networkWords = regexp.MustCompile(`(?i)temporary failure resolving|could not resolve|cannot resolve|could not connect|unable to connect|connection refused|connection timed out|network is unreachable|no route to host|connection failed|timeout was reached|proxy.*(?:refused|denied)|no address associated`)

// blame picks the line of a package manager's output that says why it failed, and whether the
// network was the reason. Both are empty where nothing was complained about.
func blame(text string) (why string, network bool) {
	var first string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if networkWords.MatchString(line) {
			return shorten(trimMark(line)), true
		}
		if first == "" && (strings.HasPrefix(line, "E: ") || strings.HasPrefix(line, "Error: ")) {
			first = trimMark(line)
		}
	}
	return shorten(first), false
}

func trimMark(line string) string {
	for _, mark := range []string{"E: ", "W: ", "Err: ", "Error: "} {
		line = strings.TrimPrefix(line, mark)
	}
	return line
}

func shorten(line string) string {
	line = strings.TrimSuffix(line, ".")
	if len(line) > 200 {
		return line[:200] + "…"
	}
	return line
}
