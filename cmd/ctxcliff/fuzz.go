package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/harness/fuzz"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
	"ctxcliff/reports"
	"ctxcliff/store"
)

// defaultBudget is that of a hunt for which nobody set an end.
const defaultBudget = "1h"

func fuzzCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "fuzz",
		Usage:     "hunt for what breaks a server, with random requests, until the budget ends",
		ArgsUsage: "[RUN]",
		Description: "Each start of the server is asked some scenes: all slots at once, one long prompt with many short ones, a\n" +
			"client that goes away midway, the same prefix twice, cached then extended or shortened, what must be refused…,\n" +
			"with prompts of all shapes, lengths, periods and vocabularies, as token ids and as text, over all endpoints.\n" +
			"What shows something new gets more, and what was not visited yet; what is known to break gets less. A new\n" +
			"fault is shrunk at once, as ctxcliff minimize does. The next hunt replays first what this one has found.\n\n" +
			"  ctxcliff fuzz --server ./llama-server --model my.gguf --ps 32k --budget 8h\n\n" +
			"Without --budget and --max-starts it ends after an hour. One that was interrupted goes on with --resume: RUN is\n" +
			"its id, or the newest unfinished one. Exit codes: 1 something broke, 0 nothing did, 4 nothing was tested.",
		Flags: concat(targetFlags(), fuzzFlags(), runFlags(), outputFlags()),
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.Bool("resume") && t.resuming == nil {
				return t.resume(ctx, c)
			}
			if err := noArguments(c); err != nil {
				return err
			}
			return t.fuzz(ctx, c)
		},
	}
}

