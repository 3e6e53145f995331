package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ctxcliff/harness/trial"
)

// manyAttempts is from where on a run is read in part for a report: nobody reads that many, and they take
// some 3 kB of memory each.
const manyAttempts = 20_000

// Of each cell of a run with many attempts, this many are read.
const (
	firstRead    = 5 // the first and as many of the latest
	findingsRead = 3 // the first findings and as many of the latest
)

// Overview is Record for whoever needs no single attempt: of a run with very many, the record holds for each
// cell the first, the latest and some findings, what is still open, and the sums of all. Time and memory that
// it takes are bounded by the matrix, not by the history.
func (s *Store) Overview(ctx context.Context, run string) (trial.Record, error) {
	return s.overview(ctx, run, manyAttempts)
}

func (s *Store) overview(ctx context.Context, run string, many int) (trial.Record, error) {
	return s.record(ctx, run, func(ctx context.Context, t tx, rec *trial.Record, key int64) error {
		attempts, err := attemptsCounted(ctx, t, key)
		if err != nil {
			return err
		}
		all, of := "", ""
		if attempts > many {
			keys, starts, err := chosenAttempts(ctx, t, key)
			if err != nil {
				return err
			}
			if rec.Sums, err = selectSums(ctx, t, key); err != nil {
				return err
			}
			all = " AND a.key IN (" + keys + ")"
			of = " AND s.key IN (" + starts + ")"
		}
		if rec.Starts, err = selectStarts(ctx, t, key, of); err != nil {
			return err
		}
		rec.Attempts, err = selectAttempts(ctx, t, key, all)
		return err
	})
}

// attemptsCounted is how many attempts a run has; 0 of one whose journal refers to them: it is read whole.
func attemptsCounted(ctx context.Context, t tx, run int64) (n int, err error) {
	return n, t.QueryRowContext(ctx, `SELECT coalesce(sum(attempts), 0) FROM tallies WHERE run = ?1
		AND NOT EXISTS (SELECT 1 FROM searches WHERE run = ?1) AND NOT EXISTS (SELECT 1 FROM stories WHERE run = ?1)
		AND NOT EXISTS (SELECT 1 FROM campaigns WHERE run = ?1)`, run).Scan(&n)
}

// chosenAttempts are the keys of what is read of a run with very many attempts, and of their starts, in the
// words of SQL.
func chosenAttempts(ctx context.Context, t tx, run int64) (attempts, starts string, err error) {
	chosen, theirs := map[int64]bool{}, map[int64]bool{}
	take := func(query string, args ...any) error {
		return t.rows(ctx, func(into func(...any) error) error {
			var key, start int64
			err := into(&key, &start)
			chosen[key], theirs[start] = true, true
			return err
		}, query, args...)
	}
	if err := take("SELECT key, start FROM attempts WHERE run = ? AND open = 1", run); err != nil {
		return "", "", err
	}
	const ofCell = "WHERE cell = c.cell AND run = ?1 "
	const bad = "INDEXED BY attempts_bad " + ofCell + "AND outcome IN ('garbage', 'leak', 'fail', 'crash', 'gpufault', 'oom', 'hang', 'loadfail') "
	for clause, most := range map[string]int{ofCell: firstRead, bad: findingsRead} {
		for _, order := range []string{"", " DESC"} {
			err := take("SELECT a.key, a.start FROM (SELECT DISTINCT cell FROM tallies WHERE run = ?1) c CROSS JOIN attempts a ON a.key IN ("+
				"SELECT key FROM attempts "+clause+"ORDER BY key"+order+" LIMIT "+strconv.Itoa(most)+")", run)
			if err != nil {
				return "", "", err
			}
		}
	}
	return keyList(chosen), keyList(theirs), nil
}

func keyList(set map[int64]bool) string {
	keys := make([]string, 0, len(set))
	for _, key := range slices.Sorted(maps.Keys(set)) {
		keys = append(keys, strconv.FormatInt(key, 10))
	}
	return strings.Join(keys, ",")
}

// selectSums reads what all attempts of a run come to.
func selectSums(ctx context.Context, t tx, run int64) (*trial.Sums, error) {
	s := &trial.Sums{Cells: map[string]trial.Sum{}, Configurations: map[string]int{}}
	err := t.rows(ctx, func(into func(...any) error) error {
		var id string
		var c trial.Sum
		err := into(&id, &c.Starts, &c.Failed, &c.Refused, &c.Lost, &c.LostCounted, &c.LostFailed)
		c.Outcomes = map[trial.Outcome]int{}
		s.Cells[id] = c
		return err
	}, "SELECT c.id, v.starts, v.failed, v.refused, v.lost, v.counted_lost, v.failed_lost FROM sums v JOIN cells c ON c.key = v.cell WHERE v.run = ?", run)
	if err != nil {
		return nil, err
	}
	err = t.rows(ctx, func(into func(...any) error) error {
		var id, name string
		var n int
		if err := into(&id, &name, &n); err != nil {
			return err
		}
		o, err := trial.ParseOutcome(name)
		if c, ok := s.Cells[id]; ok && n > 0 {
			c.Outcomes[o] = n
		}
		return err
	}, "SELECT c.id, v.outcome, v.attempts FROM tallies v JOIN cells c ON c.key = v.cell WHERE v.run = ?", run)
	if err != nil {
		return nil, err
	}
	err = t.rows(ctx, func(into func(...any) error) error {
		var id string
		var n int
		err := into(&id, &n)
		s.Configurations[id] = n
		return err
	}, "SELECT k.id, r.starts FROM run_configurations r JOIN configurations k ON k.key = r.configuration WHERE r.run = ?", run)
	if err != nil {
		return nil, err
	}
	err = t.QueryRowContext(ctx, "SELECT starts, counted, failed, (SELECT count(*) FROM attempts WHERE run = ?1 AND warmup = 1) FROM run_sums WHERE run = ?1", run).
		Scan(&s.Starts, &s.Counted, &s.Failed, &s.Warmups)
	if err != nil {
		return nil, fmt.Errorf("read the sums of a run: %w", err)
	}
	return s, nil
}
