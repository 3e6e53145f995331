package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/store"
)

func storeCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:  "store",
		Usage: "look after the database: check, prune, vacuum, export, owners",
		Description: "  ctxcliff store check                      is the file whole?\n" +
			"  ctxcliff store owners                     who works on it, and who was?\n" +
			"  ctxcliff store prune --older 90d --dry-run\n" +
			"  ctxcliff store vacuum                     give the space back\n" +
			"  ctxcliff store export --to copy.db [RUN…] a database of its own, complete at any time",
		Commands: []*cli.Command{storeCheckCommand(t), storeOwnersCommand(t), storePruneCommand(t), storeVacuumCommand(t), storeExportCommand(t)},
		Action: func(_ context.Context, c *cli.Command) error {
			if name := c.Args().First(); name != "" {
				return usage(fmt.Errorf("store has no command %q; write check, owners, prune, vacuum or export", name))
			}
			return cli.ShowSubcommandHelp(c)
		},
	}
}

// withStore does something with an existing database.
func withStore(ctx context.Context, c *cli.Command, do func(*store.Store) error) error {
	db, err := store.OpenExisting(ctx, c.String("db"))
	if err != nil {
		return unopened(err)
	}
	defer db.Close()
	return do(db)
}

func storeCheckCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name: "check", Usage: "ask SQLite for everything that it can check, and count again what was counted", Flags: []cli.Flag{dbFlag()}, OnUsageError: onUsageError,
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return withStore(ctx, c, func(db *store.Store) error {
				complaints, err := db.Check(ctx)
				if err != nil {
					return trouble(err)
				}
				for _, text := range complaints {
					fmt.Fprintln(t.stdout, visible(text))
				}
				if len(complaints) > 0 {
					return trouble(fmt.Errorf("%s is damaged; keep it, and save what can be read with: ctxcliff store export", c.String("db")))
				}
				fmt.Fprintln(t.stdout, "ok")
				return nil
			})
		},
	}
}

func storePruneCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:  "prune",
		Usage: "remove old finished runs with their logs, and keep what is evidence",
		Description: "Kept whatever their age: runs that are not finished, the newest of each command, and of each fault the\n" +
			"runs that saw it first, saw it last, and reproduce it cheapest.",
		Flags: []cli.Flag{
			dbFlag(),
			&cli.StringFlag{Name: "older", Required: true, Usage: "only runs that began longer ago than this `TIME`, such as 90d or 12h"},
			&cli.BoolFlag{Name: "dry-run", Usage: "say what would be removed and kept, and stop"},
		},
		OnUsageError: onUsageError,
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			age, err := parseAge(c.String("older"))
			if err != nil {
				return usage(fmt.Errorf("--older: %w", err))
			}
			return withStore(ctx, c, func(db *store.Store) error { return t.prune(ctx, c, db, time.Now().Add(-age)) })
		},
	}
}

func (t *terminal) prune(ctx context.Context, c *cli.Command, db *store.Store, before time.Time) error {
	plan, err := db.PlanPrune(ctx, before)
	if err != nil {
		return trouble(err)
	}
	var going []string
	for _, p := range plan {
		if p.Keep == "" {
			going = append(going, p.Run.ID)
			fmt.Fprintf(t.stdout, "%s  remove\n", p.Run.ID)
		} else if c.Bool("dry-run") {
			fmt.Fprintf(t.stdout, "%s  keep: it %s\n", p.Run.ID, p.Keep)
		}
	}
	if c.Bool("dry-run") || len(going) == 0 {
		t.say("%d of %d runs would be removed", len(going), len(plan))
		return nil
	}
	if err := db.Remove(ctx, going); err != nil {
		return trouble(err)
	}
	for _, id := range going {
		err = errors.Join(err, os.RemoveAll(runDir(c.String("db"), id)))
	}
	if err != nil {
		return trouble(fmt.Errorf("remove the logs: %w", err))
	}
	t.say("%d of %d runs removed; ctxcliff store %svacuum gives their space back", len(going), len(plan), dbArgument(c))
	return nil
}

// parseAge reads a duration that may be given in days: 90d.
func parseAge(text string) (time.Duration, error) {
	var days int
	var rest string
	if n, _ := fmt.Sscanf(text, "%d%s", &days, &rest); n == 2 && rest == "d" && days >= 0 {
		return time.Duration(days) * 24 * time.Hour, nil
	}
	age, err := time.ParseDuration(text)
	if err != nil || age < 0 {
		return 0, fmt.Errorf("%q is no time; write 90d or 12h", text)
	}
	return age, nil
}

func storeVacuumCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name: "vacuum", Usage: "give the space of removed runs back to the file system", Flags: []cli.Flag{dbFlag()}, OnUsageError: onUsageError,
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return withStore(ctx, c, func(db *store.Store) error {
				before, _ := os.Stat(c.String("db"))
				if err := db.Vacuum(ctx); err != nil {
					return trouble(err)
				}
				if after, err := os.Stat(c.String("db")); err == nil && before != nil {
					fmt.Fprintf(t.stdout, "%d KiB, before %d KiB\n", after.Size()>>10, before.Size()>>10)
				}
				return nil
			})
		},
	}
}

func storeExportCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name: "export", Usage: "copy the database, or some of its runs, into a new one", ArgsUsage: "[RUN…]",
		Description: "The copy is complete and consistent whatever is being written meanwhile; copying the file by hand is not,\n" +
			"because its latest part lies in the -wal file. Logs stay where they are; merge copies those, too.",
		Flags:        []cli.Flag{dbFlag(), &cli.StringFlag{Name: "to", Required: true, Usage: "`FILE` to write; it must not exist", TakesFile: true}},
		OnUsageError: onUsageError,
		Action: func(ctx context.Context, c *cli.Command) error {
			to := c.String("to")
			if _, err := os.Lstat(to); err == nil {
				return usage(fmt.Errorf("--to: %s is there already; name a new file, or use ctxcliff merge", to))
			}
			return withStore(ctx, c, func(db *store.Store) error {
				ids, err := db.Export(ctx, to, c.Args().Slice(), time.Now().UTC())
				if err != nil {
					return mergeTrouble(err)
				}
				fmt.Fprintf(t.stdout, "%s: %d runs\n", visible(to), len(ids))
				return nil
			})
		},
	}
}

func storeOwnersCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name: "owners", Usage: "who holds the devices of this machine, and who works on runs of the database", Flags: []cli.Flag{dbFlag()}, OnUsageError: onUsageError,
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			held, err := holders()
			if err != nil {
				return trouble(err)
			}
			for _, line := range held {
				fmt.Fprintln(t.stdout, visible(line))
			}
			return withStore(ctx, c, func(db *store.Store) error {
				left, err := db.LeftOpen(ctx)
				if err != nil {
					return trouble(err)
				}
				for _, l := range left {
					fmt.Fprintf(t.stdout, "run %s: %s\n", l.Run.ID, ownerOf(l))
				}
				if len(held)+len(left) == 0 {
					fmt.Fprintln(t.stdout, "nobody")
				}
				return nil
			})
		},
	}
}

// ownerOf says who works on a run that has not ended, or what became of them.
func ownerOf(l store.LeftOpen) string {
	gone, rebooted := harness.Gone(l.Owner.PID, l.Owner.PIDStart, l.Owner.BootID)
	switch {
	case rebooted:
		return "the host was lost; the next command that measures writes that down"
	case gone:
		return fmt.Sprintf("pid %d is gone; the next command that measures writes that down", l.Owner.PID)
	}
	return fmt.Sprintf("pid %d works on it", l.Owner.PID)
}