func (t *terminal) fuzz(ctx context.Context, c *cli.Command) error {
	file, err := configure(c)
	if err != nil {
		return usage(err)
	}
	endless := !c.IsSet("budget") && !c.IsSet("max-starts")
	if endless {
		if err := c.Set("budget", defaultBudget); err != nil {
			return trouble(err)
		}
	}
	k, err := readCampaign(c, file)
	if err != nil {
		return usage(located(file, err))
	}
	if err := checkFormat(c); err != nil {
		return usage(located(file, err))
	}
	if endless {
		t.say("no --budget and no --max-starts: the hunt ends after %s", defaultBudget)
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
	labs, models, err := t.fuzzLabs(ctx, c, &k)
	if err != nil {
		return err
	}
	if err := t.inherit(ctx, c, db, labs[0].Target, &k.set); err != nil {
		return err
	}
	hunt, err := fuzz.New(k.set)
	if err != nil {
		return usage(err)
	}
	if c.Bool("dry-run") {
		first, _ := hunt.Next()
		return reports.FuzzPlan(t.stdout, k.set.WithDefaults(), first.Scenario)
	}
	p := harness.Player{Target: labs[0].Target, Models: models}
	s, err := t.fuzzSession(ctx, c, db, newRun(c, labs, k.settings), hunt, &p)
	if err != nil {
		return err
	}
	p.Rig, p.Plan = s.rig(c, labs, k.limits), s.recorder
	ran := s.recorder.BeginCampaign(ctx, k.set)
	if ran == nil {
		p.Open(ctx)
		ran = p.Retell(ctx, hunt, s.recorder)
		p.Close()
	}
	err = t.end(ctx, c, s, statusOf(ran), ran)
	if errors.Is(ran, context.Canceled) {
		t.say("go on with: ctxcliff fuzz %s--resume %s", dbArgument(c), s.run.ID)
	}
	return err
}

// fuzzLabs finds out what is to be tested: the target, tiny models beside it, and which settings the build knows.
func (t *terminal) fuzzLabs(ctx context.Context, c *cli.Command, k *campaign) (harness.Labs, map[string]plan.Target, error) {
	labs, err := t.labs(ctx, c, k.targets)
	if err != nil {
		return nil, nil, err
	}
	space := &k.set.Space
	if !slices.Contains(k.vary, varyAPI) {
		space.APIs = []string{}
	}
	if slices.Contains(k.vary, varyFlags) {
		space.Flags = fuzz.Flags(labs[0].Offers)
	}
	models := map[string]plan.Target{}
	if !slices.Contains(k.vary, varyModels) {
		return labs, models, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, nil, trouble(fmt.Errorf("find a place for tiny models: %w; set HOME", err))
	}
	for _, o := range tinymodel.Variety() {
		o.Seed = 1
		path, err := tinymodel.Cached(filepath.Join(cache, "ctxcliff", "models"), o)
		if err != nil {
			return nil, nil, trouble(fmt.Errorf("write the tiny model: %w", err))
		}
		target := labs[0].Target
		if target.Model == path {
			continue
		}
		target.Model, target.Name = path, o.Name()
		lab, err := harness.Survey(ctx, target)
		if err != nil {
			return nil, nil, labError(ctx, err)
		}
		labs, models[target.Name] = append(labs, lab), lab.Target
		space.Models = append(space.Models, target.Name)
	}
	return labs, models, nil
}

// inherit takes over what earlier runs know: the corpus of a campaign, and the faults that were seen.
func (t *terminal) inherit(ctx context.Context, c *cli.Command, db *store.Store, target plan.Target, set *fuzz.Settings) error {
	if t.resuming != nil {
		old := t.resuming.Fuzz.Settings
		old.Starts, old.Hours = set.Starts, set.Hours
		*set = old
		return nil
	}
	if db == nil {
		return nil
	}
	sightings, err := db.Sightings(ctx, store.Filter{})
	if err != nil {
		return trouble(err)
	}
	for _, bug := range trial.Bugs(sightings) {
		set.Known = append(append(set.Known, bug.Signature), bug.Others...)
	}
	name, err := earlierCampaign(ctx, c, db, target)
	if err != nil || name == "" {
		return err
	}
	record, err := db.Record(ctx, name)
	switch {
	case err != nil:
		return usage(err)
	case record.Fuzz == nil:
		return usage(fmt.Errorf("--corpus: run %s is a %s and has no corpus; name a campaign of fuzz, or none", record.Run.ID, record.Run.Command))
	}
	earlier, err := record.Fuzz.Campaign()
	if err != nil {
		return trouble(fmt.Errorf("read the corpus of run %s: %w; give --corpus none to go without", record.Run.ID, err))
	}
	set.Corpus = earlier.Result().Corpus
	t.say("corpus of run %s: %d scenarios are replayed first", record.Run.ID, len(set.Corpus))
	return nil
}

// earlierCampaign is the run whose corpus is to be taken; "" none.
func earlierCampaign(ctx context.Context, c *cli.Command, db *store.Store, target plan.Target) (string, error) {
	switch name := c.String("corpus"); name {
	case corpusNone:
		return "", nil
	case corpusLatest:
	default:
		return name, nil
	}
	runs, err := db.Runs(ctx)
	if err != nil {
		return "", trouble(err)
	}
	i := slices.IndexFunc(runs, func(r trial.Run) bool { return r.Command == c.Name && r.Target.ModelName() == target.ModelName() })
	if i < 0 {
		return "", nil
	}
	return runs[i].ID, nil
}

// fuzzSession begins a new run, or takes up the one that is to be resumed: then nothing that was answered is
// asked again.
func (t *terminal) fuzzSession(ctx context.Context, c *cli.Command, db *store.Store, run trial.Run, hunt *fuzz.Campaign, p *harness.Player) (*session, error) {
	if t.resuming == nil {
		return t.begin(ctx, c, db, run, plan.Plan{})
	}
	record := *t.resuming
	if err := hunt.Replay(record.Fuzz.Entries); err != nil {
		return nil, usage(fmt.Errorf("run %s: %w; begin a new run instead", record.Run.ID, err))
	}
	for _, start := range record.Starts {
		p.Starts = max(p.Starts, start.N)
	}
	return t.takeUp(ctx, c, db, record.Run, plan.Plan{})
}
