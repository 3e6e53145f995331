package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/shlex"
	"github.com/urfave/cli/v3"

	"ctxcliff/harness/labfile"
	"ctxcliff/harness/night"
	"ctxcliff/harness/spelling"
	"ctxcliff/reports"
)

func nightlyCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:  "nightly",
		Usage: "screen, edges, known reproducers, comparison and reports, from one file, unattended",
		Description: "Runs the steps one after the other: screen, held against --expect; bisect; repro of known faults that\n" +
			"this night's screen did not show, those replayed longest ago first; fuzz, which replays what it found before. Then it compares the night with those\n" +
			"before, writes all reports into a directory of its own below --nights, prints one screen of summary, tells\n" +
			"--notify, and deletes old logs: see --keep. Never two nights at once on a machine.\n\n" +
			"  ctxcliff nightly -c night.yaml\n" +
			"  ctxcliff nightly -c night.yaml --install-timer\n\n" +
			"Exit codes: 1 the screen has something unexpected, or something is surely worse than in the nights before;\n" +
			"3 a step could not do its work, or another night is under way; 4 nothing was tested; 130 interrupted; else 0.\n" +
			"A night that was interrupted or killed goes on with --resume: what was done is not done again.",
		Flags: nightlyFlags(),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			set, err := nightOf(c)
			if err != nil {
				return usage(err)
			}
			switch {
			case c.Bool("install-timer"):
				return t.printTimer(set)
			case c.Bool("dry-run"):
				return t.nightPlan(ctx, set)
			}
			return t.nightly(ctx, set)
		},
	}
}

const groupNight = "the night"

func nightlyFlags() []cli.Flag {
	return []cli.Flag{
		configFlag(), dbFlag(), expectFlag(), noRedactFlag(),
		&cli.StringFlag{Name: "steps", Category: groupNight, Value: strings.Join(night.Names(), ","), Usage: "`LIST` of what is done, in this order"},
		&cli.StringFlag{Name: "nights", Category: groupNight, Value: "nights", Usage: "`DIR` that gets a directory for each night", TakesFile: true},
		&cli.StringFlag{Name: "formats", Category: groupNight, Value: "md,html,json,junit", Usage: "`LIST` of formats of the reports"},
		&cli.IntFlag{Name: "compare", Category: groupNight, Value: 3, Usage: "compare with the latest `N` nights, taken together"},
		&cli.IntFlag{Name: "reproducers", Category: groupNight, Value: 10, Usage: "replay at the most `N` known faults"},
		&cli.IntFlag{Name: "keep", Category: groupNight, Value: 14, Usage: "keep logs and reports of the latest `N` nights; of older ones stay what the store holds, the summaries, and the logs that show a fault for the first time, the last time, or with its shortest prompt"},
		&cli.IntFlag{Name: "give-up", Category: groupNight, Value: 8, Usage: "leave a target alone for this night when it broke `N` times in a row"},
		&cli.StringFlag{Name: "notify", Category: groupNight, Usage: "run `COMMAND` in the end, with the night as JSON on its standard input; quotes as in a shell, and no shell is run"},
		&cli.StringFlag{Name: "lock", Category: groupNight, Usage: "`FILE` that only one night can hold (default: one for this user and machine)", TakesFile: true},
		&cli.StringFlag{Name: "at", Category: groupNight, Value: "01:30", Usage: "`TIME` that the timer of --install-timer begins a night at"},
		&cli.DurationFlag{Name: "budget", HideDefault: true, Category: groupRun, Usage: "end the night within this much `TIME`, such as 8h; a step gets at the most 60 % of what is left, the last all of it"},
		&cli.IntFlag{Name: "max-starts", HideDefault: true, Category: groupRun, Usage: "launch no more than `N` servers in a night, shared in the same way"},
		&cli.BoolFlag{Name: "resume", Category: groupRun, Usage: "go on with the latest night if it was not finished"},
		retryLostFlag(),
		&cli.BoolFlag{Name: "dry-run", Category: groupRun, Usage: "print what would be done, and stop"},
		&cli.BoolFlag{Name: "install-timer", Category: groupNight, Usage: "print a systemd timer and its service for this user, and how to install them; nothing is installed"},
	}
}

// nightSettings are what file and flags say of a night.
type nightSettings struct {
	lab, db, nights, lock, at, expect string
	steps, formats, notify            []string
	compare, reproducers, keep        int
	giveUp                            int
	limits                            night.Limits
	goOn, retryLost, plain            bool
	file                              *labfile.File
}

func nightOf(c *cli.Command) (s nightSettings, err error) {
	if c.String("config") == "" {
		return s, errors.New("nightly needs the file that says what to test: -c night.yaml; see cmd/ctxcliff/examples/night.yaml")
	}
	if s.file, err = configure(c); err != nil {
		return s, err
	}
	s.lab, s.db, s.nights, s.lock, s.at, s.expect = c.String("config"), c.String("db"), c.String("nights"), c.String("lock"), c.String("at"), c.String("expect")
	s.compare, s.reproducers, s.keep, s.giveUp = c.Int("compare"), c.Int("reproducers"), c.Int("keep"), c.Int("give-up")
	s.limits = night.Limits{Time: c.Duration("budget"), Starts: c.Int("max-starts")}
	s.goOn, s.retryLost, s.plain = c.Bool("resume"), c.Bool("retry-lost"), c.Bool("no-redact")
	return s, located(s.file, s.check(c))
}

// check reads the lists, and refuses what makes no sense, before a night is spent on it.
func (s *nightSettings) check(c *cli.Command) (err error) {
	if s.steps, err = wordsOf(c, "steps", night.Names()); err != nil {
		return err
	}
	if s.formats, err = wordsOf(c, "formats", reports.Formats()); err != nil {
		return err
	}
	if s.notify, err = shlex.Split(c.String("notify")); err != nil || c.IsSet("notify") && len(s.notify) == 0 {
		return fmt.Errorf("--notify %q names no command; write one as you would for a shell", c.String("notify"))
	}
	for flag, least := range map[string]int{"compare": 0, "reproducers": 0, "keep": 1, "give-up": 1, "max-starts": 1} {
		if c.IsSet(flag) && c.Int(flag) < least {
			return fmt.Errorf("--%s %d is too small; give %d or more", flag, c.Int(flag), least)
		}
	}
	if c.IsSet("budget") && s.limits.Time <= 0 {
		return errors.New("--budget must be above zero; leave it out for no limit")
	}
	if s.expect != "" {
		if _, err := os.Stat(s.expect); err != nil {
			return fmt.Errorf("--expect: there is no %s; name a directory of lists, or one list", s.expect)
		}
	}
	if s.lock == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("find a place for the lock of nights: %w; set HOME, or give --lock", err)
		}
		s.lock = filepath.Join(cache, "ctxcliff", "night.lock")
	}
	return nil
}

// wordsOf reads a list of known words.
func wordsOf(c *cli.Command, flag string, known []string) (list []string, err error) {
	for word := range strings.SplitSeq(c.String(flag), ",") {
		word = strings.TrimSpace(word)
		switch meant := spelling.Near(word, known); {
		case slices.Contains(known, word):
			list = append(list, word)
		case meant != "":
			return nil, fmt.Errorf("--%s: %q is not known; did you mean %q?", flag, word, meant)
		default:
			return nil, fmt.Errorf("--%s: %q is not known; write some of %s", flag, word, strings.Join(known, ", "))
		}
	}
	// In the order in which they make sense.
	return slices.DeleteFunc(slices.Clone(known), func(w string) bool { return !slices.Contains(list, w) }), nil
}
