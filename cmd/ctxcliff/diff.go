package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness/expect"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/spelling"
	"ctxcliff/harness/trial"
	"ctxcliff/reports"
	"ctxcliff/store"
)

func diffCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "what changed from one run, night, build or store to another, and is it more than chance",
		ArgsUsage: "A B",
		Description: "A and B are each a run's id or the beginning of one, latest, previous (the one before it of the same\n" +
			"command), a build (b11669, or a commit: all its runs together), FILE.db (all its runs), FILE.db:RUN, or\n" +
			"a night's directory, or several of these joined by +. B may also be a directory or a file of expectations: see --expect of report.\n\n" +
			"  ctxcliff diff previous latest\n" +
			"  ctxcliff diff b11602 b11669\n" +
			"  ctxcliff diff last-week.db ctxcliff.db\n" +
			"  ctxcliff diff latest expectations\n\n" +
			"A change is sure when chance alone would do as much in at most one of twenty cases (Fisher's exact test over\n" +
			"starts); else it is named as undecided, with the starts that are missing. A fault is gone only after so many\n" +
			"clean runs that silence would be luck in one case of a hundred.\n\n" +
			"Exit codes: 1 something is surely worse, 0 nothing is, 4 nothing can be compared.",
		Flags: append([]cli.Flag{
			dbFlag(),
			&cli.StringFlag{Name: "slower", Usage: "count rates that surely fell by more than this `SHARE`, such as 10%, as worse, too (default: they are told, and the exit code is not theirs)"},
		}, bugOutputFlags()...),
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.NArg() != 2 {
				return usage(fmt.Errorf("diff takes two of a run, a build or a store, not %d; see: %s --help", c.NArg(), c.FullName()))
			}
			if err := checkDiffFlags(c); err != nil {
				return usage(err)
			}
			a, b := c.Args().Get(0), c.Args().Get(1)
			if isExpectations(b) {
				return t.diffExpected(ctx, c, a, b)
			}
			return t.diff(ctx, c, a, b)
		},
	}
}

func checkDiffFlags(c *cli.Command) error {
	if format := c.String("output"); !slices.Contains(reports.DiffFormats(), format) {
		return fmt.Errorf("-o: %q is not a format; write one of %s", format, strings.Join(reports.DiffFormats(), ", "))
	}
	if c.IsSet("slower") {
		if _, err := plan.ParseFill(c.String("slower")); err != nil {
			return fmt.Errorf("--slower: %w", err)
		}
	}
	return checkOut(c)
}

// isExpectations reports whether an argument names lists of what is expected rather than a side.
func isExpectations(name string) bool {
	_, list := expect.KindOf(name)
	return isDir(name) && !isNight(name) || list
}

func (t *terminal) diff(ctx context.Context, c *cli.Command, a, b string) error {
	left, err := sideOf(ctx, c.String("db"), a)
	if err != nil {
		return usage(err)
	}
	right, err := sideOf(ctx, c.String("db"), b)
	if err != nil {
		return usage(err)
	}
	if slices.Equal(idsOf(left.Runs), idsOf(right.Runs)) {
		return usage(fmt.Errorf("%s and %s are the same: %s; name two that differ", a, b, strings.Join(idsOf(left.Runs), ", ")))
	}
	d := reports.Diff(left, right)
	shown := redactor(c).Difference(d)
	if err := t.emit(c, func(w io.Writer, o reports.TextOptions) error {
		return reports.WriteDiff(w, c.String("output"), shown, o)
	}); err != nil {
		return err
	}
	code := exitCode(d.Exit())
	if limit, err := plan.ParseFill(c.String("slower")); c.IsSet("slower") && err == nil && len(d.Slower(float64(limit))) > 0 {
		code = exitFailures
	}
	return silent(code)
}

// diffExpected holds a run against expectations.
func (t *terminal) diffExpected(ctx context.Context, c *cli.Command, run, path string) error {
	side, err := sideOf(ctx, c.String("db"), run)
	if err != nil {
		return usage(err)
	}
	if len(side.Runs) != 1 || side.Runs[0].Search != nil || side.Runs[0].Story != nil {
		return usage(fmt.Errorf("%s is no single screen, and expectations are held against one; ctxcliff report --list shows the runs", run))
	}
	all, err := t.expectations(path, side.Runs[0].Run.Tested())
	if err != nil {
		return usage(err)
	}
	s := reports.Summarize(side.Runs[0]).Against(all)
	shown := redactor(c).Summary(s)
	if err := t.emit(c, func(w io.Writer, o reports.TextOptions) error {
		return reports.WriteGate(w, c.String("output"), shown, o)
	}); err != nil {
		return err
	}
	return silent(exitCode(s.Exit()))
}

func idsOf(runs []trial.Record) (ids []string) {
	for _, r := range runs {
		ids = append(ids, r.Run.ID)
	}
	slices.Sort(ids)
	return ids
}

