package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/provision"
	"ctxcliff/harness/tinymodel"
)

// targetOf is what the flags ask to be tested.
func targetOf(c *cli.Command) (plan.Target, error) {
	address, err := urlOf(c)
	if err != nil || address != "" {
		return plan.Target{URL: address, Name: c.String("name"), Backend: c.String("backend")}, err
	}
	target := plan.Target{
		Name: c.String("name"), Server: c.String("server"), Model: c.String("model"),
		Backend: c.String("backend"), Power: c.String("power"), Args: c.StringSlice("server-arg"), Env: c.StringSlice("env"),
	}
	for _, pair := range target.Env {
		if name, _, found := strings.Cut(pair, "="); !found || name == "" {
			return target, fmt.Errorf("--env %q is not NAME=VALUE; write it as env takes it, such as HIP_VISIBLE_DEVICES=0", pair)
		}
	}
	if target.Topology, err = topologyOf(c); err != nil {
		return target, err
	}
	target.Launch, err = launcherOf(c)
	return target, err
}

// labs finds out what is to be tested: servers that are named or one that is obtained, models that are
// named or a tiny one. All of it is looked at before anything is started.
func (t *terminal) labs(ctx context.Context, c *cli.Command, targets []plan.Target) (harness.Labs, error) {
	if port := c.Int("port"); port > 0 {
		if err := harness.CheckPort(port); err != nil {
			return nil, trouble(err)
		}
	}
	if targets[0].URL != "" {
		lab, err := t.attachedLab(ctx, c, targets[0])
		return harness.Labs{lab}, err
	}
	targets = slices.Clone(targets)
	for i := range targets {
		if targets[i].Server == "" {
			found, err := t.obtainServer(ctx, c)
			if err != nil {
				return nil, err
			}
			targets[i].Server = found.Path
		}
		if err := t.peerProgram(ctx, c, &targets[i]); err != nil {
			return nil, err
		}
	}
	if slices.ContainsFunc(targets, withoutModel) {
		return t.tinyLabs(ctx, c, targets)
	}
	labs, err := harness.SurveyAll(ctx, targets)
	return labs, labError(ctx, err)
}

func withoutModel(t plan.Target) bool { return t.Model == "" }

func (t *terminal) obtainServer(ctx context.Context, c *cli.Command) (provision.Found, error) {
	found, err := provision.Server(ctx, provision.Options{
		Log: t.logger(c.Bool("verbose")), Progress: func(line string) { t.say("%s", line) },
	})
	if err != nil && ctx.Err() == nil {
		err = trouble(err)
	}
	return found, err
}

// families are the tiny models to try, best first: builds before mid-2026 abort at load on a model
// whose layers are all windowed, and those before the recurrent ones were served load only llama.
var families = []tinymodel.Family{tinymodel.Gemma3, tinymodel.Mamba, tinymodel.Llama}

// tinyLabs surveys the targets, those without a model with the first tiny one that all servers can load.
func (t *terminal) tinyLabs(ctx context.Context, c *cli.Command, targets []plan.Target) (harness.Labs, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, trouble(fmt.Errorf("find a place for the tiny model: %w; set HOME or give --model", err))
	}
	var refused error
	for _, f := range families {
		path, err := tinymodel.Cached(filepath.Join(cache, "ctxcliff", "models"), tinymodel.Options{Family: f, Seed: 1})
		if err != nil {
			return nil, trouble(fmt.Errorf("write the tiny model: %w", err))
		}
		labs, err := harness.SurveyAll(ctx, withTiny(targets, f, path))
		if err != nil {
			return nil, labError(ctx, err)
		}
		if refused = t.tryLoads(ctx, labs, path); refused == nil || ctx.Err() != nil {
			return labs, ctx.Err()
		}
		if !harness.IsLoadFailure(refused) {
			return nil, trouble(refused)
		}
		t.say("this llama-server cannot load the tiny %s model: %v", f, refused)
	}
	return nil, trouble(fmt.Errorf("%w; give a model of your own with --model", refused))
}

// withTiny gives the tiny model to the targets that have none.
func withTiny(targets []plan.Target, f tinymodel.Family, path string) []plan.Target {
	targets = slices.Clone(targets)
	for i := range targets {
		if withoutModel(targets[i]) {
			targets[i].Model, targets[i].Name = path, cmp.Or(targets[i].Name, "tiny-"+string(f))
		}
	}
	return targets
}

// tryLoads loads the model once in each server that is to run it. What a topology adds is left out.
func (t *terminal) tryLoads(ctx context.Context, labs harness.Labs, model string) error {
	tried := map[string]bool{}
	for _, lab := range labs {
		server := fmt.Sprintf("%q %q %q", lab.Target.Launch, lab.Target.Server, lab.Target.Env)
		if lab.Target.Model != model || tried[server] {
			continue
		}
		tried[server] = true
		if err := lab.TryLoad(ctx, time.Minute); err != nil {
			return err
		}
	}
	return nil
}

// labError marks what the user gave wrongly.
func labError(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return errors.Join(ctx.Err())
	}
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return trouble(fmt.Errorf("%w; raise the limit: ulimit -n 1024", err))
	}
	return usage(err)
}
