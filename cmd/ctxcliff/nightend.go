package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ctxcliff/harness/night"
	"ctxcliff/reports"
)

// nightFile is what a night keeps of itself.
const nightFile = "night.json"

// keepNight writes the night as it stands, in one step.
func (w *watch) keepNight() error {
	text, err := json.MarshalIndent(w.Night, "", "  ")
	if err == nil {
		err = writeFile(filepath.Join(w.dir, nightFile), func(o io.Writer) error { _, err := o.Write(append(text, '\n')); return err })
	}
	if err != nil {
		return trouble(fmt.Errorf("keep the state of the night: %w", err))
	}
	return nil
}

// nightsIn are the nights of a directory, the newest first.
func nightsIn(dir string) (list []night.Night, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read the nights before: %w", err)
	}
	for _, e := range slices.Backward(entries) { // ids sort by time
		if !isNight(filepath.Join(dir, e.Name())) {
			continue
		}
		n, err := readNight(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

// readNight reads what a night keeps of itself.
func readNight(dir string) (n night.Night, err error) {
	text, err := os.ReadFile(filepath.Join(dir, nightFile))
	if err == nil {
		err = json.Unmarshal(text, &n)
	}
	if err != nil {
		return n, fmt.Errorf("read the night %s: %w; take it away if it is none", dir, err)
	}
	return n, nil
}

// finish compares the night with those before, writes its reports, says what it came to, tells whoever is to be
// told, and deletes what is old. What fails of these does not keep the others from being done.
func (w *watch) finish(ctx context.Context, interrupted bool) error {
	before, err := nightsIn(w.nights)
	before = slices.DeleteFunc(before, func(n night.Night) bool { return n.ID == w.ID })
	w.Status = night.Finished
	var compared *reports.Difference
	if interrupted {
		w.Status = night.Interrupted
	} else if err == nil {
		compared, err = w.compareNights(ctx, before)
	}
	w.Ended = time.Now().UTC()
	w.Conclude()
	if interrupted {
		w.Exit, w.Why = exitInterrupted, "it was interrupted"
	}
	err = errors.Join(err, w.report(ctx, compared))
	if !interrupted {
		err = errors.Join(err, w.prune(ctx, append([]night.Night{w.Night}, before...)))
	}
	if err != nil && w.Exit == exitClean {
		w.Exit, w.Why = exitTrouble, "the night itself: "+firstLine(err)
	}
	err = errors.Join(err, w.keepNight(), w.summarize(compared))
	w.tell(ctx, compared)
	return err
}

func firstLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

// compareNights compares what this night measured with what the latest ones before did, taken together.
func (w *watch) compareNights(ctx context.Context, before []night.Night) (*reports.Difference, error) {
	earlier := reports.Side{Recent: true}
	var names []string
	for _, n := range before {
		if len(names) == w.compare {
			break
		}
		runs := n.Runs("screen", "bisect")
		if n.Status != night.Finished || n.DB != w.db || len(runs) == 0 {
			continue
		}
		names = append(names, n.ID)
		if err := w.add(ctx, &earlier, runs); err != nil {
			return nil, err
		}
	}
	now := reports.Side{Name: "this night"}
	if err := w.add(ctx, &now, w.Runs("screen", "bisect")); err != nil || len(names) == 0 || len(now.Runs) == 0 {
		return nil, err
	}
	earlier.Name = fmt.Sprintf("%d nights before", len(names))
	d := reports.Diff(earlier, now)
	w.Diff = &night.Outcome{Nights: names, Says: d.Total(), Code: exitCode(d.Exit())}
	return &d, nil
}

func (w *watch) add(ctx context.Context, side *reports.Side, runs []string) error {
	for _, id := range runs {
		record, err := w.record(ctx, id)
		if err != nil {
			return err
		}
		side.Runs = append(side.Runs, record)
	}
	return nil
}

// report writes the reports of all steps, and the comparison, into the night's directory.
func (w *watch) report(ctx context.Context, d *reports.Difference) (trouble error) {
	_ = os.Remove(w.stepOutput())
	for _, s := range w.Steps {
		if s.Run == "" {
			continue
		}
		record, err := w.record(ctx, s.Run)
		if err != nil {
			trouble = errors.Join(trouble, err)
			continue
		}
		summary, err := w.summary(record)
		trouble = errors.Join(trouble, err)
		shown := w.redactor().Summary(summary)
		name := s.Name
		if about := cmp.Or(s.Fault, s.Target); about != "" {
			name += "-" + about
		}
		for _, format := range w.formats {
			file := filepath.Join(w.dir, name+reports.Ending(format))
			trouble = errors.Join(trouble, writeFile(file, func(o io.Writer) error {
				return reports.Write(o, format, shown, reports.TextOptions{Glyphs: true, Width: 100})
			}))
		}
	}
	if d == nil {
		return trouble
	}
	shown := w.redactor().Difference(*d)
	for _, format := range reports.DiffFormats() {
		trouble = errors.Join(trouble, writeFile(filepath.Join(w.dir, "diff"+reports.Ending(format)), func(o io.Writer) error {
			return reports.WriteDiff(o, format, shown, reports.TextOptions{Glyphs: true, Width: 100})
		}))
	}
	return trouble
}

// stepOutput is where steps write what is read from the store afterwards.
func (w *watch) stepOutput() string { return filepath.Join(w.dir, ".step") }

func (w *watch) redactor() *reports.Redactor {
	if w.plain {
		return nil
	}
	return reports.NewRedactor(identity())
}

// summarize prints one screen of what the night came to, and keeps it.
func (w *watch) summarize(d *reports.Difference) error {
	width, _ := isTerminal(w.stdout)
	show := func(o io.Writer, opt reports.TextOptions) error {
		if d == nil {
			return reports.NightText(o, w.Night, nil, w.dir, opt)
		}
		shown := w.redactor().Difference(*d)
		return reports.NightText(o, w.Night, &shown, w.dir, opt)
	}
	err := writeFile(filepath.Join(w.dir, "summary.txt"), func(o io.Writer) error {
		return show(o, reports.TextOptions{Glyphs: true, Width: 80})
	})
	return errors.Join(err, show(w.stdout, reports.TextOptions{Color: colour(w.stdout), Glyphs: glyphs(), Width: width}))
}

// patience is how long a command that is told of a night may take.
const patience = time.Minute

// tell runs the command of the user's choice, with all that is known of the night on its standard input. That
// it fails is said, and changes nothing.
func (w *watch) tell(ctx context.Context, d *reports.Difference) {
	if len(w.notify) == 0 {
		return
	}
	var text bytes.Buffer
	if err := reports.NightJSON(&text, w.Night, shownOr(w.redactor(), d), w.dir); err != nil {
		w.say("night: tell of it: %v", err)
		return
	}
	ctx, done := context.WithTimeout(ctx, patience)
	defer done()
	command := exec.CommandContext(ctx, w.notify[0], w.notify[1:]...)
	command.Stdin, command.Stdout, command.Stderr = &text, w.stderr, w.stderr
	command.Env = append(os.Environ(), fmt.Sprintf("CTXCLIFF_NIGHT_EXIT=%d", w.Exit))
	command.WaitDelay = time.Second
	if err := command.Run(); err != nil {
		w.say("night: --notify %s: %v; the night itself is not touched by that", w.notify[0], err)
	}
}

func shownOr(r *reports.Redactor, d *reports.Difference) *reports.Difference {
	if d == nil {
		return nil
	}
	shown := r.Difference(*d)
	return &shown
}
