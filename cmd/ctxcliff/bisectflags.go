package main

import (
	"fmt"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/search"
)

const groupSearch = "the search"

func searchFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "level", Category: groupSearch, Value: string(search.Standard), Usage: "how many clean runs a claim needs: `quick|standard|strong|flake|certify`"},
		&cli.IntFlag{Name: "exposures", HideDefault: true, Category: groupSearch, Usage: "`N` clean runs for a claim, instead of a level"},
		&cli.StringFlag{Name: "guard", Category: groupSearch, Value: "5%", Usage: "`SHARE` to stay below the shortest failure; 0 for none"},
		&cli.StringFlag{Name: "floor", Category: groupSearch, Usage: "smallest `SIZE` worth claiming (default: 1024, or half the ceiling)"},
		&cli.StringFlag{Name: "ceiling", Category: groupSearch, Usage: "largest `SIZE` to look at (default: what a slot's context refuses)"},
		&cli.StringFlag{Name: "resolution", Category: groupSearch, Usage: "`SIZE` of the scout's steps (default: by the ceiling, 1024 from 64k on)"},
		&cli.StringFlag{Name: "axis", Category: groupSearch, Value: string(search.AxisTokens), Usage: "what grows: `tokens|ctx`; tokens inside a fixed context, or the context itself, with a start for each"},
		&cli.StringFlag{Name: "fill", Category: groupSearch, Value: "50%", Usage: "`SHARE` of the context that prompts fill, with --axis ctx"},
		&cli.BoolFlag{Name: "resolve", Category: groupSearch, Usage: "spend some probes more to tell an island, a flaky fault and a fault of the cached path apart"},
		resumeFlag(), retryLostFlag(),
	}
}

// searchOf reads the rules of a bisection, and its ceiling.
func searchOf(c *cli.Command) (s search.Settings, ceiling int, err error) {
	level := search.Level(c.String("level"))
	s = search.Settings{
		Axis: search.Axis(c.String("axis")), Exposures: level.Exposures(), Resolve: c.Bool("resolve"),
		Budget: c.Duration("budget").Seconds(), MaxStarts: c.Int("max-starts"),
	}
	if s.Exposures == 0 {
		return s, 0, fmt.Errorf("--level %q is not known; write quick, standard, strong, flake or certify", level)
	}
	if c.IsSet("exposures") {
		if s.Exposures = c.Int("exposures"); s.Exposures < 1 {
			return s, 0, fmt.Errorf("--exposures %d proves nothing; give 1 or more", s.Exposures)
		}
	}
	if s.Guard, err = guardOf(c.String("guard")); err != nil {
		return s, 0, err
	}
	fill, err := plan.ParseFill(c.String("fill"))
	if err != nil {
		return s, 0, fmt.Errorf("--fill: %w", err)
	}
	s.Fill = float64(fill)
	for flag, into := range map[string]*int{"floor": &s.Floor, "ceiling": &ceiling, "resolution": &s.Resolution} {
		if text := c.String(flag); text != "" {
			if *into, err = plan.ParseSize(text); err != nil {
				return s, 0, fmt.Errorf("--%s: %w", flag, err)
			}
		}
	}
	switch {
	case s.Axis != search.AxisTokens && s.Axis != search.AxisCtx:
		return s, 0, fmt.Errorf("--axis %q is not known; write tokens or ctx", s.Axis)
	case ceiling > 0 && s.Floor > ceiling:
		return s, 0, fmt.Errorf("--floor %d is above --ceiling %d: nothing lies between", s.Floor, ceiling)
	case ceiling > 0 && s.Axis == search.AxisCtx:
		return s, 0, fmt.Errorf("--ceiling is for prompts inside a fixed context; with --axis ctx the ceiling is --ps or --ctx")
	}
	s = s.WithDefaults()
	return s, ceiling, s.Validate()
}

// guardOf reads a share such as 5% or 0.05. No guard at all is a negative one in the search's words.
func guardOf(text string) (float64, error) {
	if text == "0" || text == "0%" {
		return -1, nil
	}
	share, err := plan.ParseFill(text)
	if err != nil || share >= 0.5 {
		return 0, fmt.Errorf("--guard: %q is not a share to stay below a failure; write one under a half, such as 5%%, or 0", text)
	}
	return float64(share), nil
}
