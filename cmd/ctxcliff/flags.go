package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/reports"
	"ctxcliff/shapes"
)

// Flags that several commands share are declared once, here, by the group they belong to.

const defaultDB = "ctxcliff.db"

const (
	groupTarget = "what is tested"
	groupMatrix = "the matrix"
	groupRun    = "how it is run"
	groupOutput = "output"
)

func targetFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "server", Category: groupTarget, Usage: "llama-server to test: a `PATH`, or sim, or sim:PROFILE (default: found on PATH, else obtained)", TakesFile: true},
		&cli.StringFlag{Name: "launch", Category: groupTarget, Usage: "run llama-server, and rpc-servers of our own, through `PREFIX`: \"nice -n 5\", \"podman exec lab\"; it must stay until they end"},
		&cli.StringFlag{Name: "model", Category: groupTarget, Usage: "GGUF `FILE` (default: a tiny random-weight model of our own)", TakesFile: true},
		&cli.StringFlag{Name: "name", Category: groupTarget, Usage: "`LABEL` of the model in cell ids (default: its file name)"},
		&cli.StringFlag{Name: "backend", Category: groupTarget, Usage: "`LABEL` of the backend in cell ids, such as rocm-7.2.4 (default: from the server's device list)"},
		&cli.StringFlag{Name: "power", Category: groupTarget, Usage: "`LABEL` of the power profile that the machine is in, for the report"},
		&cli.StringSliceFlag{Name: "env", Category: groupTarget, Usage: "`NAME=VALUE` for the environment of llama-server and of rpc-servers of our own (repeatable)"},
		&cli.StringSliceFlag{Name: "server-arg", Category: groupTarget, Usage: "`ARG` passed on to llama-server verbatim (repeatable)"},
		&cli.StringSliceFlag{Name: "rpc", Category: groupTarget, Usage: "spread the model over an rpc-server, `local|ssh://HOST|HOST:PORT`: one of our own, on the loopback or, as ssh://[user@]host[:port][?listen=ADDRESS], on another host, or one that somebody runs (repeatable; the order makes rpc1, rpc2…)"},
		&cli.StringFlag{Name: "topology", Category: groupTarget, Usage: "`LABEL` of the topology in cell ids (default: single, rpc1, rpc2…)"},
		&cli.StringFlag{Name: "rpc-server", Category: groupTarget, Usage: "rpc-server for --rpc local: a `PATH` (default: found beside llama-server or on PATH, else obtained)", TakesFile: true},
		&cli.IntFlag{Name: "port", HideDefault: true, Category: groupTarget, Usage: "`PORT` for llama-server (default: a free one for each start)"},
	}
}

// attachFlags name a server that somebody else runs.
func attachFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "url", Category: groupTarget, Usage: "test the server at `URL`, which somebody else runs, and never restart it; behind llama-swap: http://HOST:PORT/upstream/MODEL"},
		&cli.StringFlag{Name: "api-key-file", Category: groupTarget, Usage: "`FILE` that holds the API key of the server at --url (default: " + apiKeyEnv + " of the environment); it is kept nowhere", TakesFile: true},
		&cli.DurationFlag{Name: "away-timeout", Category: groupRun, Value: harness.DefaultLimits.Away, Usage: "how long the server at --url may be away before it counts as gone: its owner may have it restarted"},
		&cli.DurationFlag{Name: "busy-timeout", Category: groupRun, Value: harness.DefaultLimits.Busy, Usage: "how long prompts of others are waited for at the server at --url"},
	}
}

// axisFlags span what is walked, prompt sizes aside.
func axisFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "shape", Category: groupMatrix, Value: "opt,repeat,natural,mixed", Usage: "`LIST` of prompt shapes, or all"},
		&cli.StringFlag{Name: "np", Category: groupMatrix, Value: "1,2", Usage: "`LIST` of slot counts (-np)"},
		&cli.StringFlag{Name: "ctx", Category: groupMatrix, Usage: "`LIST` of total contexts (-c), such as 32k,64k"},
		&cli.StringFlag{Name: "ps", Category: groupMatrix, Usage: "`LIST` of contexts per slot (default: 16k)"},
		excludeFlag(),
		&cli.IntFlag{Name: "reply", Category: groupMatrix, Value: 16, Usage: "`TOKENS` asked for in each reply"},
	}
}

