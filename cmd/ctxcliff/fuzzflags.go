package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/harness/fuzz"
	"ctxcliff/harness/labfile"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

const groupFuzz = "the hunt"

func fuzzFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "np", Category: groupFuzz, Value: "1,2,4", Usage: "`LIST` of slot counts (-np)"},
		&cli.StringFlag{Name: "ps", Category: groupFuzz, Value: "16Ki", Usage: "context of each slot, a `SIZE`; llama-server rounds it to multiples of 256"},
		&cli.StringFlag{Name: "longest", Category: groupFuzz, Usage: "longest prompt, a `SIZE` (default: what a slot holds)"},
		&cli.IntFlag{Name: "reply", Category: groupFuzz, Value: 128, Usage: "most `TOKENS` asked for in a reply"},
		&cli.StringFlag{Name: "vary", Category: groupFuzz, Value: "api,flags", Usage: "what else may vary, a `LIST` of api, flags and models, or none: how prompts are sent, settings of the server, tiny models of all families and pre-tokenisers"},
		&cli.IntFlag{Name: "scenes", Category: groupFuzz, Value: 6, Usage: "`N` patterns of requests for each server start: fewer make reproducers simpler, more make use of a long load"},
		&cli.StringFlag{Name: "minimize-share", Category: groupFuzz, Value: "50%", Usage: "`SHARE` of all starts that shrinking new faults may take; 0 for none"},
		&cli.StringFlag{Name: "corpus", Category: groupFuzz, Value: corpusLatest, Usage: "replay first what an earlier campaign found: `latest|none|RUN`"},
		&cli.BoolFlag{Name: "random", Category: groupFuzz, Usage: "draw all scenes alike, whatever was seen before"},
		resumeFlag(), retryLostFlag(),
	}
}

const (
	corpusLatest = "latest"
	corpusNone   = "none"
)

// campaign is what the flags of a hunt say.
type campaign struct {
	targets  []plan.Target // one, as asked for
	set      fuzz.Settings
	vary     []string
	settings trial.Settings
	limits   harness.Limits
}

func readCampaign(c *cli.Command, file *labfile.File) (k campaign, err error) {
	if k.set, err = campaignOf(c); err != nil {
		return k, err
	}
	if k.vary, err = varied(c.String("vary")); err != nil {
		return k, err
	}
	if k.limits, err = limitsOf(c); err != nil {
		return k, err
	}
	if k.targets, err = targetsOf(c, file); err != nil {
		return k, err
	}
	if len(k.targets) > 1 {
		return k, fmt.Errorf("the lab file lists %d targets, and a hunt has one; pick it with --name, --backend and --topology", len(k.targets))
	}
	k.settings = trial.Settings{Starts: 1, Attempts: 1, Isolation: "config", Reply: k.set.Space.Reply}
	k.set.Space.Batch, k.set.Space.MicroBatch = trial.Batch(k.targets[0].Args), trial.MicroBatch(k.targets[0].Args)
	return k, checkServerFlags(c)
}

// campaignOf reads the numbers.
func campaignOf(c *cli.Command) (set fuzz.Settings, err error) {
	set = fuzz.Settings{
		Seed: c.Uint64("seed"), Random: c.Bool("random"), Scenes: c.Int("scenes"),
		Starts: c.Int("max-starts"), Hours: c.Duration("budget").Hours(), Space: fuzz.Space{Reply: c.Int("reply")},
	}
	var slot, longest []int
	if err := readSizes(c, map[string]*[]int{"np": &set.Space.NP, "ps": &slot, "longest": &longest}); err != nil {
		return set, err
	}
	for flag, sizes := range map[string][]int{"ps": slot, "longest": longest} {
		if len(sizes) > 1 {
			return set, fmt.Errorf("--%s %q lists several sizes; give one", flag, c.String(flag))
		}
	}
	for _, n := range []string{"scenes", "reply"} {
		if c.Int(n) < 1 {
			return set, fmt.Errorf("--%s %d tests nothing; give 1 or more", n, c.Int(n))
		}
	}
	set.Space.Slot = (slot[0] + 255) / 256 * 256
	if len(longest) > 0 {
		set.Space.Longest = longest[0]
	}
	if set.Share, err = shareOf(c.String("minimize-share")); err != nil {
		return set, fmt.Errorf("--minimize-share: %w", err)
	}
	if set.Share == 0 {
		set.Share = -1 // none, where zero is the default
	}
	if err := set.WithDefaults().Validate(); err != nil {
		return set, err
	}
	return set, nil
}

// shareOf reads 50% or 0.5.
func shareOf(text string) (float64, error) {
	digits, percent := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(digits, 64)
	if percent {
		share /= 100
	}
	if err != nil || !(share >= 0 && share <= 1) {
		return 0, fmt.Errorf("%q is no share; write one from 0%% to 100%%", text)
	}
	return share, nil
}

// What may vary beside prompts and their order.
const (
	varyAPI    = "api"
	varyFlags  = "flags"
	varyModels = "models"
)

func varied(text string) ([]string, error) {
	if text == "none" || text == "" {
		return nil, nil
	}
	list := strings.Split(text, ",")
	for _, w := range list {
		if !slices.Contains([]string{varyAPI, varyFlags, varyModels}, w) {
			return nil, fmt.Errorf("--vary %q is not known; write a list of api, flags and models, or none", w)
		}
	}
	return list, nil
}
