package main

import (
	"context"
	"errors"
	"strings"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
)

// stage is what a story is played on.
type stage struct {
	fleet          // without builds, one lab
	builds []build // none: the story is about one target
}

// stage looks at everything that is to be run, before anything of it is started.
func (t *terminal) stage(ctx context.Context, c *cli.Command, s subject) (on stage, err error) {
	if file := c.String("builds"); file != "" {
		if c.IsSet("server") || c.IsSet("launch") || c.Bool("gone") || c.Bool("git-bisect") {
			return on, usage(errors.New("--builds names the servers itself, and finds its own way through them; leave --server, --launch, --gone and --git-bisect out"))
		}
		if on.builds, err = readBuilds(file); err != nil {
			return on, usage(err)
		}
		s.target.Server, s.target.URL = on.builds[0].server, ""
	}
	target, err := s.playedOn(c)
	if err != nil {
		return on, usage(err)
	}
	if target.Server == "" {
		found, err := t.obtainServer(ctx, c)
		if err != nil {
			return on, err
		}
		target.Server = found.Path
	}
	if err := t.peerProgram(ctx, c, &target); err != nil {
		return on, err
	}
	if len(on.builds) > 0 {
		if on.fleet, err = surveyBuilds(ctx, on.builds, target); err != nil {
			return on, labError(ctx, err)
		}
		for _, note := range s.unlike(on.labs[len(on.labs)-1]) {
			if !strings.Contains(note, theBuild) { // that is what is asked for
				on.notes = append(on.notes, note)
			}
		}
		return on, nil
	}
	lab, err := harness.Survey(ctx, target)
	if err != nil {
		return on, labError(ctx, err)
	}
	on.labs, on.notes = harness.Labs{lab}, s.unlike(lab)
	return on, nil
}
