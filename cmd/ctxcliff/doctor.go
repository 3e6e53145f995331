package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness/labfile"
	"ctxcliff/harness/provision"
)

func doctorCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "can this machine do it, and what is missing",
		Description: "One line each: BLOCKER (a screen cannot run), WARN (it can, but the report will lack\n" +
			"something), INFO. Nothing is installed or changed. Exit code 3 if there is a blocker.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "say what is being done"},
			&cli.BoolFlag{Name: "schema", Usage: "print the JSON schema of lab files (screen -c FILE), and stop"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if c.Bool("schema") {
				_, err := t.stdout.Write(labfile.Schema())
				return err
			}
			blocked := false
			for _, f := range provision.Doctor(ctx, provision.Options{Log: t.logger(c.Bool("verbose"))}) {
				line := fmt.Sprintf("%-8s %s", f.Level, f.What)
				if f.Remedy != "" {
					line += "; " + f.Remedy
				}
				fmt.Fprintln(t.stdout, visible(line))
				blocked = blocked || f.Level == provision.Blocker
			}
			if blocked {
				return silent(exitTrouble)
			}
			return ctx.Err()
		},
	}
}
