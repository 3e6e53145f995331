package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/harness/minimize"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/reports"
	"ctxcliff/store"
)

func reproCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "repro",
		Usage:     "replay a fault, a cell or an attempt, and say whether it is the same bug",
		ArgsUsage: "ID",
		Description: "ID is a fault (F-64399f20f0), a cell (model__backend__single__np2_ps16k__mixed__8k) or the number of an\n" +
			"attempt. Everything that the server of that attempt was asked is asked again, in order, with the same token\n" +
			"ids, until it has broken three times or was tried ten times; then the last request alone, to learn whether\n" +
			"what came before matters. --server and --model try another build or model.\n\n" +
			"Exit codes: 1 it broke again, 0 it did not, 4 nothing can be said. With --git-bisect: 1 bad, 0 good, 125\n" +
			"cannot be tested, as git bisect run takes them.",
		Flags: concat(targetFlags(), runFlags(), outputFlags(), []cli.Flag{
			resumeFlag(),
			&cli.BoolFlag{Name: "git-bisect", Category: groupOutput, Usage: "exit codes for git bisect run"},
		}),
		Action: func(ctx context.Context, c *cli.Command) error {
			err := t.retell(ctx, c, reproduction)
			if c.Bool("git-bisect") {
				return forGitBisect(err)
			}
			return err
		},
	}
}

func minimizeCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "minimize",
		Usage:     "shrink what breaks a server to the least that does",
		ArgsUsage: "ID",
		Description: "ID is a fault, a cell or the number of an attempt, as for ctxcliff repro. First the requests that are not\n" +
			"needed go, then length, then content; what does not matter is replaced, never deleted, so that length and\n" +
			"content are told apart. Flaky faults are shrunk by their rate. In the end the result is measured, its\n" +
			"opposite is tried, and one setting of the server after the other is changed.\n\n" +
			"Exit codes: 0 something smallest was found, 4 the fault did not come back.",
		Flags: concat(targetFlags(), []cli.Flag{
			resumeFlag(),
			&cli.IntFlag{Name: "runs", Category: groupRun, Usage: "stop after `N` runs (default: 40, and 100 for a fault that is flaky)"},
			&cli.BoolFlag{Name: "thorough", Category: groupRun, Usage: "reject a smaller one only after so many clean runs that luck is below 5 %"},
			&cli.BoolFlag{Name: "no-diagnosis", Category: groupRun, Usage: "do not try other settings of the server in the end"},
		}, runFlags(), outputFlags()),
		Action: func(ctx context.Context, c *cli.Command) error { return t.retell(ctx, c, minimisation) },
	}
}

// story makes what is asked of a subject: the settings to keep, and the session that asks.
type story func(c *cli.Command, s subject) (minimize.Story, replayable, error)

func reproduction(c *cli.Command, s subject) (minimize.Story, replayable, error) {
	set := minimize.ReproduceSettings{Scenario: s.scenario, Signatures: s.signatures, Hours: c.Duration("budget").Hours()}
	session, err := minimize.Reproduce(set)
	return minimize.Story{Reproduce: &set}, session, err
}

func minimisation(c *cli.Command, s subject) (minimize.Story, replayable, error) {
	set := minimize.Settings{
		Scenario: s.scenario, Signatures: s.signatures, Thorough: c.Bool("thorough"), Runs: c.Int("runs"),
		Hours: c.Duration("budget").Hours(), Batch: trial.Batch(s.target.Args),
	}
	if c.Bool("no-diagnosis") {
		set.Variants = []minimize.Variant{}
	}
	set = set.WithDefaults()
	if err := set.Validate(); err != nil {
		return minimize.Story{}, nil, err
	}
	session, err := minimize.Minimize(set)
	return minimize.Story{Minimize: &set}, session, err
}

// retell plays a story about what the user named, as a run of its own.
func (t *terminal) retell(ctx context.Context, c *cli.Command, about story) error {
	if c.Bool("resume") && t.resuming == nil {
		return t.resume(ctx, c)
	}
	if c.NArg() != 1 {
		return usage(fmt.Errorf("%s takes one ID, not %d; ctxcliff faults list shows those of faults", c.Name, c.NArg()))
	}
	if err := checkFormat(c); err != nil {
		return err
	}
	limits, err := limitsOf(c)
	if err != nil {
		return usage(err)
	}
	if err := checkPortFlag(c); err != nil {
		return usage(err)
	}
	if _, err := store.OpenExisting(ctx, c.String("db")); err != nil {
		return usage(err)
	}
	db, err := store.Open(ctx, c.String("db"))
	if err != nil {
		return trouble(err)
	}
	defer db.Close()
	if err := t.settle(ctx, db); err != nil {
		return trouble(err)
	}
	s, err := findSubject(ctx, db, c.Args().First(), c.String("db"))
	if err != nil {
		return usage(err)
	}
	return t.play(ctx, c, db, s, limits, about)
}

func (t *terminal) play(ctx context.Context, c *cli.Command, db *store.Store, s subject, limits harness.Limits, about story) error {
	what, session, err := about(c, s)
	if err != nil {
		return usage(err)
	}
	target, err := s.playedOn(c)
	if err != nil {
		return usage(err)
	}
	lab, err := harness.Survey(ctx, target)
	if err != nil {
		return labError(ctx, err)
	}
	if c.Bool("dry-run") {
		return reports.StoryPlan(t.stdout, s.name, s.scenario, s.signatures)
	}
	set := trial.Settings{Starts: 1, Attempts: 1, Isolation: "cell", Reply: 1}
	p := harness.Player{Target: lab.Target}
	run, err := t.storySession(ctx, c, db, newRun(c, harness.Labs{lab}, set), session, &p)
	if err != nil {
		return err
	}
	p.Rig, p.Plan = run.rig(c, harness.Labs{lab}, limits), run.recorder
	ran := run.recorder.BeginStory(ctx, what)
	for _, note := range s.unlike(lab) {
		if ran == nil && t.resuming == nil {
			ran = run.recorder.Note(ctx, note)
		}
	}
	if ran == nil {
		p.Open(ctx)
		ran = p.Retell(ctx, session, run.recorder)
		p.Close()
	}
	err = t.end(ctx, c, run, statusOf(ran), ran)
	if errors.Is(ran, context.Canceled) {
		t.say("go on with: ctxcliff %s %s--resume %s", c.Name, dbArgument(c), run.run.ID)
	}
	return err
}

// storySession begins a new run, or takes up the one that is to be resumed: then nothing that was answered is
// asked again.
func (t *terminal) storySession(ctx context.Context, c *cli.Command, db *store.Store, run trial.Run, s replayable, p *harness.Player) (*session, error) {
	if t.resuming == nil {
		return t.begin(ctx, c, db, run, plan.Plan{})
	}
	record := *t.resuming
	if err := s.Replay(record.Story.Entries); err != nil {
		return nil, usage(fmt.Errorf("run %s: %w; begin a new run instead", record.Run.ID, err))
	}
	for _, start := range record.Starts {
		p.Starts = max(p.Starts, start.N)
	}
	return t.takeUp(ctx, c, db, record.Run, plan.Plan{})
}

// replayable is a story that takes up what it was told before.
type replayable interface {
	harness.Session
	Replay([]minimize.Entry) error
}

// gitBisectSkip tells git bisect run that a commit cannot be tested.
const gitBisectSkip = 125

// forGitBisect keeps good and bad and makes everything else "cannot be tested".
func forGitBisect(err error) error {
	switch code := codeOf(err); code {
	case exitClean, exitFailures, exitInterrupted:
		return err
	default:
		return &coded{gitBisectSkip, err}
	}
}
