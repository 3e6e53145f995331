package store

import (
	"os"
	"testing"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
)

func TestLeftOpen(t *testing.T) {
	s := openTemp(t)
	ctx := t.Context()
	if left, err := s.LeftOpen(ctx); err != nil || left != nil {
		t.Fatalf("something is open in an empty database: %v, %v", left, err)
	}
	r, p := sampleRun("a")
	rec, err := s.Begin(ctx, r, p)
	must(t, err)
	var starts []trial.Start
	var attempts []trial.Attempt
	for n := 1; n <= 2; n++ {
		start := sampleStart(p, n)
		start.ID, err = rec.BeginStart(ctx, start)
		must(t, err)
		start.PID, start.PIDStart = 4711, 1<<63+1
		must(t, rec.StartReady(ctx, start))
		a := sampleAttempt(p, start, 1)
		a.ID, err = rec.BeginAttempt(ctx, a)
		must(t, err)
		if n == 1 {
			must(t, rec.EndAttempt(ctx, crashed(a)))
			start.Ended = at(3)
			must(t, rec.EndStart(ctx, start))
		}
		starts, attempts = append(starts, start), append(attempts, a)
	}
	left, err := s.LeftOpen(ctx)
	must(t, err)
	if len(left) != 1 {
		t.Fatalf("%d runs are open, want 1", len(left))
	}
	l := left[0]
	if l.Owner.PID != os.Getpid() || l.Owner.BootID != r.Host.BootID {
		t.Errorf("the owner is %+v", l.Owner)
	}
	if d := diff(r, l.Run) + diff(starts[1:], l.Starts) + diff(attempts[1:], l.Attempts); d != "" {
		t.Errorf("left open:\n%s", d)
	}

	for range 2 { // the second time there is nothing to do
		must(t, s.CloseLeftOpen(ctx, l, "the host was lost", true, at(50)))
	}
	if left, err := s.LeftOpen(ctx); err != nil || left != nil {
		t.Errorf("still open: %v, %v", left, err)
	}
	got, err := s.Record(ctx, "a")
	must(t, err)
	lost, stopped := attempts[1], starts[1]
	lost.Outcome, lost.Reason, lost.HostLost = trial.Incomplete, "the host was lost", true
	stopped.Outcome, stopped.Ended = trial.Incomplete, at(50)
	if d := diff([]trial.Attempt{crashed(attempts[0]), lost}, got.Attempts); d != "" {
		t.Errorf("attempts:\n%s", d)
	}
	if d := diff([]trial.Start{starts[0], stopped}, got.Starts); d != "" {
		t.Errorf("starts:\n%s", d)
	}
	if got.Run.Status != trial.Interrupted || !got.Run.Ended.Equal(at(50)) {
		t.Errorf("the run is %s since %v", got.Run.Status, got.Run.Ended)
	}
	if d := diff([]string{"closed after the fact: the host was lost"}, got.Notes); d != "" {
		t.Errorf("notes:\n%s", d)
	}
	if err := rec.EndAttempt(ctx, crashed(attempts[1])); err == nil {
		t.Error("an attempt that was given up has ended again")
	}
}

func TestARunThatEndedIsNotOpen(t *testing.T) {
	s := openTemp(t)
	r, p := sampleRun("a")
	rec, err := s.Begin(t.Context(), r, p)
	must(t, err)
	must(t, rec.End(t.Context(), trial.Finished, at(1)))
	if left, err := s.LeftOpen(t.Context()); err != nil || left != nil {
		t.Errorf("open: %v, %v", left, err)
	}
}

// TestAStartThatOutlivesItsRun: the run's end was stored, that of its server was not.
func TestAStartThatOutlivesItsRun(t *testing.T) {
	s := openTemp(t)
	r, p := sampleRun("a")
	rec, err := s.Begin(t.Context(), r, p)
	must(t, err)
	start := sampleStart(p, 1)
	start.ID, err = rec.BeginStart(t.Context(), start)
	must(t, err)
	must(t, rec.End(t.Context(), trial.Failed, at(1)))
	left, err := s.LeftOpen(t.Context())
	must(t, err)
	if len(left) != 1 || diff([]trial.Start{start}, left[0].Starts) != "" {
		t.Fatalf("the start is not found: %+v", left)
	}
	must(t, s.CloseLeftOpen(t.Context(), left[0], "it was forgotten", false, at(50)))
	got, err := s.Record(t.Context(), "")
	must(t, err)
	if got.Run.Status != trial.Failed || !got.Run.Ended.Equal(at(1)) || got.Starts[0].Outcome != trial.Incomplete {
		t.Errorf("closed as %+v", got)
	}
}

func TestStartTicks(t *testing.T) {
	for stat, want := range map[string]uint64{
		"1 (a) b) c) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2": 987654,
		"1 (x) S 0": 0, "": 0,
	} {
		if got := startTicks([]byte(stat)); got != want {
			t.Errorf("%q: %d, want %d", stat, got, want)
		}
	}
}

// TestALostHostAnswersWhatWasAsked: the probe, or the question, that an attempt was part of knows that the host went
// down with it, until that is forgiven.
func TestALostHostAnswersWhatWasAsked(t *testing.T) {
	s := openTemp(t)
	ctx := t.Context()
	r, p := sampleRun("a")
	rec, err := s.Begin(ctx, r, p)
	must(t, err)
	must(t, rec.BeginSearch(ctx, search.Settings{}, []search.Cell{{Key: "c"}}))
	must(t, rec.BeginStory(ctx, minimize.Story{Reproduce: &minimize.ReproduceSettings{}}))
	start := sampleStart(p, 1)
	start.ID, err = rec.BeginStart(ctx, start)
	must(t, err)
	for seq := 1; seq <= 2; seq++ {
		must(t, rec.BeginProbe(ctx, search.Probe{Seq: seq, Cell: "c"}))
		must(t, rec.BeginQuestion(ctx, minimize.Question{Seq: seq}))
	}
	a := sampleAttempt(p, start, 1)
	a.Probe = 2
	_, err = rec.BeginAttempt(ctx, a)
	must(t, err)
	left, err := s.LeftOpen(ctx)
	must(t, err)
	must(t, s.CloseLeftOpen(ctx, left[0], "the host was lost", true, at(50)))
	want := func(lost bool, question minimize.Outcome) {
		t.Helper()
		got, err := s.Record(ctx, "a")
		must(t, err)
		probes, questions := got.Search.Entries, got.Story.Entries
		if probes[0].Lost || probes[1].Lost != lost || questions[0].Answer != nil || questions[1].Answer.Outcome != question {
			t.Errorf("probes %+v, questions %+v", probes, questions[1].Answer)
		}
		if got.Run.Status != trial.Interrupted || !got.Attempts[0].HostLost {
			t.Errorf("%s, %+v", got.Run.Status, got.Attempts[0])
		}
	}
	want(true, minimize.HostLost)
	if lost, err := s.LostWith(ctx); err != nil || !lost["a"] {
		t.Errorf("%v %v", lost, err)
	}
	again, err := s.Resume(ctx, "a", "another boot")
	must(t, err)
	must(t, again.End(ctx, trial.Finished, at(60)))
	must(t, s.Forgive(ctx, "a"))
	want(false, minimize.Interrupted)
}
