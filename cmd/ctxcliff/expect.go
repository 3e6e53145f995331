package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness/expect"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/spelling"
	"ctxcliff/harness/trial"
	"ctxcliff/reports"
)

func expectFlag() cli.Flag {
	return &cli.StringFlag{Name: "expect", Category: groupOutput, Usage: "hold the result against lists of what is known to fail, flake or be skipped: a `DIR` of them, or one FILE", TakesFile: true}
}

// expected is what the flag says; nil it was not given.
func (t *terminal) expected(c *cli.Command, tested []trial.Tested) (expect.Set, error) {
	if c.String("expect") == "" {
		return nil, nil
	}
	return t.expectations(c.String("expect"), tested)
}

// expectations are those of a directory that are about the targets, or one file, which is about all.
func (t *terminal) expectations(path string, tested []trial.Tested) (expect.Set, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("--expect: there is no %s; name a directory of lists, or one list", path)
	case err != nil:
		return nil, fmt.Errorf("--expect: %w", err)
	case !info.IsDir():
		f, err := readExpectations(path)
		return expect.Set{f}, err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("--expect: %w", err)
	}
	all, names := expect.Set{}, []string{}
	for _, e := range entries {
		if e.IsDir() || filepath.Ext(e.Name()) != ".txt" {
			continue
		}
		if _, ok := expect.KindOf(e.Name()); !ok {
			return nil, expect.NameError(filepath.Join(path, e.Name()))
		}
		names = append(names, e.Name())
	}
	for _, v := range tested {
		place := expect.PlaceOf(v.Target, v.Server.Devices)
		got, err := ofPlace(path, place, v.Target.ID(), names)
		if err != nil {
			return nil, err
		}
		if len(got) == 0 {
			t.say("%s", nothingExpected(path, place, names))
		}
		all = append(all, got...)
	}
	everywhere, err := ofPlace(path, expect.Everywhere, "", names)
	return append(all, everywhere...), err
}

// nothingExpected says that a target has no lists, and which ones may have been meant for it.
func nothingExpected(dir string, place expect.Place, names []string) string {
	line := fmt.Sprintf("%s holds no list for %s: every failure there is new", dir, place)
	if meant := spelling.Near(place.File(expect.Fails), names); meant != "" {
		line += fmt.Sprintf("; is %s meant for it?", meant)
	}
	return line
}

// ofPlace are the lists of a place that a directory holds.
func ofPlace(dir string, place expect.Place, target string, names []string) (all expect.Set, err error) {
	for _, k := range expect.Kinds() {
		if !slices.Contains(names, place.File(k)) {
			continue
		}
		f, err := readExpectations(filepath.Join(dir, place.File(k)))
		if err != nil {
			return nil, err
		}
		f.Target = target
		all = append(all, f)
	}
	return all, nil
}

func readExpectations(path string) (expect.File, error) {
	data, err := readSmall(path)
	if err != nil {
		return expect.File{}, fmt.Errorf("read a list of expectations: %w", err)
	}
	return expect.Read(path, data)
}

// skipped leaves out what the lists say is not to be run.
func skipped(p plan.Plan, all expect.Set) (plan.Plan, error) {
	left := p.Omit(func(c plan.Cell) (string, bool) { return all.Skip(c.ID()) })
	if len(left.Configurations) == 0 && len(p.Configurations) > 0 {
		return left, fmt.Errorf("nothing to test: all cells are %s", left.Skips[len(left.Skips)-1].Reason)
	}
	return left, nil
}

// against holds a summary against the lists; nil leaves it as it is.
func (t *terminal) against(s reports.Summary, all expect.Set) reports.Summary {
	if all == nil {
		return s
	}
	s = s.Against(all)
	for _, idle := range s.Gate.Idle {
		t.say("%s", idle)
	}
	return s
}

// writeBaseline writes what failed in a run as what is expected of the next one, for each of its targets.
func (t *terminal) writeBaseline(c *cli.Command, record trial.Record, s reports.Summary) error {
	dir := c.String("write-baseline")
	if record.Search != nil || record.Story != nil {
		return usage(fmt.Errorf("run %s is a %s, and baselines are made of screens; ctxcliff report --list shows the runs", record.Run.ID, record.Run.Command))
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !isDir(dir) {
		return usage(fmt.Errorf("--write-baseline: %s is no directory, and cannot be made one; make it first", dir))
	}
	link := c.String("bug-report")
	for i, v := range record.Run.Tested() {
		place := expect.PlaceOf(v.Target, v.Server.Devices)
		var files [2]expect.File
		for n, k := range []expect.Kind{expect.Fails, expect.Flakes} {
			path := filepath.Join(dir, place.File(k))
			f, err := readExpectations(path)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				f = expect.NewFile(path, place, k)
			case err != nil:
				return usage(err)
			}
			files[n] = f
		}
		made := expect.Made{Run: s.Run.ID, Build: cmp.Or(s.Targets[i].Build.String(), "unknown"), Link: link}
		fails, flakes := expect.Next(files[0], files[1], s.Seen(v.Target.ID()), made)
		for _, f := range []expect.File{fails, flakes} {
			if err := t.writeList(f); err != nil {
				return err
			}
		}
	}
	return nil
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// writeList writes a list, unless there is nothing to say and no file that says otherwise.
func (t *terminal) writeList(f expect.File) error {
	if _, err := os.Stat(f.Name); errors.Is(err, fs.ErrNotExist) && len(f.Entries) == 0 && len(f.Tail) == 0 {
		return nil
	}
	err := writeFile(f.Name, func(w io.Writer) error {
		_, err := w.Write(f.Bytes())
		return err
	})
	if err != nil {
		return trouble(fmt.Errorf("write the baseline: %w", err))
	}
	line := fmt.Sprintf("%s: %d entries", f.Name, len(f.Entries))
	if f.Kind == expect.Flakes && slices.ContainsFunc(f.Tail, func(l string) bool { return strings.HasPrefix(l, "# Bug Report: write") }) {
		line += "; what is new there waits for the address of a report, and counts as a new failure until then"
	}
	t.say("%s", line)
	return nil
}

// gated holds a stored run against the expectations that the flag names.
func (t *terminal) gated(c *cli.Command, record trial.Record, s reports.Summary) (reports.Summary, error) {
	if c.String("expect") != "" && (record.Search != nil || record.Story != nil) {
		return s, fmt.Errorf("run %s is a %s, and expectations are about screens; ctxcliff report --list shows the runs", record.Run.ID, record.Run.Command)
	}
	all, err := t.expected(c, record.Run.Tested())
	if err != nil {
		return s, err
	}
	return t.against(s, all), nil
}

// redactedFaults is the summary with nothing sensitive in what its faults say: they become comments of a list.
func redactedFaults(c *cli.Command, s reports.Summary) reports.Summary {
	r := redactor(c)
	s.Cells = slices.Clone(s.Cells)
	for i := range s.Cells {
		if f := s.Cells[i].Fault; f != nil {
			told := r.Fault(*f)
			s.Cells[i].Fault = &told
		}
		s.Cells[i].Reason = r.Text(s.Cells[i].Reason)
	}
	return s
}
