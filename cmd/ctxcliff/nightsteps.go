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
	"time"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/harness/night"
	"ctxcliff/harness/trial"
	"ctxcliff/reports"
	"ctxcliff/store"
)

// watch is a night being made.
type watch struct {
	*terminal
	nightSettings
	night.Night
	dir string // for its reports
}

// nightly makes a night, or goes on with one.
func (t *terminal) nightly(ctx context.Context, set nightSettings) error {
	if err := t.checkSteps(ctx, set); err != nil {
		return err
	}
	if err := os.MkdirAll(set.nights, 0o755); err != nil {
		return trouble(fmt.Errorf("make the directory of nights: %w", err))
	}
	release, err := lockNight(set.lock)
	if err != nil {
		return trouble(err)
	}
	defer release()
	w := &watch{terminal: t, nightSettings: set}
	if err := w.begin(); err != nil {
		return err
	}
	ran := w.walk(ctx)
	// From here on Ctrl-C no longer counts: what was measured is compared and shown.
	err = w.finish(context.WithoutCancel(ctx), ran != nil)
	if ran != nil {
		t.say("go on with: ctxcliff nightly -c %s %s--nights %s --resume", set.lab, set.dbArgument(), set.nights)
		return silent(exitInterrupted)
	}
	if err != nil {
		return trouble(err)
	}
	return silent(w.Exit)
}

// dbArgument names the database, unless the file does that.
func (s nightSettings) dbArgument() string {
	if len(s.file.Settings["db"]) > 0 || s.db == defaultDB {
		return ""
	}
	return "--db " + s.db + " "
}

// begin begins a night, or takes the latest one up.
func (w *watch) begin() error {
	w.Night = night.Night{ID: newRunID(time.Now()), Lab: w.lab, DB: w.db, Began: time.Now().UTC(), Status: night.Running}
	if w.goOn {
		before, err := nightsIn(w.nights)
		if err != nil {
			return trouble(err)
		}
		if len(before) == 0 || before[0].Status == night.Finished {
			return usage(fmt.Errorf("%s holds no unfinished night; begin one without --resume", w.nights))
		}
		w.Night = before[0]
		w.Status = night.Running
	}
	w.dir = filepath.Join(w.nights, w.ID)
	if err := os.MkdirAll(w.dir, 0o755); err != nil {
		return trouble(fmt.Errorf("make the directory of the night: %w", err))
	}
	return w.keepNight()
}

// walk makes the steps that are still to be made. Its error is that it was interrupted.
func (w *watch) walk(ctx context.Context) error {
	for i, name := range w.steps {
		after := len(w.steps) - 1 - i
		switch name {
		case "repro":
			w.replay(ctx, after)
		case "fuzz":
			w.fuzzAll(ctx, after)
		default:
			w.step(ctx, night.Step{Name: name}, after, w.arguments(name)...)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// arguments are those of a step that takes the file as it is, apart from its limits.
func (w *watch) arguments(name string) []string {
	args := []string{"-c", w.lab, "--db", w.db}
	switch name {
	case "screen":
		args = append(args, "--give-up", fmt.Sprint(w.giveUp))
		if w.expect != "" {
			args = append(args, "--expect", w.expect)
		}
	case "bisect":
		for _, target := range w.GaveUp {
			args = append(args, "--exclude", target+"__*")
		}
	}
	return args
}

// step makes one step, if it is still to be made and there is time and loads for it.
func (w *watch) step(ctx context.Context, s night.Step, after int, args ...string) {
	was, begun := w.Begun(s)
	if was.Done {
		return
	}
	share, ok := w.limits.Share(w.Night, after)
	if !ok {
		w.say("night: no time or loads are left for %s", cmp.Or(s.Fault, strings.TrimSpace(s.Name+" "+s.Target)))
		return
	}
	run := ""
	if begun && w.goesOn(s.Name) {
		run = was.Run
	}
	began := time.Now()
	if s.Began = began.UTC(); run != "" {
		s.Run, s.Starts = run, was.Starts
		s.Code = w.make(ctx, &s, share, w.takingUp(run)...)
	}
	if run == "" || s.Code == exitUsage { // what was begun cannot be taken up: the build is another one, say
		s.Run, s.Starts = "", 0
		s.Code = w.make(ctx, &s, share, args...)
	}
	s.Took = time.Since(began) // not since s.Began: UTC() knows only what the clock says, and it may be set
	w.learn(context.WithoutCancel(ctx), &s)
	s.Done = s.Code != exitInterrupted
	w.put(s)
}

// takingUp are the arguments that take up a run.
func (w *watch) takingUp(run string) []string {
	args := []string{"--db", w.db, "--resume"}
	if w.retryLost {
		args = append(args, "--retry-lost")
	}
	return append(args, run)
}

// make runs the command of a step, within its share.
func (w *watch) make(ctx context.Context, s *night.Step, share night.Limits, args ...string) int {
	if share.Time > 0 {
		args = append([]string{"--budget", share.Time.String()}, args...)
	}
	if share.Starts > 0 {
		args = append([]string{"--max-starts", fmt.Sprint(share.Starts)}, args...)
	}
	w.put(*s)
	w.say("night: %s", strings.Join(append([]string{"ctxcliff", s.Name}, args...), " "))
	return w.call(ctx, append([]string{s.Name, "-o", "json", "--out", w.stepOutput()}, args...), func(run string) {
		s.Run = run
		w.put(*s)
	})
}

// put keeps how a step goes.
func (w *watch) put(s night.Step) {
	w.Put(s)
	if err := w.keepNight(); err != nil {
		w.say("night: %v", err)
	}
}

// call runs a command in this process, as if it had been called so; began is told the run that it makes.
func (w *watch) call(ctx context.Context, argv []string, began func(run string)) int {
	t := newTerminal(w.stdout, w.stderr)
	t.argv, t.began = argv, began
	return t.exit(newApp(t).Run(ctx, append([]string{"ctxcliff"}, argv...)))
}

// goesOn reports whether a command can take up a run of its own.
func (w *watch) goesOn(name string) bool {
	return slices.ContainsFunc(newApp(w.terminal).Commands, func(c *cli.Command) bool {
		return c.Name == name && slices.ContainsFunc(c.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), "resume") })
	})
}

