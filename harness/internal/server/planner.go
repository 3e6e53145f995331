package server

import (
	"bufio"
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// PlannerName is the program of llama.cpp that says how much memory a server would take, without loading
// a model (since PR 22171; it lies beside llama-server).
const PlannerName = "llama-fit-params"

// plannerLimit bounds a question to the planner, which takes a fraction of a second. Drivers that it
// initialises take seconds.
const plannerLimit = 20 * time.Second

// Planner is a [PlannerName] that answers.
type Planner struct {
	asks  prober
	flags Capabilities
}

// Share is what the planner expects of one device.
type Share struct {
	Device string // Host, CUDA0, RPC1…
	Bytes  int64  // model, context and compute buffers together
}

// FindPlanner asks the planner beside that llama-server for its flags, through the same launcher. It is
// false where there is none, or one that prints no plan.
func FindPlanner(ctx context.Context, launcher []string, server string, env []string) (Planner, bool) {
	p := Planner{asks: prober{
		launcher: launcher, command: []string{filepath.Join(filepath.Dir(server), PlannerName)},
		env: append(slices.Clone(env), "GGML_NO_BACKTRACE=1"), limit: plannerLimit,
	}}
	help, err := p.asks.ask(ctx, "--help")
	if err != nil {
		return p, false
	}
	p.flags.readHelp(help)
	return p, p.flags.Offers("-fitp")
}

// Ask is what a server with these options would take on each device. Peers must be up: the planner asks
// them, one client at a time.
func (p Planner) Ask(ctx context.Context, o Options) ([]Share, error) {
	args := []string{"--model", o.Model, "--ctx-size", strconv.Itoa(o.Ctx), "--parallel", strconv.Itoa(o.NP), "-fitp", "on"}
	if len(o.Peers) > 0 {
		args = append([]string{"--rpc", strings.Join(o.Peers, ",")}, args...)
	}
	text, exit, err := p.asks.run(ctx, append(args, p.flags.known(p.flags.Spelled(o.Extra))...)...)
	if err != nil {
		return nil, err
	}
	if exit.Code != 0 {
		return nil, fmt.Errorf("%s ended with %s: %s", PlannerName, exit, orNothing(firstLine(text)))
	}
	shares := readShares(text)
	if len(shares) == 0 {
		return nil, fmt.Errorf("%s printed no plan: %s", PlannerName, orNothing(firstLine(text)))
	}
	return shares, nil
}

var option = regexp.MustCompile(`^--?[a-zA-Z]`)

// known are the arguments without the options that this program does not have, and their values: the
// planner knows what decides about memory, and refuses what only a server has.
func (c Capabilities) known(args []string) (kept []string) {
	keep := true
	for _, arg := range args {
		if option.MatchString(arg) {
			keep = c.Offers(canonical(arg))
		}
		if keep {
			kept = append(kept, arg)
		}
	}
	return kept
}

// readShares reads lines of the form NAME MODEL CONTEXT COMPUTE, in MiB.
func readShares(text string) (shares []Share) {
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) != 4 {
			continue
		}
		s, ok := Share{Device: fields[0]}, true
		for _, f := range fields[1:] {
			mib, err := strconv.ParseInt(f, 10, 40)
			ok = ok && err == nil && mib >= 0
			s.Bytes += mib << 20
		}
		if ok {
			shares = append(shares, s)
		}
	}
	return shares
}

// Device is one line of --list-devices.
type Device struct {
	Name        string // CUDA0, RPC1…
	Of          string // what it is: NVIDIA H200; of a peer's, host:port
	Total, Free int64  // bytes, as its backend says; 0 it does not. Of a processor behind an rpc-server both are all memory of its host
}

var deviceMemory = regexp.MustCompile(`^\s+(\w+): (.*?)(?: \((\d+) MiB, (\d+) MiB free\))?\s*$`)

// ListDevices asks the binary for its devices, those of the peers among them. A peer that serves somebody else
// says nothing until the limit.
func ListDevices(ctx context.Context, launcher, command, env, endpoints []string, limit time.Duration) ([]Device, error) {
	q := prober{launcher: launcher, command: command, env: append(slices.Clone(env), "GGML_NO_BACKTRACE=1"), limit: limit}
	var args []string
	if len(endpoints) > 0 {
		args = []string{"--rpc", strings.Join(endpoints, ",")}
	}
	text, exit, err := q.run(ctx, append(args, "--list-devices")...)
	switch {
	case err != nil:
		return nil, err
	case exit.Code != 0:
		return nil, fmt.Errorf("%s --list-devices ended with %s: %s", q.name(), exit, orNothing(firstLine(text)))
	}
	var devices []Device
	for line := range deviceLines(text) {
		m := deviceMemory.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		d := Device{Name: m[1], Of: m[2]}
		total, _ := strconv.ParseInt(m[3], 10, 40)
		free, _ := strconv.ParseInt(m[4], 10, 40)
		d.Total, d.Free = total<<20, free<<20
		devices = append(devices, d)
	}
	return devices, nil
}
