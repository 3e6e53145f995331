package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness/trial"
	"ctxcliff/store"
)

// resume goes on with a run that was not finished: with the flags that it was begun with, and what the
// flags given now say of output and limits.
func (t *terminal) resume(ctx context.Context, c *cli.Command) error {
	if c.NArg() > 1 {
		return usage(fmt.Errorf("--resume takes one run, not %d; ctxcliff report --list shows them", c.NArg()))
	}
	if err := databaseOfLab(c); err != nil {
		return usage(err)
	}
	record, err := t.unfinished(ctx, c)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(record.Run.Argv, func(arg string) bool { return strings.Contains(arg, hidden) }) {
		return usage(fmt.Errorf("run %s was begun with a key, which is not kept; begin a new run with the same flags", record.Run.ID))
	}
	t.resuming = &record
	return newApp(t).Run(ctx, slices.Concat([]string{"ctxcliff"}, record.Run.Argv, overrides(c)))
}

// hidden is what the store writes in place of a key.
const hidden = "***"

// unfinished is the run that is named, or the newest of the command that was not finished.
func (t *terminal) unfinished(ctx context.Context, c *cli.Command) (trial.Record, error) {
	db, err := store.OpenExisting(ctx, c.String("db"))
	if err != nil {
		return trial.Record{}, unopened(err)
	}
	defer db.Close()
	if err := t.settle(ctx, db); err != nil {
		return trial.Record{}, trouble(err)
	}
	name := c.Args().First()
	if name == "" {
		if name, err = newestUnfinished(ctx, c, db); err != nil {
			return trial.Record{}, err
		}
	}
	if c.Bool("retry-lost") {
		if err := db.Forgive(ctx, name); err != nil {
			return trial.Record{}, usage(err)
		}
	}
	record, err := db.Record(ctx, name)
	switch {
	case err != nil:
		return trial.Record{}, usage(err)
	case record.Run.Command != c.Name || c.Name != "screen" && record.Search == nil && record.Story == nil && record.Fuzz == nil:
		return trial.Record{}, usage(fmt.Errorf("run %s is a %s that cannot be taken up by %s; ctxcliff report --list shows the runs", record.Run.ID, record.Run.Command, c.Name))
	}
	return record, nil
}

// newestUnfinished is the newest run of the command that was not finished; with --retry-lost also one that was
// finished without what the host went down with.
func newestUnfinished(ctx context.Context, c *cli.Command, db *store.Store) (string, error) {
	runs, err := db.Runs(ctx)
	if err != nil {
		return "", trouble(err)
	}
	var lost map[string]bool
	if c.Bool("retry-lost") {
		if lost, err = db.LostWith(ctx); err != nil {
			return "", trouble(err)
		}
	}
	i := slices.IndexFunc(runs, func(r trial.Run) bool {
		return r.Command == c.Name && (r.Status == trial.Interrupted || r.Status == trial.Failed || lost[r.ID])
	})
	if i < 0 {
		return "", usage(fmt.Errorf("%s holds no unfinished %s; begin one without --resume", c.String("db"), c.Name))
	}
	return runs[i].ID, nil
}

// overrides are the flags given now that may differ from those that the run was begun with.
func overrides(c *cli.Command) []string {
	args := []string{"--db", c.String("db")}
	for _, flag := range []string{"output", "out", "budget", "max-starts", "stall", "ready-timeout", "runs"} {
		if c.IsSet(flag) {
			args = append(args, "--"+flag, fmt.Sprint(c.Value(flag)))
		}
	}
	for _, flag := range []string{"verbose", "retry-lost"} {
		if c.Bool(flag) {
			args = append(args, "--"+flag)
		}
	}
	return args
}

func resumeFlag() cli.Flag {
	return &cli.BoolFlag{Name: "resume", Category: groupRun, Usage: "go on with a run that was not finished"}
}

func retryLostFlag() cli.Flag {
	return &cli.BoolFlag{Name: "retry-lost", Category: groupRun, Usage: "with --resume: run, too, what the host went down with more than once"}
}
