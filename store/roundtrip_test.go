package store

import (
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// texts are what paths, log lines and arguments may hold.
var texts = rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
	"", "\x00", "a\x00b", "\xff\xfe", "it's \"quoted\"; DROP TABLE runs", "<b>&</b>", "\u2028", "null", "{\"base64\":\"AA==\"}", "日本語 😀",
}))

var (
	someTexts = rapid.OneOf(rapid.Just([]string(nil)), rapid.SliceOfN(texts, 0, 3))
	someIDs32 = rapid.OneOf(rapid.Just([]int32(nil)), rapid.SliceOfN(rapid.Int32(), 0, 3))
	// The store keeps microseconds; the years are those that fit into nanoseconds.
	times = rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMicro(rapid.Int64Range(0, math.MaxInt64/1000).Draw(t, "µs")).UTC()
	})
	spans = rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.Int64Range(0, math.MaxInt64/1000).Draw(t, "µs")) * time.Microsecond
	})
	outcomes = rapid.SampledFrom(append(trial.Outcomes(), trial.Unknown))
	classes  = rapid.SampledFrom([]string{"crash.assert", "gpu-fault.memory-access", "unknown"})
	// Few signatures, so that attempts share bugs.
	signatures = rapid.SampledFrom([]string{"GGML_ASSERT(x)", "GPU fault at ADDR", ""})
	shapeTexts = rapid.SampledFrom([]string{"opt", "natural", "mixed", "random", "repeat:contexttoken"})
	statuses   = rapid.SampledFrom([]trial.RunStatus{trial.Running, trial.Finished, trial.Interrupted, trial.Failed})
)

// anything fills a struct of another package by reflection: a field that is added there and not
// stored here fails the test below.
func anything[T any]() *rapid.Generator[T] {
	return rapid.MakeCustom[T](rapid.MakeConfig{
		Types: map[reflect.Type]*rapid.Generator[any]{
			reflect.TypeFor[string]():          texts.AsAny(),
			reflect.TypeFor[[]string]():        someTexts.AsAny(),
			reflect.TypeFor[[]int32]():         someIDs32.AsAny(),
			reflect.TypeFor[time.Time]():       times.AsAny(),
			reflect.TypeFor[time.Duration]():   spans.AsAny(),
			reflect.TypeFor[trial.Outcome]():   outcomes.AsAny(),
			reflect.TypeFor[trial.RunStatus](): statuses.AsAny(),
			reflect.TypeFor[[]trial.Request](): rapid.Just([]trial.Request(nil)).AsAny(),
			reflect.TypeFor[[]trial.Moment]():  rowsOf[trial.Moment]().AsAny(),
			reflect.TypeFor[[]trial.Opinion](): rowsOf[trial.Opinion]().AsAny(),
			reflect.TypeFor[[]trial.Gauge]():   rowsOf[trial.Gauge]().AsAny(),
			reflect.TypeFor[[]trial.Peer]():    rowsOf[trial.Peer]().AsAny(),
			reflect.TypeFor[[]trial.Tested]():  rowsOf[trial.Tested]().AsAny(),
			reflect.TypeFor[*faults.Fault]():   rapid.Just((*faults.Fault)(nil)).AsAny(),
		},
		Fields: map[reflect.Type]map[string]*rapid.Generator[any]{
			reflect.TypeFor[faults.Fault](): {"Class": classes.AsAny(), "Signature": signatures.AsAny()},
		},
	})
}

// rowsOf are lists whose elements have rows of their own: an empty one comes back as nil.
func rowsOf[T any]() *rapid.Generator[[]T] {
	return rapid.Custom(func(t *rapid.T) []T {
		var all []T
		for range rapid.IntRange(0, 3).Draw(t, "rows") {
			all = append(all, anything[T]().Draw(t, "row"))
		}
		return all
	})
}

