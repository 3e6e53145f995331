package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/trial"
)

// What tells an attempt from others, which stays as it began, and what became of it.
const (
	attemptIdentity = "start, cell, n, warmup, probe"
	attemptResult   = "outcome, reason, host_lost, superseded, began, elapsed_us, files, requests"
	attemptColumns  = attemptIdentity + ", " + attemptResult
)

var (
	insertAttempt = insertInto("attempts", "run, open, "+attemptColumns)
	updateAttempt = "UPDATE attempts SET open = 0, " + set(attemptResult) + " WHERE key = ? AND run = ? AND "
	// The first end of an attempt that is one row finds nothing else to replace.
	endAttempt      = updateAttempt + "open = 1 AND requests IS NOT NULL"
	endAttemptAgain = updateAttempt + "(open = 1 OR start IN (SELECT key FROM starts WHERE ended IS NULL))"
)

// BeginAttempt stores that requests are about to be sent, with their recipes. When it returns, the
// intent is on disk. The result is the attempt's ID. a.StartID is what BeginStart returned;
// a.CellID is in the plan, or empty for a warm-up.
func (r *Recorder) BeginAttempt(ctx context.Context, a trial.Attempt) (id int64, err error) {
	err = r.store.write(ctx, "store an attempt", func(t tx) error {
		identity, err := r.identityValues(a)
		if err != nil {
			return err
		}
		result, whole, err := resultValues(a)
		if err != nil {
			return err
		}
		if traced(a) {
			result[len(result)-1], whole = nil, false // more rows than one already: its end must look for them
		}
		if id, err = t.insert(ctx, insertAttempt, slices.Concat([]any{r.run, 1}, identity, result)...); err != nil {
			return err
		}
		return putParts(ctx, t, id, a, whole)
	})
	return id, err
}

// EndAttempt stores the attempt as it ended, all of it: outcome, the results of its requests, and
// its fault, which becomes one with earlier faults of the same signature. a.ID is what BeginAttempt
// returned. While its start is open an attempt may end again, over what was stored: a server that
// dies after its last answer takes the pass back.
func (r *Recorder) EndAttempt(ctx context.Context, a trial.Attempt) error {
	return r.store.write(ctx, "store the result of an attempt", func(t tx) error {
		values, whole, err := resultValues(a)
		if err != nil {
			return err
		}
		values = append(values, a.ID, r.run)
		first, err := t.run(ctx, endAttempt, values...)
		if err != nil {
			return err
		}
		if n, err := first.RowsAffected(); err != nil || n == 0 {
			err = errors.Join(err, t.one(ctx, fmt.Sprintf("attempt %d of this run is not open, and neither is its start", a.ID), endAttemptAgain, values...))
			if err = errors.Join(err, dropParts(ctx, t, a.ID)); err != nil {
				return err
			}
		}
		return putParts(ctx, t, a.ID, a, whole)
	})
}

// putParts stores what an attempt has beside its row: requests, unless that holds them; traces; a fault.
func putParts(ctx context.Context, t tx, id int64, a trial.Attempt, whole bool) error {
	if !whole {
		if err := putRequests(ctx, t, id, a.Requests); err != nil {
			return err
		}
	}
	if err := insertTraces(ctx, t, id, a); err != nil || a.Fault == nil {
		return err
	}
	return insertSighting(ctx, t, id, *a.Fault)
}

// dropParts removes what putParts stored.
func dropParts(ctx context.Context, t tx, attempt int64) error {
	for _, table := range []string{"request_rows", "moments", "opinions", "attempt_gauges", "sightings"} {
		if _, err := t.run(ctx, "DELETE FROM "+table+" WHERE attempt = ?", attempt); err != nil {
			return err
		}
	}
	return nil
}

func (r *Recorder) identityValues(a trial.Attempt) ([]any, error) {
	var cell any
	if a.CellID != "" {
		key, ok := r.cells[a.CellID]
		if !ok {
			return nil, fmt.Errorf("the cell %q is not in the plan", a.CellID)
		}
		cell = key
	}
	return []any{a.StartID, cell, a.N, a.Warmup, a.Probe}, nil
}

// resultValues are the values of attemptResult, and whether the row holds the requests.
func resultValues(a trial.Attempt) (values []any, whole bool, err error) {
	requests, err := inOneRow(a.Requests)
	return []any{a.Outcome.String(), a.Reason, a.HostLost, a.Superseded, micros(a.Began), a.Elapsed.Microseconds(), list(a.Files), requests}, requests.Valid, err
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
		"a.start, a.n, a.warmup, a.probe, a.outcome, a.reason, a.host_lost, a.superseded, a.began, a.elapsed_us, a.files, a.requests "+
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
	var requests sql.RawBytes
	err = into(&a.ID, &a.StartN, &a.CellID, &a.StartID, &a.N, &a.Warmup, &a.Probe, &outcome, &a.Reason, &a.HostLost, &a.Superseded, &began, &elapsed, (*list)(&a.Files), &requests)
	if err != nil {
		return a, err
	}
	a.Began, a.Elapsed = fromMicros(began), fromSpan(elapsed)
	list, err := fromOneRow[request](a.ID, requests)
	if err != nil {
		return a, err
	}
	for _, r := range list {
		a.Requests = append(a.Requests, trial.Request(r))
	}
	a.Outcome, err = trial.ParseOutcome(outcome)
	return a, err
}
