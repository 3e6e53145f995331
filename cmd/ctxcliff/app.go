package main

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/urfave/cli/v3"
)

// version is set by the linker in releases: -ldflags "-X main.version=1.2.3". Else it is that of the module, which
// names the commit that it was built from; "dev" where the build was told of none.
var version string

func init() {
	if info, ok := debug.ReadBuildInfo(); ok && version == "" && info.Main.Version != "(devel)" {
		version = info.Main.Version
	}
	version = cmp.Or(version, "dev")
}

func newApp(t *terminal) *cli.Command {
	app := &cli.Command{
		Name:    "ctxcliff",
		Usage:   "find where a llama-server falls over: prompt shapes × context sizes × slots",
		Version: version,
		Description: "ctxcliff screen   runs a small matrix against a real llama-server; the first run obtains one.\n" +
			"Results go to standard output, everything else to standard error.\n" +
			"Exit codes: 0 nothing unexpected, 1 unexpected failures, 2 usage, 3 lab or tester error,\n" +
			"4 inconclusive (nothing was tested), 130 interrupted, 141 nobody reads the result any more.",
		EnableShellCompletion: true,
		Suggest:               true,
		Writer:                t.stdout,
		ErrWriter:             t.stderr,
		ExitErrHandler:        func(context.Context, *cli.Command, error) {}, // main exits, nobody else
		CommandNotFound:       nil,
		Commands: []*cli.Command{
			screenCommand(t), bisectCommand(t), fuzzCommand(t), reproCommand(t), minimizeCommand(t), reportCommand(t), diffCommand(t), nightlyCommand(t), mergeCommand(t), storeCommand(t), faultsCommand(t), classifyCommand(t), promptCommand(t), modelCommand(t), doctorCommand(t),
		},
	}
	app.Action = func(_ context.Context, c *cli.Command) error {
		if name := c.Args().First(); name != "" {
			hint := ""
			if near := cli.SuggestCommand(app.Commands, name); near != "" {
				hint = fmt.Sprintf("; did you mean %q?", near)
			}
			return usage(fmt.Errorf("there is no command %q%s, try: ctxcliff --help", name, hint))
		}
		return cli.ShowRootCommandHelp(c)
	}
	for _, c := range append([]*cli.Command{app}, app.Commands...) {
		c.OnUsageError = onUsageError      // not inherited by subcommands
		c.DisableSliceFlagSeparator = true // --server-arg -ts --server-arg 1,1 is passed on as it is
	}
	return app
}

// onUsageError turns the library's complaint about a flag into one sentence and exit code 2.
func onUsageError(_ context.Context, c *cli.Command, err error, _ bool) error {
	return usage(fmt.Errorf("%s; see: %s --help", plainly(err.Error(), c.Flags), c.FullName()))
}

var (
	badValue    = regexp.MustCompile(`^invalid value (".*") for flag -+([a-z-]+): (.*)$`)
	unknownFlag = regexp.MustCompile(`^flag provided but not defined: -+([^ ]+)$`)
)

// plainly says the library's complaint about a flag in words that do not come from its source.
func plainly(complaint string, flags []cli.Flag) string {
	if m := unknownFlag.FindStringSubmatch(complaint); m != nil {
		hint := ""
		if near := cli.SuggestFlag(flags, m[1], false); near != "" {
			hint = fmt.Sprintf("; did you mean %s?", near)
		}
		return fmt.Sprintf("there is no flag --%s%s", m[1], hint)
	}
	m := badValue.FindStringSubmatch(complaint)
	switch {
	case m == nil:
		return complaint
	case strings.Contains(m[3], "duration"):
		return fmt.Sprintf("--%s %s is not a time; write for example 90s, 30m or 8h", m[2], m[1])
	case strings.HasPrefix(m[3], "strconv.ParseFloat"):
		return fmt.Sprintf("--%s %s is not a number", m[2], m[1])
	case strings.HasPrefix(m[3], "strconv.ParseUint"):
		return fmt.Sprintf("--%s %s is not a whole number from 0 on", m[2], m[1])
	case strings.HasPrefix(m[3], "strconv.Parse"):
		return fmt.Sprintf("--%s %s is not a whole number", m[2], m[1])
	}
	return complaint
}

// noArguments refuses stray words: "screen 32k" without its flag must not run with the defaults.
func noArguments(c *cli.Command) error {
	if word := c.Args().First(); c.Args().Present() {
		if takes(c, "server-arg") && (c.IsSet("server-arg") || strings.HasPrefix(word, "-")) {
			return usage(fmt.Errorf("unexpected %q: each word for llama-server takes a flag of its own, such as --server-arg -ngl --server-arg 99", word))
		}
		return usage(fmt.Errorf("unexpected %q: %s takes flags only; see: %s --help", word, c.Name, c.FullName()))
	}
	return nil
}