func drawPlan(t *rapid.T) plan.Plan {
	target := rapid.Just(anything[plan.Target]().Draw(t, "target"))
	if rapid.Bool().Draw(t, "several targets") {
		target = anything[plan.Target]()
	}
	cell := func(c plan.Configuration) plan.Cell {
		return plan.Cell{Configuration: c, Shape: shape(shapeTexts.Draw(t, "shape")), Tokens: rapid.IntRange(1, 1<<31-1).Draw(t, "tokens")}
	}
	var p plan.Plan
	var seen []string
	fresh := func(id string) bool {
		if slices.Contains(seen, id) {
			return false
		}
		seen = append(seen, id)
		return true
	}
	for range rapid.IntRange(1, 3).Draw(t, "configurations") {
		np := rapid.IntRange(1, 256).Draw(t, "np")
		w := plan.Work{Configuration: plan.Configuration{Target: target.Draw(t, "target"), NP: np,
			Ctx: np * rapid.IntRange(1, 1<<20).Draw(t, "ps"), Reply: rapid.IntRange(1, 99).Draw(t, "reply")}}
		if !fresh(w.Configuration.ID()) {
			continue
		}
		for range rapid.IntRange(0, 3).Draw(t, "cells") {
			if c := cell(w.Configuration); fresh(c.ID()) {
				w.Cells = append(w.Cells, c)
			}
		}
		if w.Need = anything[plan.Need]().Draw(t, "need"); len(w.Need.Devices) == 0 {
			w.Need.Devices = nil // no rows are no list
		}
		p.Configurations = append(p.Configurations, w)
		if rapid.Bool().Draw(t, "skips") {
			p.Skips = append(p.Skips, plan.Skip{Cell: cell(w.Configuration), Reason: texts.Draw(t, "reason")})
		}
	}
	return p
}

// TestWhatGoesInComesOut stores random runs in one database, as the harness would, and reads them
// back.
func TestWhatGoesInComesOut(t *testing.T) {
	s := openTemp(t)
	ctx := t.Context()
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		run := anything[trial.Run]().Draw(rt, "run")
		run.ID = fmt.Sprintf("%06d", runs)
		p := drawPlan(rt)
		want := trial.Record{Run: run, Skips: p.Skips}
		rec, err := s.Begin(ctx, run, p)
		must(t, err)
		cellIDs := []string{""}
		for _, w := range p.Configurations {
			want.Cells = append(want.Cells, w.Cells...)
			if w.Need.By != "" {
				want.Needs = append(want.Needs, trial.Need{Configuration: w.Configuration.ID(), Need: w.Need})
			}
			for _, c := range w.Cells {
				cellIDs = append(cellIDs, c.ID())
			}
		}
		for n := 1; n <= rapid.IntRange(0, 3).Draw(rt, "starts"); n++ {
			start := anything[trial.Start]().Draw(rt, "start")
			start.N, start.Configuration = n, rapid.SampledFrom(p.Configurations).Draw(rt, "configuration").Configuration.ID()
			start.ID, err = rec.BeginStart(ctx, start)
			must(t, err)
			if rapid.Bool().Draw(rt, "becomes ready") {
				later := anything[trial.Start]().Draw(rt, "ready start")
				start.Peers, start.Gauges, start.Unobserved, start.LogBytes = later.Peers, later.Gauges, later.Unobserved, later.LogBytes
				must(t, rec.StartReady(ctx, start))
			}
			for m := 1; m <= rapid.IntRange(0, 3).Draw(rt, "attempts"); m++ {
				want.Attempts = append(want.Attempts, drawAttempt(rt, t, rec, start, m, cellIDs))
			}
			if rapid.Bool().Draw(rt, "dies before it ends") {
				start.Ended = time.Time{}
			} else {
				start.Outcome, start.Peers = outcomes.Draw(rt, "outcome"), rowsOf[trial.Peer]().Draw(rt, "peers")
				must(t, rec.EndStart(ctx, start))
			}
			want.Starts = append(want.Starts, start)
		}
		for range rapid.IntRange(0, 2).Draw(rt, "notes") {
			want.Notes = append(want.Notes, texts.Draw(rt, "note"))
			must(t, rec.Note(ctx, want.Notes[len(want.Notes)-1]))
		}
		if rapid.Bool().Draw(rt, "ends") {
			want.Run.Status, want.Run.Ended = statuses.Draw(rt, "status"), times.Draw(rt, "ended")
			must(t, rec.End(ctx, want.Run.Status, want.Run.Ended))
		}
		got, err := s.Record(ctx, run.ID)
		must(t, err)
		if d := diff(want, got); d != "" {
			rt.Fatalf("in (-), out (+):\n%s", d)
		}
	})
	integrity(t, s)
	must(t, s.read(ctx, "count", func(x tx) error {
		var faultRows, signatureRows int
		err := x.QueryRowContext(ctx, "SELECT count(*), count(DISTINCT signature) FROM faults").Scan(&faultRows, &signatureRows)
		if faultRows != signatureRows || faultRows > 3 {
			t.Errorf("%d rows for %d bugs, of which there are three", faultRows, signatureRows)
		}
		return err
	}))
}