// sideOf finds what a user calls a side.
func sideOf(ctx context.Context, db, name string) (side reports.Side, err error) {
	side.Name = name
	seen := map[string]bool{}
	for part := range strings.SplitSeq(name, "+") {
		file, run := db, part
		if isNight(part) {
			runs, err := runsOfNight(ctx, db, part)
			if err != nil {
				return side, err
			}
			side.Runs = append(side.Runs, runs...)
			continue
		}
		switch before, after, _ := cutLast(part, ":"); {
		case isFile(part):
			file, run = part, ""
		case before != "" && isFile(before):
			file, run = before, after
		case strings.HasSuffix(part, ".db"), strings.HasSuffix(before, ".db"):
			return side, fmt.Errorf("there is no store %s; name a file, or a run of %s", part, db)
		}
		runs, err := runsOf(ctx, file, run)
		if err != nil {
			return side, err
		}
		for _, r := range runs {
			if !seen[r.Run.ID] {
				seen[r.Run.ID] = true
				side.Runs = append(side.Runs, r)
			}
		}
	}
	return side, nil
}

func isNight(name string) bool { return isFile(filepath.Join(name, nightFile)) }

// runsOfNight are the screens and bisections of a night, from the database that it was kept in or, where that is
// not there any more, from the given one.
func runsOfNight(ctx context.Context, file, dir string) ([]trial.Record, error) {
	n, err := readNight(dir)
	if err != nil {
		return nil, err
	}
	if isFile(n.DB) {
		file = n.DB
	}
	db, err := store.OpenExisting(ctx, file)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return recordsOf(ctx, db, n.Runs("screen", "bisect"), dir)
}

func cutLast(text, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(text, sep); i >= 0 {
		return text[:i], text[i+len(sep):], true
	}
	return "", text, false
}

// runsOf are the runs of a store that a name stands for; "" all that measured something.
func runsOf(ctx context.Context, file, name string) ([]trial.Record, error) {
	db, err := store.OpenExisting(ctx, file)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	runs, err := db.Runs(ctx)
	if err != nil {
		return nil, err
	}
	runs = slices.DeleteFunc(runs, func(r trial.Run) bool { return r.Command != "screen" && r.Command != "bisect" })
	var ids []string
	switch {
	case name == "":
		for _, r := range runs {
			ids = append(ids, r.ID)
		}
	case name == "latest", name == "last", name == "previous":
		id, err := latestOf(runs, name == "previous", file)
		if err != nil {
			return nil, err
		}
		ids = []string{id}
	case buildName.MatchString(name):
		for _, r := range runs {
			if isOfBuild(r, name) {
				ids = append(ids, r.ID)
			}
		}
	}
	if len(ids) == 0 && strings.HasPrefix(name, "b") && buildName.MatchString(name) {
		return nil, fmt.Errorf("no run of build %s is stored in %s; it has %s", name, file, buildsIn(runs))
	}
	if len(ids) == 0 && name != "" {
		ids = []string{name}
	}
	return recordsOf(ctx, db, ids, file)
}

func recordsOf(ctx context.Context, db *store.Store, ids []string, file string) (all []trial.Record, err error) {
	if len(ids) == 0 {
		return nil, fmt.Errorf("%s holds no screen and no bisection; make one first", file)
	}
	for _, id := range ids {
		record, err := db.Overview(ctx, id)
		var ours *store.Error
		if errors.As(err, &ours) && ours.Kind == store.NoRun && spelling.Near(id, []string{"latest", "previous"}) != "" {
			return nil, fmt.Errorf("no run is called %q; did you mean %q?", id, spelling.Near(id, []string{"latest", "previous"}))
		}
		if err != nil {
			return nil, err
		}
		all = append(all, record)
	}
	return all, nil
}

// latestOf is the newest run, or the one before it of the same command.
func latestOf(runs []trial.Run, previous bool, file string) (string, error) {
	if len(runs) == 0 {
		return "", fmt.Errorf("%s holds no screen and no bisection; make one first", file)
	}
	if !previous {
		return runs[0].ID, nil
	}
	for _, r := range runs[1:] {
		if r.Command == runs[0].Command {
			return r.ID, nil
		}
	}
	return "", fmt.Errorf("%s holds one %s only, and none before it; name a run or another store", file, runs[0].Command)
}

// buildName is how a build may be named: b11669, or the beginning of a commit. The beginning of a run's id may look
// like one, and is none where no run has such a build.
var buildName = regexp.MustCompile(`^(b[0-9]+|[0-9a-f]{7,40})$`)

func isOfBuild(r trial.Run, name string) bool {
	return slices.ContainsFunc(r.Tested(), func(v trial.Tested) bool {
		return name == fmt.Sprintf("b%d", v.Server.Build) || len(name) >= 7 && v.Server.Commit != "" && (strings.HasPrefix(v.Server.Commit, name) || strings.HasPrefix(name, v.Server.Commit))
	})
}

func buildsIn(runs []trial.Run) string {
	var list []string
	for _, r := range runs {
		for _, v := range r.Tested() {
			if b := fmt.Sprintf("b%d", v.Server.Build); v.Server.Build > 0 && !slices.Contains(list, b) {
				list = append(list, b)
			}
		}
	}
	if len(list) == 0 {
		return "none whose build is known"
	}
	return strings.Join(list, ", ")
}
