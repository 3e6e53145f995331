package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
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
			"A growing prompt is driven until something breaks (scout), the crash is tried cold (check), and the\n" +
			"size below it is run until enough clean runs count (confirm). All shapes share one server.\n\n" +
			"  ctxcliff bisect --server ./llama-server --model my.gguf --np 1,2 --ps 64k --level strong\n\n" +
			"  level      clean runs   what no failure in them proves (95 %)\n" +
			"  quick       2           failure rate at most 78 %\n" +
			"  standard    3                                63 %\n" +
			"  strong      5                                45 %\n" +
			"  flake       9                                28 %\n" +
			"  certify    59                                 5 %\n\n" +
			"A bisection that was interrupted goes on with --resume: RUN is its id, or the newest unfinished one.",
		Flags: concat(targetFlags(), axisFlags(), searchFlags(), runFlags(), outputFlags()),
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

// hunt is what the flags of a bisection say, the target aside.
type hunt struct {
	matrix   plan.Matrix
	search   search.Settings
	ceiling  int
	settings trial.Settings
	limits   harness.Limits
}

func readHunt(c *cli.Command) (h hunt, err error) {
	if h.matrix, err = axesOf(c); err != nil {
		return h, err
	}
	if h.search, h.ceiling, err = searchOf(c); err != nil {
		return h, err
	}
	if h.limits, err = limitsOf(c); err != nil {
		return h, err
	}
	if _, err := urlOf(c); err != nil {
		return h, err
	}
	h.settings = trial.Settings{Starts: 1, Attempts: 1, Isolation: "config", Reply: c.Int("reply"), Warmup: !c.Bool("no-warmup")}
	h.matrix.Tokens = []int{1} // sizes are what is looked for
	if err := h.matrix.Check(); err != nil {
		return h, err
	}
	return h, checkPortFlag(c)
}

// goal is what is looked for on a target.
func (h hunt) goal(target plan.Target) (harness.Goal, error) {
	h.matrix.Targets = []plan.Target{target}
	p, err := h.matrix.Plan()
	if err != nil {
		return harness.Goal{}, err
	}
	g := harness.Goal{Ceiling: h.ceiling, Search: h.search}
	g.Search.Batch = trial.Batch(target.Args)
	for _, w := range p.Configurations {
		for _, cell := range w.Cells {
			g.Lines = append(g.Lines, plan.Line{Configuration: w.Configuration, Shape: cell.Shape})
		}
	}
	return g, nil
}

func (t *terminal) bisect(ctx context.Context, c *cli.Command) error {
	h, err := readHunt(c)
	if err != nil {
		return usage(err)
	}
	if err := checkFormat(c); err != nil {
		return err
	}
	var db *store.Store
	if !c.Bool("dry-run") {
		if db, err = store.Open(ctx, c.String("db")); err != nil {
			return trouble(err)
		}
		defer db.Close()
		if err := t.settle(ctx, db); err != nil {
			return trouble(err)
		}
	}
	lab, err := t.lab(ctx, c)
	if err != nil {
		return err
	}
	if err := fit(c, &h.matrix, lab); err != nil {
		return usage(err)
	}
	goal, err := h.goal(lab.Target)
	if err != nil {
		return usage(err)
	}
	cells := goal.Cells(lab.Model.TrainedContext)
	if _, err := search.New(goal.Search, cells); err != nil {
		return usage(err)
	}
	if c.Bool("dry-run") {
		return reports.HuntPlan(t.stdout, goal.Search, cells, earlierRuns(ctx, c))
	}
	b := harness.Bisection{Goal: goal}
	s, err := t.huntSession(ctx, c, db, lab, h, &b)
	if err != nil {
		return err
	}
	b.Rig, b.Journal = s.rig(c, lab, h.limits), s.recorder
	ran := s.recorder.BeginSearch(ctx, goal.Search, cells)
	if ran == nil {
		ran = b.Run(ctx)
	}
	return t.endHunt(ctx, c, s, b.Why, ran)
}

// huntSession begins a new run, or takes the one up that is to be resumed.
func (t *terminal) huntSession(ctx context.Context, c *cli.Command, db *store.Store, lab *harness.Lab, h hunt, b *harness.Bisection) (*session, error) {
	if t.resuming == nil {
		return t.begin(ctx, c, db, newRun(c, lab, h.settings), plan.Plan{})
	}
	record := *t.resuming
	if err := sameHunt(record, lab, b.Goal, c.Uint64("seed")); err != nil {
		return nil, usage(err)
	}
	b.Done = record.Search.Entries
	for _, start := range record.Starts {
		b.Starts = max(b.Starts, start.N)
	}
	return t.takeUp(ctx, c, db, record.Run)
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

// sameHunt says in what a run that is to be taken up differs from what it was begun with.
func sameHunt(r trial.Record, lab *harness.Lab, g harness.Goal, seed uint64) error {
	was, is := r.Run, lab
	anew := "; begin a new run instead"
	j := search.Journal{Settings: g.Search, Cells: g.Cells(lab.Model.TrainedContext)}
	j.Settings.Budget, j.Settings.MaxStarts = r.Search.Settings.Budget, r.Search.Settings.MaxStarts
	switch {
	case was.Server.Version != is.Binary.Version || was.Server.Build != is.Binary.Build || was.Server.Commit != is.Binary.Commit:
		return fmt.Errorf("run %s was made with llama-server %s, and this one is %s%s", was.ID, was.Server.Version, is.Binary.Version, anew)
	case was.Model.SizeBytes != is.Model.SizeBytes || was.Model.Name != is.Model.Name || was.Model.Vocabulary != is.Model.Vocabulary:
		return fmt.Errorf("run %s was made with another model than %s%s", was.ID, cmp.Or(is.Model.Path, is.Model.Name), anew)
	case was.Seed != seed:
		return fmt.Errorf("run %s has seed %d, not %d%s", was.ID, was.Seed, seed, anew)
	case !sameJSON(j.Cells, r.Search.Cells):
		return fmt.Errorf("run %s looks for other edges%s", was.ID, anew)
	case !sameJSON(j.Settings, r.Search.Settings):
		return fmt.Errorf("run %s looks for its edges by other rules%s", was.ID, anew)
	}
	return nil
}
