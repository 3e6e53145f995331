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

func (t *terminal) play(ctx context.Context, c *cli.Command, db *store.Store, s subject, limits harness.Limits, about story) error {
	stage, err := t.stage(ctx, c, s)
	if err != nil {
		return err
	}
	if len(stage.builds) > 0 {
		about = func(c *cli.Command, s subject) (minimize.Story, replayable, error) {
			return bisectionOf(c, s, stage.builds)
		}
	}
	what, session, err := about(c, s)
	if err != nil {
		return usage(err)
	}
	if c.Bool("dry-run") {
		for _, b := range stage.builds {
			fmt.Fprintf(t.stdout, "build %s\n", visible(b.name))
		}
		return reports.StoryPlan(t.stdout, s.name, s.scenario, s.signatures)
	}
	set := trial.Settings{Starts: 1, Attempts: 1, Isolation: "cell", Reply: 1}
	p := harness.Player{Target: stage.labs[0].Target, Builds: stage.targets, Loading: s.phase == "load"}
	run, err := t.storySession(ctx, c, db, newRun(c, stage.labs, set), session, &p)
	if err != nil {
		return err
	}
	p.Rig, p.Plan = run.rig(c, stage.labs, limits), run.recorder
	ran := run.recorder.BeginStory(ctx, what)
	if ran == nil && t.resuming == nil {
		ran = run.noteAll(ctx, stage.notes)
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
