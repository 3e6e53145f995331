package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/harness/labfile"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/provision"
	"ctxcliff/harness/simserver"
)

func doctorCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "can this machine do it, and what is missing",
		Description: "One line each: BLOCKER (a screen cannot run), WARN (it can, but the report will lack\n" +
			"something), INFO. Nothing is installed or changed. Exit code 3 if there is a blocker.\n\n" +
			"With a lab file or the flags of a screen it looks at all that such a screen needs, in seconds\n" +
			"and without loading a model: programs and their flags, launchers, model files, contexts, peers,\n" +
			"memory. With --url it asks the server that somebody else runs what it is, and sends no prompt.\n\n" +
			"  ctxcliff doctor -c lab.yaml",
		Flags: concat(targetFlags(), attachFlags(), axisFlags(), sizeFlags(), []cli.Flag{
			configFlag(),
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "say what is being done"},
			&cli.BoolFlag{Name: "schema", Usage: "print the JSON schema of lab files (screen -c FILE), and stop"},
			&cli.BoolFlag{Name: "sim", Usage: "print what the simulated server can do (--server sim:RULES), and stop"},
		}),
		DisableSliceFlagSeparator: true,
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if c.Bool("schema") {
				_, err := t.stdout.Write(labfile.Schema())
				return err
			}
			if c.Bool("sim") {
				_, err := io.WriteString(t.stdout, simserver.Manual())
				return err
			}
			findings, err := t.examine(ctx, c)
			if err != nil {
				return usage(err)
			}
			return t.diagnose(ctx, findings)
		},
	}
}

// examine looks at the machine alone or, where flags or a file say what is to be tested, at that, too.
func (t *terminal) examine(ctx context.Context, c *cli.Command) ([]provision.Finding, error) {
	opts := provision.Options{Log: t.logger(c.Bool("verbose"))}
	asked := slices.DeleteFunc(c.LocalFlagNames(), func(name string) bool { return name == "verbose" || name == "v" })
	if len(asked) == 0 {
		return provision.Doctor(ctx, opts), nil
	}
	file, err := configure(c)
	if err != nil {
		return nil, err
	}
	m, err := matrixIn(c, file)
	if err != nil {
		return nil, err
	}
	targets, err := targetsOf(c, file)
	if err = errors.Join(err, checkServerFlags(c)); err != nil {
		return nil, located(file, err)
	}
	machine := provision.DoctorMachine(ctx, opts)
	if targets[0].URL != "" {
		findings, err := t.examineGuest(ctx, c, targets[0], m)
		return append(findings, machine...), err
	}
	if slices.ContainsFunc(targets, func(v plan.Target) bool { return v.Server == "" || v.Topology.Locals() > 0 && v.Topology.Program == "" }) {
		machine = provision.Doctor(ctx, opts)
	}
	return append(harness.Examine(ctx, targets, m, c.Int("port")), machine...), nil
}

// examineGuest looks at the server at --url, and whether the axes fit it.
func (t *terminal) examineGuest(ctx context.Context, c *cli.Command, target plan.Target, m plan.Matrix) ([]provision.Finding, error) {
	key, err := t.apiKeyOf(c)
	if err != nil {
		return nil, err
	}
	lab, findings := harness.ExamineGuest(ctx, target, key)
	if lab == nil {
		return findings, nil
	}
	if err := fit(c, &m, lab); err != nil {
		return append(findings, provision.Finding{Level: provision.Blocker, What: err.Error()}), nil
	}
	return append(findings, lab.ExamineContexts(m)...), nil
}

// diagnose prints what was found, and says whether it is in the way of a screen.
func (t *terminal) diagnose(ctx context.Context, findings []provision.Finding) error {
	blocked := false
	for _, f := range findings {
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
}
