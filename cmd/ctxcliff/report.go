package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"ctxcliff/reports"
	"ctxcliff/store"
)

func reportCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "render a stored run in any format",
		ArgsUsage: "[RUN]",
		Description: "RUN is a run's id or the beginning of one; without it the newest run is rendered.\n" +
			"--list shows the runs that the database holds. Addresses, names of hosts and users, home directories\n" +
			"and keys are replaced by placeholders such as host-1, unless --no-redact is given. Held against\n" +
			"expectations, the exit code is that of the run: 1 if something was unexpected.\n\n" +
			"  ctxcliff report -o md --out night.md\n" +
			"  ctxcliff report -o sql | sqlite3 night.db\n" +
			"  ctxcliff report --expect expectations\n" +
			"  ctxcliff report --check-redaction night.md",
		Flags: append([]cli.Flag{
			dbFlag(),
			&cli.StringFlag{Name: "out-dir", Category: groupOutput, Usage: "write the result into `DIR`, as YYYY-MM-DD_<model>-<what> with the ending of the format", TakesFile: true},
			expectFlag(),
			&cli.StringFlag{Name: "write-baseline", Category: groupOutput, Usage: "write what failed into lists in `DIR`, as what is expected of the next run; what is known there and still holds stays", TakesFile: true},
			&cli.StringFlag{Name: "bug-report", Category: groupOutput, Usage: "`URL` of the report of flakes that --write-baseline finds new; without it they wait for one as comments"},
			&cli.BoolFlag{Name: "check-redaction", Category: groupOutput, Usage: "render every format and say what sensitive is left in it; of a FILE in place of RUN, what is in that"},
			&cli.BoolFlag{Name: "list", Category: groupOutput, Usage: "list the stored runs, newest first"},
		}, outputFlags()...),
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.NArg() > 1 {
				return usage(fmt.Errorf("report takes one run, not %d; ctxcliff report --list shows them", c.NArg()))
			}
			if err := checkFormat(c); err != nil {
				return err
			}
			if c.Bool("check-redaction") && isFile(c.Args().First()) {
				return t.checkFile(c.Args().First())
			}
			db, err := store.OpenExisting(ctx, c.String("db"))
			if err != nil {
				return unopened(err)
			}
			defer db.Close()
			if c.Bool("list") {
				return listRuns(ctx, t, db)
			}
			name, err := runToRender(ctx, c, db)
			if err != nil {
				return usage(err)
			}
			record, err := db.Overview(ctx, name)
			if err != nil {
				return usage(err)
			}
			plain := reports.Summarize(record)
			if c.IsSet("write-baseline") {
				return t.writeBaseline(c, record, redactedFaults(c, plain))
			}
			if plain, err = t.gated(c, record, plain); err != nil {
				return usage(err)
			}
			summary := redactor(c).Summary(plain)
			if c.Bool("check-redaction") {
				return t.checkFormats(summary, plain.PeerHosts())
			}
			if dir := c.String("out-dir"); dir != "" {
				err = t.renderInto(c, dir, summary)
			} else {
				err = t.render(c, summary)
			}
			if err != nil || summary.Gate == nil {
				return err
			}
			return silent(exitCode(summary.Exit()))
		},
	}
}

// runToRender is the run that is named; where none is and expectations are meant, the newest screen.
func runToRender(ctx context.Context, c *cli.Command, db *store.Store) (string, error) {
	if name := c.Args().First(); name != "" || c.String("expect") == "" && !c.IsSet("write-baseline") {
		return name, nil
	}
	runs, err := db.Runs(ctx)
	if err != nil {
		return "", err
	}
	for _, r := range runs {
		if r.Command == "screen" {
			return cmp.Or(r.Campaign, r.ID), nil
		}
	}
	return "", fmt.Errorf("%s holds no screen, and expectations are about screens; make one first", c.String("db"))
}

func listRuns(ctx context.Context, t *terminal, db *store.Store) error {
	runs, err := db.Runs(ctx)
	if err != nil {
		return trouble(err)
	}
	left, err := db.LeftOpen(ctx)
	if err != nil {
		return trouble(err)
	}
	open := map[string]string{}
	for _, l := range left {
		open[l.Run.ID] = "  (" + ownerOf(l) + ")"
	}
	for _, r := range runs {
		fmt.Fprintf(t.stdout, "%s  %-8s %-12s %s%s\n", r.ID, r.Command, r.Status, visible(r.Target.ModelName()), open[r.ID])
	}
	return nil
}

// checkFormat refuses an unknown -o before anything is done for it.
func checkFormat(c *cli.Command) error {
	if err := reports.Known(c.String("output")); err != nil {
		return usage(fmt.Errorf("-o: %w", err))
	}
	if out := c.String("out"); out != "" {
		if info, err := os.Stat(filepath.Dir(out)); err != nil || !info.IsDir() {
			return usage(fmt.Errorf("--out: there is no directory %s", filepath.Dir(out)))
		}
	}
	return nil
}

// renderInto writes the summary into a directory, under the name that tells date, model and run, and says
// what that is.
func (t *terminal) renderInto(c *cli.Command, dir string, s reports.Summary) error {
	if c.IsSet("out") {
		return usage(errors.New("--out names the file and --out-dir finds a name for it; give one of the two"))
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return usage(fmt.Errorf("--out-dir: there is no directory %s", dir))
	}
	format := c.String("output")
	file := filepath.Join(dir, reports.FileName(s, format))
	err := writeFile(file, func(w io.Writer) error {
		return reports.Write(w, format, s, reports.TextOptions{Glyphs: true, Width: 100})
	})
	if err != nil {
		return trouble(fmt.Errorf("write the report: %w", err))
	}
	t.say("%s", file)
	return nil
}

// render writes the summary where and how the flags say.
func (t *terminal) render(c *cli.Command, s reports.Summary) error {
	format := c.String("output")
	out := c.String("out")
	if out == "" {
		width, _ := isTerminal(t.stdout)
		return printed(reports.Write(t.stdout, format, s, reports.TextOptions{Color: colour(t.stdout), Glyphs: glyphs(), Width: width}))
	}
	err := writeFile(out, func(w io.Writer) error {
		return reports.Write(w, format, s, reports.TextOptions{Glyphs: true, Width: 100})
	})
	if err != nil {
		return trouble(fmt.Errorf("write the report: %w", err))
	}
	return nil
}

// writeFile renders in memory first and then replaces the file in one step, so that a failure
// leaves the old one.
func writeFile(path string, render func(io.Writer) error) error {
	var b bytes.Buffer
	if err := render(&b); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // fails once it has been renamed, which is right
	if _, err := tmp.Write(b.Bytes()); err != nil {
		tmp.Close()
		return err
	}
	if err := tmp.Chmod(0o644); err != nil {
		tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
