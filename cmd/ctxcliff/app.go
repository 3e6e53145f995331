package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"
)

// version is set by the linker in releases: -ldflags "-X main.version=1.2.3".
var version = "dev"

func newApp(t *terminal) *cli.Command {
	app := &cli.Command{
		Name:    "ctxcliff",
		Usage:   "find where a llama-server falls over: prompt shapes × context sizes × slots",
		Version: version,
		Description: "ctxcliff screen   runs a small matrix against a real llama-server; the first run obtains one.\n" +
			"Results go to standard output, everything else to standard error.\n" +
			"Exit codes: 0 nothing unexpected, 1 unexpected failures, 2 usage, 3 lab or tester error,\n" +
			"4 inconclusive (nothing was tested), 130 interrupted.",
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
	return usage(fmt.Errorf("%w; see: %s --help", err, c.FullName()))
}

// noArguments refuses stray words: "screen 32k" without its flag must not run with the defaults.
func noArguments(c *cli.Command) error {
	if c.Args().Present() {
		return usage(fmt.Errorf("unexpected %q: %s takes flags only; see: %s --help", c.Args().First(), c.Name, c.FullName()))
	}
	return nil
}