// sizeFlags are the prompt sizes of a matrix.
func sizeFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "tokens", Category: groupMatrix, Usage: "`LIST` of prompt sizes per slot, such as 5k,32Ki, sent as they are"},
		&cli.StringFlag{Name: "fill", Category: groupMatrix, Usage: "`LIST` of prompt sizes as shares of a slot, such as 50%,90% (default: 10%,50%,100%)"},
	}
}

// screenFlags say how often each cell is tried.
func screenFlags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "starts", Category: groupRun, Value: 1, Usage: "server starts per cell: the unit of risk"},
		&cli.IntFlag{Name: "attempts", Category: groupRun, Value: 2, Usage: "rounds of requests per start: the first is cold, later ones may be cached"},
		&cli.BoolFlag{Name: "skip-hopeless", Category: groupRun, Usage: "leave out what is predicted not to fit into free memory (default: only what takes more than 1.5 times as much; =false: nothing)"},
		expectFlag(),
		&cli.IntFlag{Name: "give-up", HideDefault: true, Category: groupRun, Usage: "leave a target alone when it broke `N` times in a row (default: never)"},
		&cli.StringFlag{Name: "isolation", Category: groupRun, Value: "cell", Usage: "what gets a fresh server: `cell|config`"},
		resumeFlag(), retryLostFlag(),
	}
}

// runFlags are those of every command that measures.
func runFlags() []cli.Flag {
	return []cli.Flag{
		configFlag(),
		&cli.Uint64Flag{Name: "seed", Category: groupRun, Value: 1, Usage: "all prompts come from it"},
		&cli.BoolFlag{Name: "no-warmup", Category: groupRun, Usage: "send no short labelled request before the first attempt of a start"},
		&cli.BoolFlag{Name: "no-canary", Category: groupRun, Usage: "send no fixed prompts before and after attempts, and ask for no probabilities: wrong answers go unseen"},
		&cli.DurationFlag{Name: "ready-timeout", Category: groupRun, Value: harness.DefaultLimits.Ready, Usage: "how long loading may take"},
		&cli.DurationFlag{Name: "stall", Category: groupRun, Value: harness.DefaultLimits.Stall, Usage: "how long a server may show no progress, before five times its slowest batch is added"},
		&cli.DurationFlag{Name: "budget", HideDefault: true, Category: groupRun, Usage: "stop before this much `TIME` is used up, such as 8h"},
		&cli.IntFlag{Name: "max-starts", HideDefault: true, Category: groupRun, Usage: "stop before more than `N` servers were started"},
		&cli.StringFlag{Name: "shard", Category: groupRun, Usage: "run only part `I/N` of the plan, or auto or auto/N: the part is read from " + shardVariables},
		&cli.BoolFlag{Name: "dry-run", Category: groupRun, Usage: "print what would be run, with an estimate, and stop"},
		dbFlag(),
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Category: groupOutput, Usage: "say what is being done"},
	}
}

// excludeFlag is for one call; a lab file has a list of its own, with reasons.
func excludeFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "exclude", Category: groupMatrix, Usage: "leave out cells whose ids are like `PATTERN`, besides those that the file excludes (repeatable)"}
}

func dbFlag() cli.Flag {
	return &cli.StringFlag{Name: "db", Category: groupOutput, Value: defaultDB, Usage: "`FILE` that keeps all runs", TakesFile: true}
}

func outputFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Category: groupOutput, Value: "text", Usage: "`FORMAT` of the result: " + strings.Join(reports.Formats(), ", ")},
		&cli.StringFlag{Name: "out", Category: groupOutput, Usage: "write the result to `FILE` instead of standard output", TakesFile: true},
		noRedactFlag(),
	}
}

// matrixOf reads the axes. Targets are added by the caller, once the server is known.
func matrixOf(c *cli.Command) (plan.Matrix, error) {
	m, err := axesOf(c)
	if err != nil {
		return m, err
	}
	if err := readSizes(c, map[string]*[]int{"tokens": &m.Tokens}); err != nil {
		return m, err
	}
	if text := c.String("fill"); text != "" {
		if m.Fills, err = plan.ParseFills(text); err != nil {
			return m, fmt.Errorf("--fill: %w", err)
		}
	} else if c.IsSet("fill") {
		return m, emptyList("fill")
	}
	if len(m.Tokens) == 0 && len(m.Fills) == 0 {
		m.Fills = []plan.Fill{0.1, 0.5, 1}
	}
	return m, m.Check()
}

