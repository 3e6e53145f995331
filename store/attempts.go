package store

import (
	"context"
	"fmt"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/trial"
)

const attemptColumns = "start, cell, n, warmup, probe, outcome, reason, host_lost, superseded, began, elapsed_us, files"

var (
	insertAttempt = insertInto("attempts", "run, open, "+attemptColumns)
	endAttempt    = "UPDATE attempts SET open = 0, " + set(attemptColumns) +
		" WHERE key = ? AND run = ? AND (open = 1 OR start IN (SELECT key FROM starts WHERE ended IS NULL))"
)

const dropSighting = "DELETE FROM sightings WHERE attempt = ?"

// BeginAttempt stores that requests are about to be sent, with their recipes. When it returns, the
// intent is on disk. The result is the attempt's ID. a.StartID is what BeginStart returned;
// a.CellID is in the plan, or empty for a warm-up.
func (r *Recorder) BeginAttempt(ctx context.Context, a trial.Attempt) (id int64, err error) {
	err = r.store.write(ctx, "store an attempt", func(t tx) error {
		values, err := r.attemptValues(a)
		if err != nil {
			return err
		}
		if id, err = t.insert(ctx, insertAttempt, append([]any{r.run, 1}, values...)...); err != nil {
			return err
		}
		if err := putRequests(ctx, t, id, a.Requests); err != nil {
			return err
		}
		return insertTraces(ctx, t, id, a)
	})
	return id, err
}

// EndAttempt stores the attempt as it ended, all of it: outcome, the results of its requests, and
// its fault, which becomes one with earlier faults of the same signature. a.ID is what BeginAttempt
// returned. While its start is open an attempt may end again, over what was stored: a server that
// dies after its last answer takes the pass back.
func (r *Recorder) EndAttempt(ctx context.Context, a trial.Attempt) error {
	return r.store.write(ctx, "store the result of an attempt", func(t tx) error {
		values, err := r.attemptValues(a)
		if err != nil {
			return err
		}
		err = t.one(ctx, fmt.Sprintf("attempt %d of this run is not open, and neither is its start", a.ID), endAttempt, append(values, a.ID, r.run)...)
		if err != nil {
			return err
		}
		if err := putRequests(ctx, t, a.ID, a.Requests); err != nil {
			return err
		}
		if _, err := t.run(ctx, dropRequests, a.ID, len(a.Requests)); err != nil {
			return err
		}
		if err := replaceTraces(ctx, t, a.ID, a); err != nil {
			return err
		}
		if _, err := t.run(ctx, dropSighting, a.ID); err != nil || a.Fault == nil {
			return err
		}
		return insertSighting(ctx, t, a.ID, *a.Fault)
	})
}

func (r *Recorder) attemptValues(a trial.Attempt) ([]any, error) {
	var cell any
	if a.CellID != "" {
		key, ok := r.cells[a.CellID]
		if !ok {
			return nil, fmt.Errorf("the cell %q is not in the plan", a.CellID)
		}
		cell = key
	}
	return []any{a.StartID, cell, a.N, a.Warmup, a.Probe, a.Outcome.String(), a.Reason, a.HostLost, a.Superseded, micros(a.Began), a.Elapsed.Microseconds(), list(a.Files)}, nil
}

// selectAttempts lists the attempts of a run that the condition holds for, with their requests, faults
// and traces, in the order of their ids.
func selectAttempts(ctx context.Context, t tx, run int64, condition string) ([]trial.Attempt, error) {
	var attempts []trial.Attempt
	at := map[int64]int{}
	err := t.rows(ctx, func(into func(...any) error) error {
		a, err := scanAttempt(into)
		at[a.ID] = len(attempts)
		attempts = append(attempts, a)
		return err
	}, "SELECT a.key, s.n, coalesce(c.id, ''), "+
		"a.start, a.n, a.warmup, a.probe, a.outcome, a.reason, a.host_lost, a.superseded, a.began, a.elapsed_us, a.files "+
		"FROM attempts a JOIN starts s ON s.key = a.start LEFT JOIN cells c ON c.key = a.cell "+
		"WHERE "+ofRun("a", condition)+" ORDER BY a.key", run)
	if err != nil {
		return nil, err
	}
	err = eachRequest(ctx, t, run, condition, func(attempt int64, r trial.Request) {
		a := &attempts[at[attempt]]
		a.Requests = append(a.Requests, r)
	})
	if err != nil {
		return nil, err
	}
	err = eachSighting(ctx, t, run, condition, func(attempt int64, f faults.Fault) {
		attempts[at[attempt]].Fault = &f
	})
	if err != nil {
		return nil, err
	}
	return attempts, eachTrace(ctx, t, run, condition, func(attempt int64) *trial.Attempt { return &attempts[at[attempt]] })
}

func scanAttempt(into func(...any) error) (a trial.Attempt, err error) {
	var began, elapsed int64
	var outcome string
	err = into(&a.ID, &a.StartN, &a.CellID, &a.StartID, &a.N, &a.Warmup, &a.Probe, &outcome, &a.Reason, &a.HostLost, &a.Superseded, &began, &elapsed, (*list)(&a.Files))
	if err != nil {
		return a, err
	}
	a.Began, a.Elapsed = fromMicros(began), fromSpan(elapsed)
	a.Outcome, err = trial.ParseOutcome(outcome)
	return a, err
}