// drawAttempt makes an attempt that may stay open, and is what the record should show of it.
func drawAttempt(rt *rapid.T, t *testing.T, rec *Recorder, start trial.Start, n int, cellIDs []string) trial.Attempt {
	ctx := t.Context()
	a := anything[trial.Attempt]().Draw(rt, "attempt")
	a.StartID, a.StartN, a.N, a.Outcome = start.ID, start.N, n, trial.Unknown
	a.CellID = rapid.SampledFrom(cellIDs).Draw(rt, "cell")
	a.Warmup = a.CellID == ""
	a.Requests = requests(rt)
	var err error
	a.ID, err = rec.BeginAttempt(ctx, a)
	must(t, err)
	if rapid.Bool().Draw(rt, "is lost") {
		return a
	}
	for range rapid.IntRange(1, 2).Draw(rt, "ends") { // the second time takes the first one back
		a.Requests = requests(rt) // more or fewer, with other values
		a.Outcome = outcomes.Draw(rt, "outcome")
		a.Reason, a.Elapsed = texts.Draw(rt, "reason"), spans.Draw(rt, "elapsed")
		again := anything[trial.Attempt]().Draw(rt, "traces")
		a.TimeLine, a.Opinions, a.Gauges, a.Files = again.TimeLine, again.Opinions, again.Gauges, again.Files
		a.Fault = nil
		if rapid.Bool().Draw(rt, "has a fault") {
			f := anything[faults.Fault]().Draw(rt, "fault")
			a.Fault = &f
		}
		must(t, rec.EndAttempt(ctx, a))
	}
	return a
}

func requests(rt *rapid.T) []trial.Request {
	var all []trial.Request
	for range rapid.IntRange(0, 3).Draw(rt, "requests") {
		all = append(all, anything[trial.Request]().Draw(rt, "request"))
	}
	return all
}

// TestViewOfRequests: SQL finds the same in an attempt's row as in rows of their own.
func TestViewOfRequests(t *testing.T) {
	s := openTemp(t)
	r, p := sampleRun("a")
	rec, err := s.Begin(t.Context(), r, p)
	must(t, err)
	start := sampleStart(p, 1)
	start.ID, err = rec.BeginStart(t.Context(), start)
	must(t, err)
	n := 0
	shown := func(a trial.Attempt) (rows []string) {
		n++
		a.N = n
		a.ID, err = rec.BeginAttempt(t.Context(), a)
		must(t, err)
		must(t, s.read(t.Context(), "look", func(x tx) error {
			return x.rows(t.Context(), func(into func(...any) error) error {
				columns := make([]any, strings.Count(requestColumns, ",")+1)
				fields := make([]any, len(columns))
				for i := range columns {
					fields[i] = &columns[i]
				}
				err := into(fields...)
				rows = append(rows, fmt.Sprint(columns...))
				return err
			}, "SELECT "+strings.Replace(requestColumns, "seed", "CAST(seed AS TEXT)", 1)+" FROM requests WHERE attempt = ? ORDER BY position", a.ID)
		}))
		return rows
	}
	rapid.Check(t, func(rt *rapid.T) {
		a := sampleAttempt(p, start, 1)
		a.Requests = requests(rt)
		for i := range a.Requests {
			a.Requests[i].Seed >>= 1 // larger ones are negative in a row of their own
		}
		one := shown(a)
		a.TimeLine = []trial.Moment{{}} // needs rows
		if rows := shown(a); !slices.Equal(rows, one) || len(rows) != len(a.Requests) {
			rt.Fatalf("in one row\n%q\nin rows\n%q", one, rows)
		}
	})
}

