package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"ctxcliff/store"
)

func mergeCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "merge",
		Usage:     "take the runs of other databases into one",
		ArgsUsage: "FILE…",
		Description: "Takes all runs of the databases into the one that --db names, with their logs. A run is known by its id:\n" +
			"merging it again changes nothing, and one that has gone on since is taken in anew. The shards of one\n" +
			"walk are shown together by report and named by their campaign.\n\n" +
			"  ctxcliff merge shard-*.db --db night.db\n" +
			"  ctxcliff report --db night.db",
		Flags: []cli.Flag{
			dbFlag(),
			&cli.BoolFlag{Name: "no-logs", Usage: "leave the logs and reports beside the databases where they are"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.NArg() == 0 {
				return usage(errors.New("merge takes the names of databases; see: ctxcliff merge --help"))
			}
			files := c.Args().Slice()
			for _, file := range files {
				if _, err := os.Stat(file); err != nil {
					return usage(fmt.Errorf("there is no database %s; nothing was merged", file))
				}
			}
			db, err := store.Open(ctx, c.String("db"))
			if err != nil {
				return unopened(err)
			}
			defer db.Close()
			for _, file := range files {
				m, err := db.Merge(ctx, file, time.Now().UTC())
				if err != nil {
					return mergeTrouble(err)
				}
				if !c.Bool("no-logs") {
					if err := copyRunDirs(file, c.String("db"), slices.Concat(m.Added, m.Renewed)); err != nil {
						return trouble(fmt.Errorf("copy the logs of %s: %w; the runs are merged, and merging again copies what is missing", file, err))
					}
				}
				fmt.Fprintln(t.stdout, visible(mergeLine(file, m)))
			}
			return nil
		},
	}
}

// mergeTrouble is usage where the file is none that can be merged.
func mergeTrouble(err error) error {
	var ours *store.Error
	if errors.As(err, &ours) && (ours.Kind == store.Foreign || ours.Kind == store.Newer || ours.Kind == store.NoFile || ours.Kind == store.Other) {
		return usage(err)
	}
	return trouble(err)
}

// mergeLine says what came of one file.
func mergeLine(file string, m store.Merged) string {
	var parts []string
	for _, p := range []struct {
		runs []string
		what string
	}{{m.Added, "new"}, {m.Renewed, "taken in anew"}, {m.Known, "known"}, {m.Unsettled, "still being worked on, and interrupted here"}} {
		if len(p.runs) > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", len(p.runs), p.what))
		}
	}
	if len(parts) == 0 {
		parts = []string{"no runs"}
	}
	return file + ": " + strings.Join(parts, ", ")
}

// copyRunDirs copies what lies beside a database of the runs. A file that is there with the same size is the
// same.
func copyRunDirs(from, to string, runs []string) error {
	for _, run := range runs {
		source, target := runDir(from, run), runDir(to, run)
		err := filepath.WalkDir(source, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			inside, err := filepath.Rel(source, path)
			switch {
			case err != nil:
				return err
			case d.IsDir():
				return os.MkdirAll(filepath.Join(target, inside), 0o755)
			case !d.Type().IsRegular():
				return nil
			}
			return copyFile(path, filepath.Join(target, inside))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if there, err := os.Stat(to); err == nil && there.Size() == info.Size() {
		return nil
	}
	out, err := os.CreateTemp(filepath.Dir(to), "."+filepath.Base(to)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) // fails once it has been renamed, which is right
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Chmod(info.Mode().Perm()), out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}
