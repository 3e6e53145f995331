package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/harness/expect"
	"ctxcliff/harness/labfile"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/reports"
	"ctxcliff/store"
)

func screenCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "screen",
		Usage:     "run a matrix of shapes × prompt sizes × slots, and print it",
		ArgsUsage: "[RUN]",
		Description: "Without flags: a real llama-server (found, or obtained without root), a tiny model,\n" +
			"four shapes × np 1,2 × three sizes. A screen of your own server:\n\n" +
			"  ctxcliff screen --server ./llama-server --model my.gguf --ps 32k --tokens 5k,20k,31k --server-arg -ngl --server-arg 99\n\n" +
			"A screen that was interrupted or killed goes on with --resume: RUN is its id, or the newest unfinished one.",
		Flags:                     concat(targetFlags(), attachFlags(), axisFlags(), sizeFlags(), screenFlags(), runFlags(), outputFlags()),
		DisableSliceFlagSeparator: true, // a server's argument may hold a comma
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.Bool("resume") && t.resuming == nil {
				return t.resume(ctx, c)
			}
			if err := noArguments(c); err != nil {
				return err
			}
			return t.screen(ctx, c)
		},
	}
}

func (t *terminal) screen(ctx context.Context, c *cli.Command) error {
	file, err := configure(c)
	if err != nil {
		return usage(err)
	}
	job, err := readJob(c, file)
	if err != nil {
		return usage(located(file, err))
	}
	if err := checkFormat(c); err != nil {
		return usage(located(file, err))
	}
	var db *store.Store
	if !c.Bool("dry-run") { // a read-only directory should not cost a download first
		if db, err = store.Open(ctx, c.String("db")); err != nil {
			return unopened(err)
		}
		defer db.Close()
		if err := t.settle(ctx, db); err != nil {
			return trouble(err)
		}
	}
	labs, err := t.labs(ctx, c, job.targets)
	if err != nil {
		return err
	}
	if err := fit(c, &job.matrix, labs[0]); err != nil {
		return usage(err)
	}
	job.matrix.Targets = labs.Targets()
	p, err := job.matrix.Plan()
	if err != nil {
		return usage(err)
	}
	t.warnOfIdle(c, file, p)
	if job.expected, err = t.expected(c, labs.Tested()); err != nil {
		return usage(located(file, err))
	}
	if p, err = skipped(p, job.expected); err != nil {
		return usage(err)
	}
	whole := p
	if p = p.Shard(job.shard); p.Cells() == 0 && !job.shard.Whole() {
		return emptyShard(job.shard, whole)
	}
	if t.resuming != nil {
		if p, err = samePlan(*t.resuming, labs, job, c.Uint64("seed"), p); err != nil {
			return usage(err)
		}
	} else if p = labs.Foresee(ctx, p, hopeless(c)); ctx.Err() != nil {
		return ctx.Err()
	}
	if c.Bool("dry-run") {
		return reports.Plan(t.stdout, p, job.settings, estimate(ctx, c, p, job.settings))
	}
	return t.walk(ctx, c, db, labs, job, p, whole)
}

// hopeless is how many times the memory that is free a configuration must be predicted to take to be left
// out. Weights may be mapped and read again and again, and predictions are no more than that: by itself
// only what is far too large is left out.
func hopeless(c *cli.Command) float64 {
	switch {
	case c.Bool("skip-hopeless"):
		return 1
	case c.IsSet("skip-hopeless"):
		return 0
	}
	return 1.5
}

// job is what the flags of a screen say.
type job struct {
	targets  []plan.Target // as asked for
	matrix   plan.Matrix
	settings trial.Settings
	limits   harness.Limits
	shard    plan.Shard
	expected expect.Set // nil: nobody says what is
}

func readJob(c *cli.Command, file *labfile.File) (j job, err error) {
	if j.matrix, err = matrixIn(c, file); err != nil {
		return j, err
	}
	if j.settings, err = settingsOf(c); err != nil {
		return j, err
	}
	if j.limits, err = limitsOf(c); err != nil {
		return j, err
	}
	if j.shard, err = shardOf(c); err != nil {
		return j, err
	}
	if j.targets, err = targetsOf(c, file); err != nil {
		return j, err
	}
	return j, checkServerFlags(c)
}