func TestCellsAreSharedByRuns(t *testing.T) {
	s := openTemp(t)
	for _, id := range []string{"a", "b", "c"} {
		r, p := sampleRun(id)
		rec, err := s.Begin(t.Context(), r, p)
		must(t, err)
		must(t, rec.Extend(t.Context(), p)) // the same cells again: nothing new
	}
	counts := map[string]int{"targets": 1, "configurations": 2, "cells": 5, "run_cells": 12, "run_targets": 3, "runs": 3}
	must(t, s.read(t.Context(), "count", func(x tx) error {
		for table, want := range counts {
			var got int
			if err := x.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&got); err != nil {
				return err
			}
			if got != want {
				t.Errorf("%s has %d rows, want %d", table, got, want)
			}
		}
		return nil
	}))
}

func TestExtendAddsCells(t *testing.T) {
	s := openTemp(t)
	r, p := sampleRun("a")
	rec, err := s.Begin(t.Context(), r, plan.Plan{})
	must(t, err)
	for _, w := range p.Configurations {
		must(t, rec.Extend(t.Context(), plan.Plan{Configurations: []plan.Work{w}}))
	}
	clash := p.Configurations[0]
	clash.Configuration.Target.Args = []string{"--other"} // ids leave arguments out
	if err := rec.Extend(t.Context(), plan.Plan{Configurations: []plan.Work{clash}}); err == nil {
		t.Error("two configurations of one id were planned in one run")
	}
	start := sampleStart(p, 1)
	start.ID, err = rec.BeginStart(t.Context(), start)
	must(t, err)
	got, err := s.Record(t.Context(), "")
	must(t, err)
	want := append(slices.Clone(p.Configurations[0].Cells), p.Configurations[1].Cells...)
	if d := diff(want, got.Cells); d != "" {
		t.Errorf("cells:\n%s", d)
	}
}

func TestFindingRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.db")
	s := reopen(t, path)
	_, err := s.Record(t.Context(), "")
	wantError(t, err, NoRun, "read a run from "+path+": no run is stored there; run a screen first or name another file with --db")
	for i, id := range []string{"20261124-101500-3f2a", "20261124-101500-3f2ab", "20261125-000000-0000", "20261126-%_"} {
		r, p := sampleRun(id)
		r.Began = at(i)
		_, err := s.Begin(t.Context(), r, p)
		must(t, err)
	}
	for name, want := range map[string]string{
		"": "20261126-%_", "last": "20261126-%_", "20261125": "20261125-000000-0000",
		"20261124-101500-3f2a": "20261124-101500-3f2a", "20261126-%": "20261126-%_",
	} {
		if got, err := s.Record(t.Context(), name); err != nil || got.Run.ID != want {
			t.Errorf("%q is %s, %v, want %s", name, got.Run.ID, err, want)
		}
	}
	_, err = s.Record(t.Context(), "2026112")
	wantError(t, err, Ambiguous, `read a run from `+path+`: "2026112" is the beginning of several runs (20261124-101500-3f2a, 20261124-101500-3f2ab, 20261125-000000-0000, …); write more of the id`)
	_, err = s.Record(t.Context(), "%")
	wantError(t, err, NoRun, `read a run from `+path+`: no run is called "%"; name the beginning of a run's id, or "last"`)
	runs, err := s.Runs(t.Context())
	must(t, err)
	if len(runs) != 4 || runs[0].ID != "20261126-%_" || runs[3].ID != "20261124-101500-3f2a" {
		t.Errorf("runs are not listed newest first: %v", runs)
	}
}
