package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/harness/labfile"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
	"ctxcliff/reports"
	"ctxcliff/store"
)

func bisectCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "bisect",
		Usage:     "find the largest prompt that holds, for each shape × slots",
		ArgsUsage: "[RUN]",
		Description: "For each shape and np: up to how many prompt tokens does the server hold, and how sure is that?\n" +
			"A growing prompt is driven until something breaks (scout), the size below it is run until enough clean\n" +
			"runs count (confirm), and the crash is tried cold (check). All shapes share one server.\n\n" +
			"  ctxcliff bisect --server ./llama-server --model my.gguf --np 1,2 --ps 64k --level strong\n\n" +
			"  level      clean runs   what no failure in them proves (95 %)\n" +
			"  quick       2           failure rate at most 78 %\n" +
			"  standard    3                                63 %\n" +
			"  strong      5                                45 %\n" +
			"  flake       9                                28 %\n" +
			"  certify    59                                 5 %\n\n" +
			"A bisection that was interrupted goes on with --resume: RUN is its id, or the newest unfinished one.",
		Flags:                     concat(targetFlags(), attachFlags(), axisFlags(), searchFlags(), runFlags(), outputFlags()),
		DisableSliceFlagSeparator: true, // a server's argument may hold a comma
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.Bool("resume") && t.resuming == nil {
				return t.resume(ctx, c)
			}
			if err := noArguments(c); err != nil {
				return err
			}
			return t.bisect(ctx, c)
		},
	}
}

// hunt is what the flags of a bisection say.
type hunt struct {
	targets  []plan.Target // as asked for
	exclude  []plan.Exclusion
	matrix   plan.Matrix
	search   search.Settings
	ceiling  int
	settings trial.Settings
	limits   harness.Limits
	shard    plan.Shard
}

func readHunt(c *cli.Command, file *labfile.File) (h hunt, err error) {
	if h.matrix, err = axesOf(c); err != nil {
		return h, err
	}
	if h.limits, err = limitsOf(c); err != nil {
		return h, err
	}
	if h.search, h.ceiling, err = searchOf(c); err != nil {
		return h, err
	}
	h.settings = trial.Settings{Starts: 1, Attempts: 1, Isolation: "config", Reply: c.Int("reply"), Warmup: !c.Bool("no-warmup")}
	if h.targets, err = targetsOf(c, file); err != nil {
		return h, err
	}
	if h.shard, err = shardOf(c); err != nil {
		return h, err
	}
	h.exclude = exclusionsOf(c, file)
	h.matrix.Tokens = []int{1} // sizes are what is looked for
	if err := h.matrix.Check(); err != nil {
		return h, err
	}
	return h, checkServerFlags(c)
}

// goal is what is looked for on the targets.
func (h hunt) goal(p plan.Plan, targets []plan.Target) (g harness.Goal, excluded []string, err error) {
	g = harness.Goal{Ceiling: h.ceiling, Search: h.search}
	g.Search.Batch = 0
	for _, target := range targets { // a crash may lie as far above its position as the largest batch
		g.Search.Batch = max(g.Search.Batch, trial.Batch(target.Args))
	}
	for _, w := range p.Configurations {
		for _, cell := range w.Cells {
			line := plan.Line{Configuration: w.Configuration, Shape: cell.Shape}
			if reason, ok := plan.Excluding(h.exclude, line); ok {
				excluded = append(excluded, line.ID()+" was left out: "+reason)
				continue
			}
			g.Lines = append(g.Lines, line)
		}
	}
	if len(g.Lines) == 0 {
		return g, nil, errors.New("nothing to look for: all lines are excluded")
	}
	return g, excluded, nil
}

func (t *terminal) bisect(ctx context.Context, c *cli.Command) error {
	file, err := configure(c)
	if err != nil {
		return usage(err)
	}
	h, err := readHunt(c, file)
	if err != nil {
		return usage(located(file, err))
	}
	if err := checkFormat(c); err != nil {
		return usage(located(file, err))
	}
	var db *store.Store
	if !c.Bool("dry-run") {
		if db, err = store.Open(ctx, c.String("db")); err != nil {
			return unopened(err)
		}
		defer db.Close()
		if err := t.settle(ctx, db); err != nil {
			return trouble(err)
		}
	}
	labs, err := t.labs(ctx, c, h.targets)
	if err != nil {
		return err
	}
	if err := fit(c, &h.matrix, labs[0]); err != nil {
		return usage(err)
	}
	h.matrix.Targets = labs.Targets()
	whole, err := h.matrix.Plan()
	if err != nil {
		return usage(err)
	}
	part := whole.Shard(h.shard)
	if part.Cells() == 0 {
		return emptyShard(h.shard, whole)
	}
	goal, excluded, err := h.goal(part, labs.Targets())
	if err != nil {
		return usage(err)
	}
	cells := goal.Cells(labs)
	if _, err := search.New(goal.Search, cells); err != nil {
		return usage(err)
	}
	if c.Bool("dry-run") {
		return reports.HuntPlan(t.stdout, goal.Search, cells, earlierRuns(ctx, c))
	}
	b := harness.Bisection{Goal: goal}
	s, err := t.huntSession(ctx, c, db, labs, partOf(newRun(c, labs, h.settings), c, h.shard, whole), &b)
	if err != nil {
		return err
	}
	b.Rig, b.Journal = s.rig(c, labs, h.limits), s.recorder
	ran := s.recorder.BeginSearch(ctx, goal.Search, cells)
	if t.resuming == nil {
		ran = errors.Join(ran, s.noteAll(ctx, excluded))
	}
	if ran == nil {
		ran = b.Run(ctx)
	}
	return t.endHunt(ctx, c, s, b.Why, ran)
}

// huntSession begins a new run, or takes the one up that is to be resumed.
func (t *terminal) huntSession(ctx context.Context, c *cli.Command, db *store.Store, labs harness.Labs, run trial.Run, b *harness.Bisection) (*session, error) {
	if t.resuming == nil {
		return t.begin(ctx, c, db, run, plan.Plan{})
	}
	record := *t.resuming
	if err := sameHunt(record, labs, b.Goal, c.Uint64("seed")); err != nil {
		return nil, usage(err)
	}
	b.Done = record.Search.Entries
	for _, start := range record.Starts {
		b.Starts = max(b.Starts, start.N)
	}
	return t.takeUp(ctx, c, db, record.Run, plan.Plan{})
}

// endHunt ends a bisection. One that ran out of time or starts can be taken up again.
func (t *terminal) endHunt(ctx context.Context, c *cli.Command, s *session, why string, ran error) error {
	status := statusOf(ran)
	if ran == nil && why != search.Complete {
		status = trial.Interrupted
	}
	err := t.end(ctx, c, s, status, ran)
	if status == trial.Interrupted || errors.Is(ran, context.Canceled) {
		t.say("go on with: ctxcliff bisect %s--resume %s", dbArgument(c), s.run.ID)
	}
	return err
}
