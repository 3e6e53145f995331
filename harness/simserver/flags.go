package simserver

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// flagsText is one flag of llama-server 0.7.0 (b11669) a line, from its --help: names, the name of
// its value, and the first line of what it says about it.
//
//go:embed flags.txt
var flagsText string

// oldFlags and newFlags are what changed between the builds of February 2026 and b11669
// (llama.cpp PR 20834 and the log and ping work of mid-2026).
const (
	oldBuild = 10000 // builds below this one speak oldFlags
	oldFlags = "--mlock | force system to keep model in RAM\n" +
		"--mmap, --no-mmap | whether to memory-map model\n" +
		"-dio, --direct-io, -ndio, --no-direct-io | use DirectIO if available\n"
)

var newFlags = []string{"--load-mode", "--lazy-mode", "--ui", "--log-jsonl", "--sse-ping-interval", "--kv-unified-per-slot"}

// flagSpec is one line of flagsText.
type flagSpec struct {
	names  []string
	values []string // names of the values it takes; empty for a switch
	help   string
}

// knownFlags are the flags of that build.
func knownFlags(build int) []flagSpec {
	text := flagsText
	if build < oldBuild {
		text += oldFlags
	}
	var specs []flagSpec
	for line := range strings.Lines(text) {
		spec := parseFlagSpec(line)
		if build < oldBuild && isNew(spec) {
			continue
		}
		specs = append(specs, spec)
	}
	return specs
}

func isNew(spec flagSpec) bool {
	return slices.ContainsFunc(spec.names, func(name string) bool { return slices.Contains(newFlags, name) })
}

func parseFlagSpec(line string) flagSpec {
	head, help, _ := strings.Cut(strings.TrimSpace(line), " | ")
	spec := flagSpec{help: help}
	for _, word := range strings.Fields(head) {
		if strings.HasPrefix(word, "-") {
			spec.names = append(spec.names, strings.TrimSuffix(word, ","))
		} else {
			spec.values = append(spec.values, word)
		}
	}
	if len(spec.names) > 0 && len(spec.values) > 1 && spec.names[0] != "--control-vector-layer-range" {
		spec.values = []string{strings.Join(spec.values, " ")} // a value's name may have spaces
	}
	return spec
}

// usage is the flag as --help prints it.
func (f flagSpec) usage() string {
	names := slices.Clone(f.names)
	if len(names) > 1 && !strings.HasPrefix(names[0], "--") {
		names[0] = fmt.Sprintf("%-6s", names[0]+",") // short names have a column of their own
	} else if len(names) > 1 {
		names[0] += ","
	}
	head := strings.Join(append([]string{names[0] + prefixed(" ", strings.Join(names[1:], ", "))}, f.values...), " ")
	if len(head) >= 40 {
		return head + "\n" + strings.Repeat(" ", 40) + f.help
	}
	return fmt.Sprintf("%-40s%s", head, f.help)
}

// prefixed is text with prefix before it, empty where text is empty.
func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

func printHelp(w io.Writer, build int) {
	fmt.Fprint(w, "----- common params -----\n\n")
	for _, spec := range knownFlags(build) {
		fmt.Fprintln(w, spec.usage())
	}
}

// usageError is what llama-server says to a flag that it does not understand.
type usageError struct {
	message string
	name    string   // the flag as it was typed
	spec    flagSpec // without names for an unknown flag
}

func (e *usageError) Error() string {
	if e.spec.names == nil {
		return "error: " + e.message
	}
	return fmt.Sprintf("error while handling argument %q: %s\n\nusage:\n%s\n\n\nto show complete usage, run with -h",
		e.name, e.message, e.spec.usage())
}

// commandLine is a parsed command line.
type commandLine struct {
	options                Options
	host                   string
	port                   int
	model                  string
	logFile                string
	help, version, devices bool
}