// checkSteps plans what the steps would run, so that a mistake in the file costs no night.
func (t *terminal) checkSteps(ctx context.Context, set nightSettings) error {
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return trouble(err)
	}
	defer nowhere.Close()
	return t.planSteps(ctx, set, nowhere)
}

// planSteps prints what the steps that walk the file's matrix would run.
func (t *terminal) planSteps(ctx context.Context, set nightSettings, to *os.File) error {
	w := &watch{terminal: newTerminal(to, t.stderr), nightSettings: set}
	for _, name := range set.steps {
		if name == "repro" || name == "fuzz" {
			continue // what they ask is known only then
		}
		argv := append([]string{name, "--dry-run"}, w.arguments(name)...)
		if err := newApp(w.terminal).Run(ctx, append([]string{"ctxcliff"}, argv...)); err != nil {
			return err
		}
	}
	return nil
}

// nightPlan prints what a night would do.
func (t *terminal) nightPlan(ctx context.Context, set nightSettings) error {
	for _, name := range set.steps {
		fmt.Fprintf(t.stdout, "step %s\n", name)
	}
	return t.planSteps(ctx, set, t.stdout)
}

// learn finds what a step came to in the store.
func (w *watch) learn(ctx context.Context, s *night.Step) {
	w.Spent += s.Took
	s.Says = "it made no run; its message says why"
	if s.Run == "" {
		return
	}
	record, err := w.record(ctx, s.Run)
	if missing := (*store.Error)(nil); errors.As(err, &missing) && missing.Kind == store.NoRun {
		s.Run = "" // it came no further than the intent
		return
	}
	if err != nil {
		s.Says = err.Error()
		return
	}
	s.Starts = len(record.Starts)
	was, _ := w.Begun(*s)
	w.Starts += s.Starts - was.Starts
	for _, note := range record.Notes {
		if target, ok := harness.GivenUp(note); ok && !slices.Contains(w.GaveUp, target) {
			w.GaveUp = append(w.GaveUp, target)
		}
	}
	summary, err := w.summary(record)
	if err != nil {
		s.Says = err.Error()
		return
	}
	s.Says = summary.InBrief()
	if s.Name == "fuzz" {
		s.New = summary.FirstSeen()
	}
}

func (w *watch) record(ctx context.Context, run string) (trial.Record, error) {
	db, err := store.OpenExisting(ctx, w.db)
	if err != nil {
		return trial.Record{}, err
	}
	defer db.Close()
	return db.Record(ctx, run)
}

// summary is that of a run, a screen's held against expectations.
func (w *watch) summary(record trial.Record) (reports.Summary, error) {
	s := reports.Summarize(record)
	if w.expect == "" || record.Search != nil || record.Story != nil {
		return s, nil
	}
	all, err := (&terminal{stdout: w.stdout, stderr: w.stderr}).expectations(w.expect, record.Run.Tested())
	if err != nil {
		return s, err
	}
	return s.Against(all), nil
}