// axesOf reads shapes, slots and contexts.
func axesOf(c *cli.Command) (m plan.Matrix, err error) {
	m.Reply = c.Int("reply")
	if m.Shapes, err = shapes.ParseList(c.String("shape")); err != nil {
		return m, fmt.Errorf("--shape: %w", err)
	}
	if err := readSizes(c, map[string]*[]int{"np": &m.NP, "ctx": &m.Ctx, "ps": &m.PerSlot}); err != nil {
		return m, err
	}
	if len(m.Ctx) == 0 && len(m.PerSlot) == 0 {
		m.PerSlot = []int{16000}
	}
	return m, nil
}

// emptyList is what a script hands over whose variable is not set.
func emptyList(flag string) error {
	return fmt.Errorf("--%s is given an empty list; leave it out for its default", flag)
}

// readSizes reads lists of sizes from the flags that were given, in the order of their names.
func readSizes(c *cli.Command, lists map[string]*[]int) error {
	for _, flag := range slices.Sorted(maps.Keys(lists)) {
		text := c.String(flag)
		if text == "" {
			if c.IsSet(flag) {
				return emptyList(flag)
			}
			continue
		}
		sizes, err := plan.ParseSizes(text)
		switch {
		case err != nil && flag == "np":
			return fmt.Errorf("--np %q is no list of slot counts; write for example 1,2,8", text)
		case err != nil:
			return fmt.Errorf("--%s: %w", flag, err)
		}
		*lists[flag] = sizes
	}
	return nil
}

// mostRounds is more than any night holds.
const mostRounds = 1_000_000

func settingsOf(c *cli.Command) (trial.Settings, error) {
	s := trial.Settings{
		Starts: c.Int("starts"), Attempts: c.Int("attempts"), Isolation: c.String("isolation"),
		Reply: c.Int("reply"), Warmup: !c.Bool("no-warmup"),
	}
	for _, f := range []string{"starts", "attempts"} {
		if c.Int(f) < 1 {
			return s, fmt.Errorf("--%s %d tests nothing; give 1 or more", f, c.Int(f))
		}
		if c.Int(f) > mostRounds {
			return s, fmt.Errorf("--%s %d would never end; give %d at most", f, c.Int(f), mostRounds)
		}
	}
	if c.IsSet("url") && s.Isolation == "cell" {
		s.Isolation = "config" // there is one start for all cells
	}
	if s.Isolation != "cell" && s.Isolation != "config" {
		return s, fmt.Errorf("--isolation %q is not known; write cell (a fresh server for each cell) or config", s.Isolation)
	}
	return s, nil
}

func limitsOf(c *cli.Command) (harness.Limits, error) {
	l := harness.DefaultLimits
	for flag, limit := range map[string]*time.Duration{"ready-timeout": &l.Ready, "stall": &l.Stall, "away-timeout": &l.Away, "busy-timeout": &l.Busy} {
		if !takes(c, flag) {
			continue
		}
		if *limit = c.Duration(flag); *limit <= 0 {
			return l, fmt.Errorf("--%s must be above zero, such as 60s", flag)
		}
	}
	for flag, bad := range map[string]bool{"budget": c.Duration("budget") <= 0, "max-starts": c.Int("max-starts") < 1, "give-up": c.Int("give-up") < 1} {
		if bad && c.IsSet(flag) {
			return l, fmt.Errorf("--%s must be above zero; leave it out for no limit", flag)
		}
	}
	return l, nil
}

// checkServerFlags refuses what no llama-server takes. Whether a port is free is found out later: that is the
// lab's business, not a mistake in the flags.
func checkServerFlags(c *cli.Command) error {
	for _, word := range c.StringSlice("server-arg") {
		if name, value, two := strings.Cut(word, " "); two && strings.HasPrefix(name, "-") {
			return fmt.Errorf("--server-arg %q is more than one word; each takes a flag of its own: --server-arg %s --server-arg %s", word, name, strings.TrimSpace(value))
		}
	}
	if port := c.Int("port"); c.IsSet("port") && (port < 1 || port > 65535) {
		return fmt.Errorf("--port %d is not a port; give 1 to 65535, or leave it out for a free one", port)
	}
	return nil
}