// parseArgs reads llama-server's flags the way llama-server does: one dash or two, aliases, the
// value as the next word. It knows nothing of the code that writes command lines.
func parseArgs(args []string, build int) (commandLine, error) {
	c := commandLine{options: Options{NP: -1}, host: "127.0.0.1", port: 9931}
	byName := map[string]*flagSpec{}
	for _, spec := range knownFlags(build) {
		for _, name := range spec.names {
			byName[name] = &spec
		}
	}
	for i := 0; i < len(args); i++ {
		name := args[i]
		if strings.HasPrefix(name, "--") {
			name = strings.ReplaceAll(name, "_", "-")
		}
		spec, ok := byName[name]
		if !ok {
			return c, &usageError{message: "invalid argument: " + args[i]}
		}
		if len(args)-i-1 < len(spec.values) {
			return c, &usageError{"expected value for argument", args[i], *spec}
		}
		value := ""
		if len(spec.values) > 0 {
			value = args[i+1]
		}
		if err := c.set(spec.names, name, value); err != nil {
			return c, &usageError{err.Error(), args[i], *spec}
		}
		i += len(spec.values)
	}
	return c, nil
}

// set obeys one flag; flags that change nothing here are accepted as they are.
func (c *commandLine) set(names []string, name, value string) (err error) {
	o := &c.options
	on := !strings.HasPrefix(strings.TrimLeft(name, "-"), "no-")
	switch longest(names) {
	case "--usage":
		c.help = true
	case "--version":
		c.version = true
	case "--list-devices":
		c.devices = true
	case "--model":
		c.model = value
	case "--host":
		c.host = value
	case "--port":
		c.port, err = stoi(value)
	case "--log-file":
		c.logFile = value
	case "--ctx-size":
		o.Ctx, err = stoi(value)
	case "--parallel":
		if o.NP, err = stoi(value); err == nil && o.NP == 0 {
			err = errors.New("error: invalid value for n_parallel")
		}
	case "--batch-size":
		o.Batch, err = stoi(value)
	case "--n-predict":
		o.NPredict, err = stoi(value)
	case "--no-kv-unified":
		o.Unified = &on
	case "--no-cache-prompt":
		o.NoCachePrompt = !on
	case "--metrics":
		o.Metrics = true
	case "--no-slots":
		o.NoSlots = !on
	case "--api-key":
		o.APIKeys = strings.Split(value, ",")
	case "--alias":
		o.Alias = value[strings.LastIndex(value, ",")+1:]
	case "--sse-ping-interval":
		o.PingSeconds, err = stoi(value)
	case "--override-kv":
		o.TrainedOverride, err = trainedOverride(value)
	case "--flash-attn", "--reasoning":
		err = oneOf(value, "on", "off", "auto")
	case "--fit":
		err = oneOf(value, "on", "off")
	case "--cache-type-k", "--cache-type-v":
		if oneOf(value, "f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "iq4_nl", "q5_0", "q5_1") != nil {
			err = errors.New("Unsupported cache type: " + value)
		}
	case "--load-mode":
		err = oneOf(value, "auto", "none", "mmap", "mlock", "mmap+mlock", "dio")
	case "--threads", "--threads-batch", "--ubatch-size", "--threads-http", "--cache-ram", "--ctx-checkpoints", "--log-verbosity", "--timeout":
		_, err = stoi(value)
	}
	return err
}

// longest names a flag in one way, whichever alias was typed.
func longest(names []string) string {
	best := ""
	for _, n := range names {
		if len(n) > len(best) {
			best = n
		}
	}
	return best
}

func oneOf(value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return fmt.Errorf("error: unknown value for argument: '%s'", value)
}

// stoi is C++'s: a number at the beginning will do.
func stoi(text string) (int, error) {
	digits := strings.TrimLeft(text, " ")
	end := 0
	for end < len(digits) && (digits[end] >= '0' && digits[end] <= '9' || end == 0 && strings.ContainsRune("+-", rune(digits[0]))) {
		end++
	}
	n, err := strconv.ParseInt(digits[:end], 10, 32)
	if err != nil {
		return 0, errors.New("stoi")
	}
	return int(n), nil
}

// trainedOverride finds ARCH.context_length=int:N in the value of --override-kv; 0 means no such key.
func trainedOverride(value string) (int, error) {
	for _, kv := range strings.Split(value, ",") {
		if key, n, ok := strings.Cut(kv, "=int:"); ok && strings.HasSuffix(key, ".context_length") {
			return stoi(n)
		}
	}
	return 0, nil
}
