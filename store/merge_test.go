package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
)

// TestShelves: every table is copied by a merge or computed by triggers, and every reference is known.
func TestShelves(t *testing.T) {
	s := openTemp(t)
	known := slices.Clone(computedTables)
	for _, x := range shelves {
		known = append(known, x.table)
	}
	slices.Sort(known)
	must(t, s.read(t.Context(), "look", func(x tx) error {
		var tables []string
		err := x.rows(t.Context(), func(into func(...any) error) error {
			var name string
			err := into(&name)
			tables = append(tables, name)
			return err
		}, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
		if d := diff(known, tables); d != "" {
			t.Errorf("tables and shelves differ: enter the new table in shelves or computedTables:\n%s", d)
		}
		for _, table := range tables {
			err = errors.Join(err, x.rows(t.Context(), func(into func(...any) error) error {
				var column, parent string
				err := into(&column, &parent)
				if keyOf[column] != parent {
					t.Errorf("%s.%s refers to %s, which keyOf does not know", table, column, parent)
				}
				return err
			}, `SELECT "from", "table" FROM pragma_foreign_key_list(?)`, table))
		}
		return err
	}))
}

// TestMerge fills stores with random histories and merges them, once and again, in both orders: every run is
// there once and as it was, the sums are right, and so is what refers to attempts.
func TestMerge(t *testing.T) {
	fewChecks(t, 5)
	rapid.Check(t, func(rt *rapid.T) {
		dir := t.TempDir()
		var paths []string
		want := map[string]trial.Record{}
		for i := range 3 {
			path := filepath.Join(dir, fmt.Sprintf("%d-%s.db", i, rapid.StringMatching("[a-z]{8}").Draw(rt, "name")))
			s, err := Open(t.Context(), path)
			must(t, err)
			for range rapid.IntRange(0, 2).Draw(rt, "runs") {
				r, p := sampleRun(rapid.StringMatching("[a-z]{12}").Draw(rt, "id"))
				rec, err := s.Begin(t.Context(), r, p)
				must(t, err)
				history(t, rt, s, rec, p.Configurations[0].Cells[0].ID(), p.Configurations[0].Cells[1].ID())
				journals(t, s, rec, r.ID)
				must(t, rec.End(t.Context(), trial.Interrupted, at(59)))
				left, err := s.LeftOpen(t.Context())
				must(t, err)
				for _, l := range left {
					must(t, s.CloseLeftOpen(t.Context(), l, "lost", false, at(59)))
				}
				want[r.ID], err = s.Record(t.Context(), r.ID)
				must(t, err)
			}
			must(t, s.Close())
			paths = append(paths, path)
		}
		for _, order := range [][]int{{0, 1, 2, 0, 1}, {2, 2, 1, 0}} {
			out, err := Open(t.Context(), filepath.Join(dir, fmt.Sprint(order[0], "out.db")))
			must(t, err)
			added := 0
			for _, i := range order {
				m, err := out.Merge(t.Context(), paths[i], at(59))
				must(t, err)
				added += len(m.Added)
				if len(m.Renewed) > 0 {
					rt.Fatalf("renewed: %v", m.Renewed)
				}
			}
			if runs, err := out.Runs(t.Context()); err != nil || len(runs) != len(want) || added != len(want) {
				rt.Fatalf("%d runs, %d added, want %d: %v", len(runs), added, len(want), err)
			}
			for id, w := range want {
				got, err := out.Record(t.Context(), id)
				must(t, err)
				if d := diff(portable(w), portable(got)); d != "" {
					rt.Fatalf("%s:\n%s", id, d)
				}
			}
			if complaints, err := out.Check(t.Context()); err != nil || len(complaints) > 0 {
				rt.Fatal(complaints, err)
			}
			must(t, out.Close())
		}
	})
}

// journals lets the run have asked something and be told of its first attempt.
func journals(t *testing.T, s *Store, rec *Recorder, id string) {
	t.Helper()
	r, err := s.Record(t.Context(), id)
	must(t, err)
	ref := ""
	if len(r.Attempts) > 0 {
		ref = fmt.Sprint(r.Attempts[0].ID)
	}
	must(t, rec.BeginSearch(t.Context(), search.Settings{}, nil))
	must(t, rec.BeginProbe(t.Context(), search.Probe{Seq: 1}))
	must(t, rec.EndProbe(t.Context(), search.Probe{Seq: 1}, search.Answer{Ref: ref}))
	must(t, rec.BeginStory(t.Context(), minimize.Story{}))
	must(t, rec.BeginQuestion(t.Context(), minimize.Question{Seq: 1}))
	must(t, rec.EndQuestion(t.Context(), minimize.Question{Seq: 1}, minimize.Answer{Ref: ref}))
}

// portable is a record with keys of its own, counted from 1, that do not depend on the store.
func portable(r trial.Record) trial.Record {
	starts, attempts := map[int64]int64{}, map[string]string{"": ""}
	r.Starts, r.Attempts = slices.Clone(r.Starts), slices.Clone(r.Attempts)
	for i := range r.Starts {
		starts[r.Starts[i].ID] = int64(i + 1)
		r.Starts[i].ID = int64(i + 1)
	}
	for i := range r.Attempts {
		a := &r.Attempts[i]
		attempts[fmt.Sprint(a.ID)] = fmt.Sprint("attempt ", i)
		a.ID, a.StartID = int64(i+1), starts[a.StartID]
	}
	if r.Search != nil {
		searched, told := *r.Search.Entries[0].Answer, *r.Story.Entries[0].Answer
		searched.Ref, told.Ref = attempts[searched.Ref], attempts[told.Ref]
		r.Search = &search.Journal{Settings: r.Search.Settings, Entries: []search.Entry{{Probe: r.Search.Entries[0].Probe, Answer: &searched}}}
		r.Story = &minimize.Story{Entries: []minimize.Entry{{Question: r.Story.Entries[0].Question, Answer: &told}}}
	}
	return r
}

// TestMergeOfARunThatGoesOn: what is open is interrupted here, and taken in anew when it has ended there.
func TestMergeOfARunThatGoesOn(t *testing.T) {
	there, here := openTemp(t), openTemp(t)
	r, p := sampleRun("a")
	rec, err := there.Begin(t.Context(), r, p)
	must(t, err)
	start := sampleStart(p, 1)
	start.ID, err = rec.BeginStart(t.Context(), start)
	must(t, err)
	a := sampleAttempt(p, start, 1)
	a.ID, err = rec.BeginAttempt(t.Context(), a)
	must(t, err)
	m, err := here.Merge(t.Context(), there.Path(), at(30))
	must(t, err)
	if d := diff(Merged{Added: []string{"a"}, Unsettled: []string{"a"}}, m); d != "" {
		t.Error(d)
	}
	if left, err := here.LeftOpen(t.Context()); err != nil || left != nil {
		t.Errorf("it is open here: %v %v", left, err)
	}
	must(t, rec.EndAttempt(t.Context(), crashed(a)))
	start.Ended = at(20)
	must(t, rec.EndStart(t.Context(), start))
	must(t, rec.End(t.Context(), trial.Finished, at(20)))
	for i, want := range []Merged{{Renewed: []string{"a"}}, {Known: []string{"a"}}} {
		m, err := here.Merge(t.Context(), there.Path(), at(31))
		must(t, err)
		if d := diff(want, m); d != "" {
			t.Errorf("merge %d: %s", i+2, d)
		}
	}
	want, err := there.Record(t.Context(), "a")
	must(t, err)
	got, err := here.Record(t.Context(), "a")
	must(t, err)
	if d := diff(portable(want), portable(got)); d != "" {
		t.Error(d)
	}
	integrity(t, here)
}

// TestMergeRefuses: what is not ours, and another run of the same name.
func TestMergeRefuses(t *testing.T) {
	here, there := openTemp(t), openTemp(t)
	for i, s := range []*Store{here, there} {
		r, p := sampleRun("a")
		r.Seed += uint64(i)
		_, err := s.Begin(t.Context(), r, p)
		must(t, err)
	}
	if _, err := here.Merge(t.Context(), there.Path(), at(1)); err == nil || !strings.Contains(err.Error(), "another one") {
		t.Error(err)
	}
	if _, err := here.Merge(t.Context(), filepath.Join(t.TempDir(), "none.db"), at(1)); err == nil {
		t.Error("a file that is not there was merged")
	}
	if m, err := here.Merge(t.Context(), here.Path(), at(1)); err == nil {
		t.Errorf("a store was merged into itself: %v", m)
	}
}
