package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/trial"
	"ctxcliff/store"
)

func reproCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "repro",
		Usage:     "replay a fault, a cell or an attempt, and say whether it is the same bug",
		ArgsUsage: "ID",
		Description: "ID is a fault (F-64399f20f0), a cell (model__backend__single__np2_ps16k__mixed__8k), the number of an\n" +
			"attempt, or the bundle that ctxcliff faults export wrote, as a directory or FILE.tar.gz. Everything that the server of that attempt was asked is asked again, in order, with the same token\n" +
			"ids, until it has broken three times or was tried ten times; then the last request alone, to learn whether\n" +
			"what came before matters. --server and --model try another build or model.\n\n" +
			"--gone asks only whether it is gone: it ends with the first hit, or after so many clean runs that a bug\n" +
			"which is still there would be so silent in one of a hundred cases, by how often it broke before.\n" +
			"--builds finds the first bad one of a list, old to new, by the same statistics: on each line of the file a\n" +
			"llama-server, its launcher before it if it needs one, and NAME: before both to give it a name.\n\n" +
			"Exit codes: 1 it broke again, 0 it did not, 4 nothing can be said. With --git-bisect: 1 bad, 0 good, 125\n" +
			"cannot be tested, as git bisect run takes them.",
		Flags: concat(targetFlags(), runFlags(), outputFlags(), []cli.Flag{
			resumeFlag(), retryLostFlag(),
			&cli.BoolFlag{Name: "gone", Category: groupRun, Usage: "ask only whether the bug is gone, and stop as soon as that is known"},
			&cli.StringFlag{Name: "builds", Category: groupTarget, Usage: "find the first bad build of those listed in `FILE`, old to new", TakesFile: true},
			&cli.BoolFlag{Name: "original", Category: groupRun, Usage: "with --gone and --builds: run what the attempt was sent, not what minimising left of it"},
			&cli.BoolFlag{Name: "git-bisect", Category: groupOutput, Usage: "as --gone, with exit codes for git bisect run"},
		}),
		Action: func(ctx context.Context, c *cli.Command) error {
			err := t.retell(ctx, c, reproductionOf(c))
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
			resumeFlag(), retryLostFlag(),
			&cli.IntFlag{Name: "runs", HideDefault: true, Category: groupRun, Usage: "stop after `N` runs (default: 40, and 100 for a fault that is flaky)"},
			&cli.BoolFlag{Name: "thorough", Category: groupRun, Usage: "reject a smaller one only after so many clean runs that luck is below 5 %"},
			&cli.BoolFlag{Name: "no-diagnosis", Category: groupRun, Usage: "do not try other settings of the server in the end"},
		}, runFlags(), outputFlags()),
		Action: func(ctx context.Context, c *cli.Command) error { return t.retell(ctx, c, minimisation) },
	}
}

// story makes what is asked of a subject: the settings to keep, and the session that asks.
type story func(c *cli.Command, s subject) (minimize.Story, replayable, error)

// reproductionOf is which of the three the flags ask for.
func reproductionOf(c *cli.Command) story {
	if c.Bool("gone") || c.Bool("git-bisect") {
		return checkOf
	}
	return reproduction
}

func reproduction(c *cli.Command, s subject) (minimize.Story, replayable, error) {
	set := minimize.ReproduceSettings{Scenario: s.scenario, Signatures: s.signatures, Hours: c.Duration("budget").Hours(), Most: c.Int("max-starts")}
	session, err := minimize.Reproduce(set)
	return minimize.Story{Reproduce: &set}, session, err
}

func minimisation(c *cli.Command, s subject) (minimize.Story, replayable, error) {
	set := minimize.Settings{
		Scenario: s.scenario, Signatures: s.signatures, Thorough: c.Bool("thorough"), Runs: c.Int("runs"),
		Hours: c.Duration("budget").Hours(), Batch: trial.Batch(s.target.Args),
	}
	if most := c.Int("max-starts"); most > 0 && (set.Runs == 0 || most < set.Runs) {
		set.Runs = most
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
	if err := checkServerFlags(c); err != nil {
		return usage(err)
	}
	var s subject
	bundled := isBundle(c.Args().First())
	if bundled {
		if s, err = bundledSubject(c.Args().First()); err != nil {
			return usage(err)
		}
	} else if known, err := store.OpenExisting(ctx, c.String("db")); err != nil { // none is made for a fault that is in another
		return unopened(err)
	} else if err := known.Close(); err != nil {
		return trouble(err)
	}
	db, err := store.Open(ctx, c.String("db"))
	if err != nil {
		return unopened(err)
	}
	defer db.Close()
	if err := t.settle(ctx, db); err != nil {
		return trouble(err)
	}
	if !bundled {
		if s, err = findSubject(ctx, db, c.Args().First(), c.String("db")); err != nil {
			return usage(err)
		}
	}
	if err := s.measured(ctx, c, db); err != nil {
		return trouble(err)
	}
	return t.play(ctx, c, db, s, limits, about)
}

// measured finds what is known of a bug where only a check or a bisection is asked for: how often it breaks,
// and the smallest that does.
func (s *subject) measured(ctx context.Context, c *cli.Command, db *store.Store) error {
	if !c.Bool("gone") && !c.Bool("git-bisect") && c.String("builds") == "" || s.digest != nil {
		return nil
	}
	known, err := knownOf(ctx, db, *s)
	if err != nil {
		return err
	}
	known.choose(c.Bool("original"), s)
	s.rate = known.rate()
	return nil
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
