package server

import (
	"context"
	"fmt"
	"sync"
)

// Capabilities are what a llama-server binary says of itself.
type Capabilities struct {
	Version string   // 0.7.0, or the build number where the binary has no other; "" unknown
	Build   int      // 0 unknown, as in builds made outside of a git checkout
	Commit  string   // or what a distribution put there; "" unknown
	Devices []string // as --list-devices prints them, without the memory figures; empty on the CPU
	flags   flagGroups
	traces  bool // verbosity 4 is "trace (more info)"
}

// Offers reports whether --help lists the flag, with its dashes.
func (c Capabilities) Offers(flag string) bool { return len(c.flags[flag]) > 0 }

// Probe asks the binary for its version, its flags and its devices, all at once. The error is one
// sentence that says why command is no llama-server, the same one however the answers race.
func Probe(ctx context.Context, command, env []string) (Capabilities, error) {
	return ProbeThrough(ctx, nil, command, env)
}

// ProbeThrough is Probe of a binary that a launcher runs.
func ProbeThrough(ctx context.Context, launcher, command, env []string) (Capabilities, error) {
	return prober{launcher: launcher, command: command, env: env, limit: probeTimeout}.probe(ctx)
}

func (q prober) probe(ctx context.Context) (Capabilities, error) {
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	var version, help, devices string
	var versionErr, helpErr, devicesErr error
	var asking, devicesAsked sync.WaitGroup
	asking.Go(func() {
		if version, versionErr = q.ask(ctx, "--version"); versionErr != nil {
			enough() // this error wins, whatever the others would say
		}
	})
	asking.Go(func() { help, helpErr = q.ask(ctx, "--help") })
	devicesAsked.Go(func() { devices, devicesErr = q.ask(ctx, "--list-devices") })
	asking.Wait()
	c, err := describe(version, versionErr, help, helpErr, q.name())
	if err != nil || !c.Offers("--list-devices") {
		enough() // a program that knows no such flag may do anything; it is ended
		devicesAsked.Wait()
		return c, err
	}
	devicesAsked.Wait()
	c.Devices = parseDevices(devices)
	return c, devicesErr
}

// describe is the verdict on the first two answers. A version that cannot be read is no reason to
// refuse a binary whose --help is llama-server's.
func describe(version string, versionErr error, help string, helpErr error, name string) (Capabilities, error) {
	if versionErr != nil {
		return Capabilities{}, versionErr
	}
	c, known := parseVersion(version)
	if helpErr != nil {
		return c, helpErr
	}
	c.readHelp(help)
	switch {
	case c.Offers("--ctx-size") && c.Offers("--port"):
		return c, nil
	case !known:
		return c, fmt.Errorf("%s is not a llama-server: --version said %q", name, firstLine(version))
	}
	return c, fmt.Errorf("%s is not a llama-server: its --help offers no --ctx-size and --port", name)
}
