package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/harness/expect"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/reports"
	"ctxcliff/store"
)

// session is one run being made: where it is kept, and who watches.
type session struct {
	db       *store.Store
	run      trial.Run
	dir      string // for logs and reports
	recorder *store.Recorder
	progress *reports.Progress
	clock    *harness.Stopwatch // since the beginning of the run; nil: it was taken up
	stop     func()             // ends the watching
	expected expect.Set         // what the result is held against; nil: nothing
}

// newRun is a run that begins now.
func newRun(c *cli.Command, labs harness.Labs, s trial.Settings) trial.Run {
	first, all := labs[0], labs.Tested()
	return trial.Run{
		ID: newRunID(time.Now()), Command: c.Name, Argv: os.Args[1:], Version: version, Seed: c.Uint64("seed"),
		Began: time.Now().UTC(), Status: trial.Running, Settings: s,
		Host: first.Host, Target: first.Target, Server: first.Binary, Model: first.Model, Others: all[1:],
	}
}

// begin stores a new run with its plan and begins to watch it.
func (t *terminal) begin(ctx context.Context, c *cli.Command, db *store.Store, run trial.Run, p plan.Plan) (*session, error) {
	if err := reserve(targetsTested(run), "run "+run.ID); err != nil {
		return nil, err
	}
	dir, err := makeRunDir(c, run.ID)
	if err != nil {
		return nil, err
	}
	if t.argv != nil {
		run.Argv = t.argv
	}
	t.tellBegan(run.ID)
	recorder, err := db.Begin(ctx, run, p)
	if err != nil {
		return nil, trouble(err)
	}
	return t.watch(&session{db: db, run: run, dir: dir, recorder: recorder, clock: harness.StartWatch()}, p), nil
}

// tellBegan tells whoever called the command which run it makes, before that is stored.
func (t *terminal) tellBegan(run string) {
	if t.began != nil {
		t.began(run)
	}
}

// takeUp goes on with a run that ended before it was finished.
func (t *terminal) takeUp(ctx context.Context, c *cli.Command, db *store.Store, run trial.Run, p plan.Plan) (*session, error) {
	if err := reserve(targetsTested(run), "run "+run.ID); err != nil {
		return nil, err
	}
	dir, err := makeRunDir(c, run.ID)
	if err != nil {
		return nil, err
	}
	t.tellBegan(run.ID)
	recorder, err := db.Resume(ctx, run.ID, harness.SurveyHost().BootID)
	if err != nil {
		return nil, usage(err)
	}
	run.Status, run.Ended = trial.Running, time.Time{}
	return t.watch(&session{db: db, run: run, dir: dir, recorder: recorder}, p), nil
}

func targetsTested(run trial.Run) (list []plan.Target) {
	for _, t := range run.Tested() {
		list = append(list, t.Target)
	}
	return list
}

func makeRunDir(c *cli.Command, id string) (string, error) {
	dir := runDir(c.String("db"), id)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", trouble(fmt.Errorf("make the directory for logs: %w", err))
	}
	return dir, nil
}

// past is what the run that is taken up has behind it; nil of a new one.
func (t *terminal) past() map[string]*trial.Past {
	if t.resuming == nil {
		return nil
	}
	return t.resuming.Pasts()
}

func (t *terminal) watch(s *session, p plan.Plan) *session {
	width, watched := isTerminal(t.stderr)
	s.progress = reports.NewProgress(t.stderr, watched, width, time.Now)
	s.progress.Observe(trial.RunBegan{Run: s.run, Plan: p, Past: t.past()})
	s.stop = everySecond(s.progress.Redraw)
	return s
}

// rig is what the session's walk needs.
func (s *session) rig(c *cli.Command, labs harness.Labs, limits harness.Limits) harness.Rig {
	return harness.Rig{
		Settings: s.run.Settings, Seed: s.run.Seed, Labs: labs, Limits: limits,
		Port: c.Int("port"), LogDir: s.dir, Recorder: s.recorder, Listener: s.progress, Canary: !c.Bool("no-canary"),
	}
}

// noteAll records sentences for the report.
func (s *session) noteAll(ctx context.Context, sentences []string) error {
	for _, text := range sentences {
		if err := s.recorder.Note(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// end records how the run went, prints it as it is stored, writes the full report, and finds the exit
// code. ran is what the walk returned.
func (t *terminal) end(ctx context.Context, c *cli.Command, s *session, status trial.RunStatus, ran error) error {
	s.stop()
	s.run.Ended, s.run.Status = time.Now().UTC(), status
	if s.clock != nil { // the clock may have been set
		s.run.Ended = s.run.Began.Add(s.clock.Elapsed())
	}
	s.progress.Observe(trial.RunEnded{Run: s.run})
	// From here on Ctrl-C no longer counts: what was measured is recorded and shown.
	ctx = context.WithoutCancel(ctx)
	if err := s.recorder.End(ctx, s.run.Status, s.run.Ended); err != nil {
		return trouble(errors.Join(ran, err))
	}
	return t.finish(ctx, c, s, ran)
}

// finish prints the run as it is stored, writes the full report, and finds the exit code.
func (t *terminal) finish(ctx context.Context, c *cli.Command, s *session, ran error) error {
	record, err := s.db.Overview(ctx, s.run.ID)
	if err != nil {
		return trouble(errors.Join(ran, err))
	}
	summary := t.against(reports.Summarize(record), s.expected)
	shown := redactor(c).Summary(summary)
	rendered := t.render(c, shown) // whatever becomes of it, the files are written
	full := filepath.Join(s.dir, "report.md")
	if err := writeFile(full, func(w io.Writer) error { return reports.Markdown(w, shown) }); err != nil {
		return trouble(errors.Join(ran, fmt.Errorf("write the full report: %w", err)))
	}
	page := filepath.Join(s.dir, "report.html")
	if err := writeFile(page, func(w io.Writer) error { return reports.HTML(w, shown) }); err != nil {
		return trouble(errors.Join(ran, fmt.Errorf("write the page: %w", err)))
	}
	t.say("full report: %s, and for a browser: %s", full, page)
	t.say("again in any format: ctxcliff report %s%s -o %s", dbArgument(c), s.run.ID, strings.Join(reports.Formats(), "|"))
	switch {
	case errors.Is(ran, context.Canceled):
		return silent(exitInterrupted)
	case ran != nil:
		return trouble(ran)
	case rendered != nil:
		return rendered
	}
	return silent(exitCode(summary.Exit()))
}
