package store

import (
	"testing"

	"pgregory.net/rapid"

	"ctxcliff/harness/trial"
)

// TestSums makes histories at random, interruptions, second thoughts and lost hosts included: the sums that
// the database keeps are those of the attempts that it keeps, and a record of which only a part was read is
// judged like the whole.
func TestSums(t *testing.T) {
	fewChecks(t, 40)
	s := openTemp(t)
	rapid.Check(t, func(rt *rapid.T) {
		r, p := sampleRun(rapid.StringMatching("[a-z]{20}").Draw(rt, "id"))
		rec, err := s.Begin(t.Context(), r, p)
		must(t, err)
		history(t, rt, s, rec, p.Configurations[0].Cells[0].ID(), p.Configurations[0].Cells[1].ID())
		full, err := s.Record(t.Context(), r.ID)
		must(t, err)
		part, err := s.overview(t.Context(), r.ID, 0)
		must(t, err)
		if len(full.Attempts) > 0 && part.Sums == nil && len(full.Attempts) > openIn(full) {
			rt.Fatal("the sums were not read")
		}
		some := part.Trials()
		for i, all := range full.Trials() {
			if part.Sums == nil {
				break
			}
			want, got := trial.SumOf(all.Attempts), *some[i].Sum
			if d := diff(want, got); d != "" {
				rt.Fatalf("%s:\n%s", all.CellID, d)
			}
			if d := diff(trial.Judge(all), trial.Judge(some[i])); d != "" {
				rt.Fatalf("%s is judged differently:\n%s", all.CellID, d)
			}
		}
	})
	if complaints, err := s.Check(t.Context()); err != nil || len(complaints) > 0 {
		t.Error(complaints, err)
	}
	_, err := s.writer.ExecContext(t.Context(), "UPDATE tallies SET attempts = attempts + 1")
	must(t, err)
	if complaints, err := s.Check(t.Context()); err != nil || len(complaints) != 1 {
		t.Errorf("tallies that are wrong are not found: %q %v", complaints, err)
	}
}

func openIn(r trial.Record) (n int) {
	for _, a := range r.Attempts {
		if a.Outcome == trial.Unknown || a.Warmup {
			n++
		}
	}
	return n
}

// history lets a run have starts and attempts.
func history(t *testing.T, rt *rapid.T, s *Store, rec *Recorder, cells ...string) {
	t.Helper()
	_, p := sampleRun("")
	outcomes := trial.Outcomes()
	for n := range rapid.IntRange(0, 5).Draw(rt, "starts") {
		start := sampleStart(p, n+1)
		var err error
		start.ID, err = rec.BeginStart(t.Context(), start)
		must(t, err)
		for k := range rapid.IntRange(0, 4).Draw(rt, "attempts") {
			a := sampleAttempt(p, start, k+1)
			a.CellID, a.Warmup = rapid.SampledFrom(cells).Draw(rt, "cell"), rapid.IntRange(0, 5).Draw(rt, "warm-up") == 0
			a.ID, err = rec.BeginAttempt(t.Context(), a)
			must(t, err)
			for range rapid.IntRange(0, 2).Draw(rt, "ends") {
				a.Outcome, a.HostLost = rapid.SampledFrom(outcomes).Draw(rt, "outcome"), rapid.IntRange(0, 9).Draw(rt, "lost") == 0
				must(t, rec.EndAttempt(t.Context(), a))
			}
			if rapid.IntRange(0, 5).Draw(rt, "superseded") == 0 {
				must(t, rec.Supersede(t.Context(), []int64{a.ID}))
			}
		}
	}
	if rapid.Bool().Draw(rt, "killed") {
		left, err := s.LeftOpen(t.Context())
		must(t, err)
		for _, l := range left {
			must(t, s.CloseLeftOpen(t.Context(), l, "lost", rapid.Bool().Draw(rt, "host lost"), at(59)))
		}
	}
}