// walk runs the plan, which is a shard of the whole one or all of it, and prints what came of it, also when it
// was interrupted.
func (t *terminal) walk(ctx context.Context, c *cli.Command, db *store.Store, labs harness.Labs, j job, p, whole plan.Plan) error {
	screen := harness.Screen{Plan: p, Allowance: harness.Allowance{Time: c.Duration("budget"), Starts: c.Int("max-starts")}, Daring: c.Bool("retry-lost"), GiveUp: c.Int("give-up")}
	s, err := t.screenSession(ctx, c, db, partOf(newRun(c, labs, j.settings), c, j.shard, whole), &screen)
	if err != nil {
		return err
	}
	screen.Rig = s.rig(c, labs, j.limits)
	s.expected = j.expected
	ran := screen.Run(ctx)
	status := statusOf(ran)
	if ran == nil && screen.Spent != "" {
		status = trial.Interrupted
	}
	err = t.end(ctx, c, s, status, ran)
	if status != trial.Finished {
		t.say("go on with: ctxcliff screen %s--resume %s", dbArgument(c), s.run.ID)
	}
	return err
}

// screenSession begins a new run, or takes the one up that is to be resumed: what its starts finished is
// not done again.
func (t *terminal) screenSession(ctx context.Context, c *cli.Command, db *store.Store, run trial.Run, screen *harness.Screen) (*session, error) {
	if t.resuming == nil {
		return t.begin(ctx, c, db, run, screen.Plan)
	}
	screen.Past = *t.resuming
	s, err := t.takeUp(ctx, c, db, screen.Past.Run, screen.Plan)
	if err != nil {
		return nil, err
	}
	var again []int64
	for _, past := range screen.Past.Pasts() {
		again = append(again, past.Broken...)
	}
	if err := s.recorder.Supersede(ctx, again); err != nil {
		s.stop()
		return nil, trouble(err)
	}
	return s, nil
}

// everySecond calls f until the returned function is called, which waits for the last call.
func everySecond(f func()) (stop func()) {
	tick, quit := time.NewTicker(time.Second), make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		for {
			select {
			case <-tick.C:
				f()
			case <-quit:
				return
			}
		}
	})
	return func() {
		tick.Stop()
		close(quit)
		done.Wait()
	}
}

// estimate says how long the plan will take, from what earlier runs in the same database measured.
func estimate(ctx context.Context, c *cli.Command, p plan.Plan, s trial.Settings) reports.Estimate {
	return reports.EstimateFrom(p, s, earlierRuns(ctx, c)...)
}

// earlierRuns are the latest runs of the database; none where there is no database.
func earlierRuns(ctx context.Context, c *cli.Command) []trial.Record {
	db, err := store.OpenExisting(ctx, c.String("db"))
	if err != nil {
		return nil
	}
	defer db.Close()
	runs, err := db.Runs(ctx)
	if err != nil {
		return nil
	}
	var earlier []trial.Record
	for _, r := range runs[:min(len(runs), 5)] {
		if record, err := db.Overview(ctx, r.ID); err == nil {
			earlier = append(earlier, record)
		}
	}
	return earlier
}

func statusOf(err error) trial.RunStatus {
	switch {
	case err == nil:
		return trial.Finished
	case errors.Is(err, context.Canceled):
		return trial.Interrupted
	}
	return trial.Failed
}

func exitCode(k reports.ExitKind) int {
	switch k {
	case reports.Clean:
		return exitClean
	case reports.Failures:
		return exitFailures
	case reports.Trouble:
		return exitTrouble
	}
	return exitInconclusive
}

func dbArgument(c *cli.Command) string {
	if db := c.String("db"); db != defaultDB {
		return "--db " + db + " "
	}
	return ""
}

// runDir is where a run's logs and reports lie: beside the database, under its name.
func runDir(db, id string) string {
	return filepath.Join(strings.TrimSuffix(db, filepath.Ext(db))+".d", id)
}

// newRunID sorts by time and does not repeat: 20261124-101500-3f2a.
func newRunID(now time.Time) string {
	var b [2]byte
	rand.Read(b[:]) // never fails
	return now.UTC().Format("20060102-150405-") + hex.EncodeToString(b[:])
}

func concat[T any](lists ...[]T) []T {
	var all []T
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}
