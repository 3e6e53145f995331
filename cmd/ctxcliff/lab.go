package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/provision"
	"ctxcliff/harness/tinymodel"
)

// lab finds out what is to be tested: the server that the flags name or one that is obtained, the
// model that they name or a tiny one.
func (t *terminal) lab(ctx context.Context, c *cli.Command) (*harness.Lab, error) {
	if address, err := urlOf(c); err != nil {
		return nil, usage(err)
	} else if address != "" {
		return t.attachedLab(ctx, c, address)
	}
	target := plan.Target{
		Name: c.String("name"), Server: c.String("server"), Model: c.String("model"),
		Backend: c.String("backend"), Args: c.StringSlice("server-arg"),
	}
	var err error
	if target.Topology, err = topologyOf(c); err != nil {
		return nil, usage(err)
	}
	if target.Launch, err = launcherOf(c); err != nil {
		return nil, usage(err)
	}
	if port := c.Int("port"); port > 0 {
		if err := harness.CheckPort(port); err != nil {
			return nil, trouble(err)
		}
	}
	if target.Server == "" {
		found, err := t.obtainServer(ctx, c)
		if err != nil {
			return nil, err
		}
		target.Server = found.Path
	}
	if err := t.peerProgram(ctx, c, &target.Topology, target.Server); err != nil {
		return nil, err
	}
	if target.Model != "" {
		lab, err := harness.Survey(ctx, target)
		return lab, labError(ctx, err)
	}
	return t.tinyLab(ctx, c, target)
}

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

// tinyLab surveys the target with the first tiny model that its server can load.
func (t *terminal) tinyLab(ctx context.Context, c *cli.Command, target plan.Target) (*harness.Lab, error) {
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
		target.Model = path
		if c.String("name") == "" {
			target.Name = "tiny-" + string(f)
		}
		lab, err := harness.Survey(ctx, target)
		if err != nil {
			return nil, labError(ctx, err)
		}
		if refused = lab.TryLoad(ctx, time.Minute); refused == nil || ctx.Err() != nil {
			return lab, ctx.Err()
		}
		if !harness.IsLoadFailure(refused) {
			break
		}
		t.say("this llama-server cannot load the tiny %s model: %v", f, refused)
	}
	return nil, trouble(fmt.Errorf("%w; give a model of your own with --model", refused))
}

// labError marks what the user gave wrongly.
func labError(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return errors.Join(ctx.Err())
	}
	return usage(err)
}
