package harness

import (
	"slices"
	"strconv"
	"strings"

	"ctxcliff/harness/gguf"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
)

// Lab is what was found out about machine, server binary and model before anything is started.
type Lab struct {
	Host   trial.Host
	Binary trial.Binary
	Model  trial.Model
	Target plan.Target // as asked for, with Model and Backend filled in

	guest *guest // of a server that somebody else runs; nil: we start our own

	peerCommand []string // runs an rpc-server of ours; empty: none is asked for
	localBuild  *sibling // of that; nil: nobody has looked yet

	command  []string // runs the server: a path, or ctxcliff itself as the simulated one
	env      []string // NAME=VALUE beside our own environment
	caps     server.Capabilities
	ordinary []int32 // token ids that the random shape may draw
	info     gguf.Info
	tokens   string // names the model's vocabulary
}

// SimCommand is the hidden first argument with which ctxcliff runs as the simulated server.
const SimCommand = "__simserver"

// SimProfileEnv names the simulated server's rules in its environment.
const SimProfileEnv = "CTXCLIFF_SIM_PROFILE"

const (
	simStartEnv  = "CTXCLIFF_SIM_START"
	simKernelEnv = "CTXCLIFF_SIM_KMSG"
)

// backendOf is the default label of a backend: the first device's kind (CUDA0 is cuda), or cpu.
func backendOf(devices []string) string {
	for _, d := range devices {
		if kind := deviceKind(d); kind != "" && kind != "rpc" {
			return kind
		}
	}
	return "cpu"
}

// deviceKind is the device's name in lower case without its number: "Vulkan0: Radeon 8060S" is
// vulkan.
func deviceKind(device string) string {
	end := 0
	for end < len(device) && (device[end]|0x20) >= 'a' && (device[end]|0x20) <= 'z' {
		end++
	}
	kind := []byte(device[:end])
	for i := range kind {
		kind[i] |= 0x20
	}
	return string(kind)
}

// options are what the server is started with for a configuration.
func (lab *Lab) options(c plan.Configuration, port int) server.Options {
	o := server.Options{Model: lab.Model.Path, NP: c.NP, Ctx: c.Ctx, Port: port, Extra: c.Target.Args}
	if strings.HasPrefix(lab.Model.Name, tinymodel.NamePrefix) {
		o.Threads = 1 // several would spend their time waiting for one another
	}
	return o
}

// launchSpec is what start number n of a run is launched with. The simulated server is told the
// number, so that rules such as "every third start" have something to go by.
func (lab *Lab) launchSpec(c plan.Configuration, port, n int) server.LaunchSpec {
	env := slices.Clone(lab.env)
	if lab.simulated() {
		env = append(env, simStartEnv+"="+strconv.Itoa(n))
	}
	return server.LaunchSpec{Launcher: lab.Target.Launch, Command: lab.command, Env: env, Options: lab.options(c, port), Capabilities: lab.caps}
}

// argv is the command line as a person would paste it, for the record before the launch. A port
// that is chosen at the launch stands as 0.
func (lab *Lab) argv(c plan.Configuration, port int) []string {
	options := lab.options(c, port)
	for _, p := range companions(c.Target.Topology) {
		options.Peers = append(options.Peers, p.endpoint)
	}
	return slices.Concat(lab.Target.Launch, lab.command, lab.caps.Args(options))
}

// simulated reports whether the server is the built-in simulated one.
func (lab *Lab) simulated() bool {
	_, yes := lab.Target.Simulated()
	return yes
}

// usesGPU reports whether the server has a device other than the processor and remote ones: then its
// driver may have something to say.
func (lab *Lab) usesGPU() bool { return backendOf(lab.Binary.Devices) != "cpu" }

// Offers reports whether the build's --help lists a flag.
func (l *Lab) Offers(flag string) bool { return l.caps.Offers(flag) }
