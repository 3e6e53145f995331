package store

import (
	"context"
	"fmt"
	"time"

	"ctxcliff/harness/trial"
)

// LeftOpen is a run that was begun and has not ended, with what is open in it: either its owner is
// still at work, or the owner or the host died. The boot id and the owner tell which; the store
// does not decide.
type LeftOpen struct {
	Run      trial.Run
	Owner    Process         // the ctxcliff that began the run
	Starts   []trial.Start   // not ended: boot id, pid and its start time name what may still run
	Attempts []trial.Attempt // not ended, with the recipes of their requests

	key int64
}

// LeftOpen lists the runs that have not ended, or in which a start or an attempt has not, oldest
// first.
func (s *Store) LeftOpen(ctx context.Context) ([]LeftOpen, error) {
	var left []LeftOpen
	err := s.read(ctx, "look for unfinished runs in", func(t tx) error {
		runs, err := selectRuns(ctx, t, `WHERE r.key IN (
			SELECT key FROM runs WHERE status = 'running'
			UNION SELECT run FROM starts WHERE ended IS NULL
			UNION SELECT run FROM attempts WHERE open = 1) ORDER BY r.began, r.id`)
		if err != nil {
			return err
		}
		for _, r := range runs {
			l := LeftOpen{Run: r.Run, Owner: r.owner, key: r.key}
			if l.Starts, err = selectStarts(ctx, t, r.key, " AND s.ended IS NULL"); err != nil {
				return err
			}
			if l.Attempts, err = selectAttempts(ctx, t, r.key, " AND a.open = 1"); err != nil {
				return err
			}
			left = append(left, l)
		}
		return nil
	})
	return left, err
}

// CloseLeftOpen writes down what became of a run that nobody works on any more: each start and
// attempt of left that is still open is incomplete, the attempts for the reason given, which is the
// loss of the host or not; a probe or a question that the host was lost with is answered so; the run
// ends as interrupted at the time given, unless it has an end; and the reason becomes a note of
// the run. Doing it twice changes nothing.
func (s *Store) CloseLeftOpen(ctx context.Context, left LeftOpen, reason string, hostLost bool, at time.Time) error {
	return s.write(ctx, "close an unfinished run in", func(t tx) error {
		changed := int64(0)
		change := func(text string, args ...any) error {
			result, err := t.run(ctx, text, args...)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			changed += n
			return err
		}
		for _, a := range left.Attempts {
			err := change("UPDATE attempts SET open = 0, outcome = ?, reason = ?, host_lost = ? WHERE key = ? AND run = ? AND open = 1",
				trial.Incomplete.String(), reason, hostLost, a.ID, left.key)
			if err == nil && hostLost {
				err = answerLost(ctx, t, left.key, a)
			}
			if err != nil {
				return err
			}
		}
		for _, start := range left.Starts {
			err := change("UPDATE starts SET outcome = ?, ended = ? WHERE key = ? AND run = ? AND ended IS NULL",
				trial.Incomplete.String(), micros(at), start.ID, left.key)
			if err != nil {
				return err
			}
		}
		err := change("UPDATE runs SET status = ?, ended = ? WHERE key = ? AND status = ?",
			string(trial.Interrupted), micros(at), left.key, string(trial.Running))
		if err != nil || changed == 0 {
			return err
		}
		return insertNote(ctx, t, left.key, fmt.Sprintf("closed after the fact: %s", reason))
	})
}
