package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness/trial"
	"ctxcliff/reports"
	"ctxcliff/store"
)

func faultsCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:  "faults",
		Usage: "bugs found so far: list, show, export",
		Description: "Faults with the same signature are one bug, whichever run or cell saw them.\n\n" +
			"  ctxcliff faults list --class gpu-fault\n" +
			"  ctxcliff faults show F-64399f20f0\n" +
			"  ctxcliff faults export F-64399f20f0 --out bug.tar.gz",
		Commands: []*cli.Command{faultsListCommand(t), faultsShowCommand(t), faultsExportCommand(t)},
		Action: func(_ context.Context, c *cli.Command) error {
			if name := c.Args().First(); name != "" {
				return usage(fmt.Errorf("faults has no command %q; write list, show or export", name))
			}
			return cli.ShowSubcommandHelp(c)
		},
	}
}

func faultsListCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list the bugs, the one seen last first",
		Flags: append([]cli.Flag{
			dbFlag(),
			&cli.StringFlag{Name: "run", Usage: "only what this `RUN` saw: its id, the beginning of one, or last"},
			&cli.StringFlag{Name: "class", Usage: "only classes that begin with `PREFIX`, such as crash or gpu-fault.memory"},
		}, bugOutputFlags()...),
		OnUsageError: onUsageError,
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			bugs, err := storedBugs(ctx, c, store.Filter{Run: c.String("run"), Class: c.String("class")})
			if err != nil {
				return err
			}
			return t.emit(c, func(w io.Writer, o reports.TextOptions) error {
				if len(bugs) == 0 && c.String("output") != "json" {
					_, err := fmt.Fprintln(w, visible(noFaults(c)))
					return err
				}
				return reports.Bugs(w, c.String("output"), redactor(c).Bugs(bugs), o)
			})
		},
	}
}

// noFaults says that nothing was found, and where nothing of what.
func noFaults(c *cli.Command) string {
	what := "no faults"
	if class := c.String("class"); class != "" {
		what += " of class " + class
	}
	if run := c.String("run"); run != "" {
		what += " of run " + run
	}
	return what + " stored in " + c.String("db")
}

func faultsShowCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show everything that is known of one bug",
		ArgsUsage: "ID",
		Description: "ID is what faults list and reports call it, such as F-64399f20f0, or the beginning of it that no\n" +
			"other bug has.",
		Flags:        append([]cli.Flag{dbFlag()}, bugOutputFlags()...),
		OnUsageError: onUsageError,
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.NArg() != 1 {
				return usage(fmt.Errorf("faults show takes one ID, not %d; ctxcliff faults list shows them", c.NArg()))
			}
			bugs, err := storedBugs(ctx, c, store.Filter{})
			if err != nil {
				return err
			}
			b, err := findBug(bugs, c.Args().First(), c.String("db"))
			if err != nil {
				return usage(err)
			}
			r := redactor(c)
			file := func(run, name string) string { return r.Text(filepath.Join(runDir(c.String("db"), run), name)) }
			return t.emit(c, func(w io.Writer, o reports.TextOptions) error {
				return reports.Bug(w, c.String("output"), r.Bugs([]trial.Bug{b})[0], file, o)
			})
		},
	}
}

// storedBugs reads the bugs of the database. A database that is not there is a mistake in the flags.
func storedBugs(ctx context.Context, c *cli.Command, f store.Filter) ([]trial.Bug, error) {
	if err := reports.KnownForBugs(c.String("output")); err != nil {
		return nil, usage(fmt.Errorf("-o: %w", err))
	}
	if err := checkOut(c); err != nil {
		return nil, err
	}
	db, err := store.OpenExisting(ctx, c.String("db"))
	if err != nil {
		return nil, unopened(err)
	}
	defer db.Close()
	sightings, err := db.Sightings(ctx, f)
	if err != nil {
		return nil, usage(err)
	}
	return trial.Bugs(sightings), nil
}

// findBug resolves what a user calls a bug: its id, one of the ids that it was merged from, or the
// beginning of exactly one bug's.
func findBug(bugs []trial.Bug, name, db string) (trial.Bug, error) {
	wanted := strings.ToLower(name)
	var found []trial.Bug
	var ids []string
	for _, b := range bugs {
		for _, id := range append([]string{b.ID}, b.OtherIDs...) {
			if lower := strings.ToLower(id); strings.HasPrefix(lower, wanted) || strings.HasPrefix(lower, "f-"+wanted) {
				found, ids = append(found, b), append(ids, id)
				break
			}
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		return trial.Bug{}, fmt.Errorf("no fault in %s is called %q; ctxcliff faults list shows them", db, name)
	}
	slices.Sort(ids)
	return trial.Bug{}, fmt.Errorf("%q is the beginning of several faults (%s); write more of the id", name, strings.Join(ids[:min(3, len(ids))], ", "))
}

func bugOutputFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Category: groupOutput, Value: "text", Usage: "`FORMAT` of the result: text, md or json"},
		&cli.StringFlag{Name: "out", Category: groupOutput, Usage: "write the result to `FILE` instead of standard output", TakesFile: true},
		noRedactFlag(),
	}
}

// checkOut refuses a place for the result that does not exist, before anything is done for it.
func checkOut(c *cli.Command) error {
	out := c.String("out")
	if out == "" {
		return nil
	}
	if info, err := os.Stat(filepath.Dir(out)); err != nil || !info.IsDir() {
		return usage(fmt.Errorf("--out: there is no directory %s", filepath.Dir(out)))
	}
	return nil
}

// emit writes a result where the flags say.
func (t *terminal) emit(c *cli.Command, write func(io.Writer, reports.TextOptions) error) error {
	var err error
	if out := c.String("out"); out != "" {
		err = writeFile(out, func(w io.Writer) error { return write(w, reports.TextOptions{Glyphs: true, Width: 100}) })
	} else {
		width, _ := isTerminal(t.stdout)
		err = write(t.stdout, reports.TextOptions{Color: colour(t.stdout), Glyphs: glyphs(), Width: width})
	}
	switch {
	case errors.Is(err, syscall.EPIPE):
		return printed(err)
	case err != nil:
		return trouble(fmt.Errorf("write %s: %w", cmp.Or(c.String("out"), "the result"), err))
	}
	return nil
}
