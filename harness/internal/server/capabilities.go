package server

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Capabilities are what a llama-server binary says of itself.
type Capabilities struct {
	Version string // 0.7.0, or the build number where the binary has no other; "" unknown
	Build   int    // 0 unknown
	Commit  string
	Devices []string // as --list-devices prints them, without the memory figures; empty on the CPU
	flags   map[string]bool
}

// Offers reports whether --help lists the flag, with its dashes.
func (c Capabilities) Offers(flag string) bool { return c.flags[flag] }

// probeTimeout bounds each question to the binary. Listing devices initialises GPU drivers, which
// takes seconds on a cold machine.
const probeTimeout = 60 * time.Second

// Probe asks the binary for its version, its flags and its devices. The error is one sentence that
// says why command is no llama-server.
func Probe(ctx context.Context, command, env []string) (Capabilities, error) {
	version, err := ask(ctx, command, env, "--version")
	if err != nil {
		return Capabilities{}, err
	}
	c := parseVersion(version)
	if c.Build == 0 {
		return c, fmt.Errorf("%s is not a llama-server: --version said %q", command[0], firstLine(version))
	}
	help, err := ask(ctx, command, env, "--help")
	if err != nil {
		return c, err
	}
	if c.flags = parseFlags(help); !c.flags["--ctx-size"] || !c.flags["--port"] {
		return c, fmt.Errorf("%s is not a llama-server: its --help offers no --ctx-size and --port", command[0])
	}
	if c.Offers("--list-devices") {
		devices, err := ask(ctx, command, env, "--list-devices")
		if err != nil {
			return c, err
		}
		c.Devices = parseDevices(devices)
	}
	return c, nil
}

// The forms seen: "version: 0.7.0 (build 11669, commit Debian)", "version: 8146 (f20469d91)".
var (
	newVersion = regexp.MustCompile(`version: (\S+) \(build (\d+), commit ([^)]+)\)`)
	oldVersion = regexp.MustCompile(`version: (\d+) \(([^)]+)\)`)
)

func parseVersion(text string) (c Capabilities) {
	if m := newVersion.FindStringSubmatch(text); m != nil {
		c.Version, c.Commit = m[1], m[3]
		c.Build, _ = strconv.Atoi(m[2])
	} else if m := oldVersion.FindStringSubmatch(text); m != nil {
		c.Version, c.Commit = m[1], m[2]
		c.Build, _ = strconv.Atoi(m[1])
	}
	return c
}

// optionHead is the beginning of an option's line in --help: "-c,    --ctx-size N". The names are
// separated by commas and padded into columns.
var (
	optionHead = regexp.MustCompile(`^-[\w-]+(?:,\s+-[\w-]+)*`)
	flagName   = regexp.MustCompile(`-[\w-]+`)
)

// parseFlags takes the names of all options from --help.
func parseFlags(help string) map[string]bool {
	flags := map[string]bool{}
	for line := range strings.Lines(help) {
		for _, name := range flagName.FindAllString(optionHead.FindString(line), -1) {
			flags[name] = true
		}
	}
	return flags
}

var deviceLine = regexp.MustCompile(`^\s+(\w+: .*?)(?: \(\d+ MiB.*\))?\s*$`)

func parseDevices(text string) []string {
	_, list, found := strings.Cut(text, "Available devices:")
	if !found {
		return nil
	}
	var devices []string
	for line := range strings.Lines(list) {
		if m := deviceLine.FindStringSubmatch(strings.TrimRight(line, "\r\n")); m != nil {
			devices = append(devices, m[1])
		}
	}
	return devices
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if len(line) > 120 {
		line = line[:120] + "…"
	}
	return line
}
