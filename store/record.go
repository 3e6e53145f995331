package store

import (
	"context"

	"ctxcliff/harness/trial"
)

// Record gives back everything stored of a run, on one snapshot of the database, so that it can be
// asked for while the run goes on. The run is named by its id, by a beginning that no other run
// has, or by "" or "last" for the newest.
func (s *Store) Record(ctx context.Context, run string) (trial.Record, error) {
	return s.record(ctx, run, func(ctx context.Context, t tx, rec *trial.Record, key int64) (err error) {
		if rec.Starts, err = selectStarts(ctx, t, key, ""); err != nil {
			return err
		}
		rec.Attempts, err = selectAttempts(ctx, t, key, "")
		return err
	})
}

// record reads a run, with the starts and attempts that the function reads.
func (s *Store) record(ctx context.Context, run string, attempts func(context.Context, tx, *trial.Record, int64) error) (trial.Record, error) {
	var rec trial.Record
	err := s.read(ctx, "read a run from", func(t tx) error {
		stored, err := findRun(ctx, t, run)
		if err != nil {
			return err
		}
		rec.Run = stored.Run
		if rec.Cells, err = selectCells(ctx, t, stored.key); err != nil {
			return err
		}
		if rec.Skips, err = selectSkips(ctx, t, stored.key); err != nil {
			return err
		}
		if rec.Needs, err = selectNeeds(ctx, t, stored.key); err != nil {
			return err
		}
		if err := attempts(ctx, t, &rec, stored.key); err != nil {
			return err
		}
		if rec.Notes, err = selectNotes(ctx, t, stored.key); err != nil {
			return err
		}
		if rec.Search, err = selectSearch(ctx, t, stored.key); err != nil {
			return err
		}
		rec.Story, err = selectStory(ctx, t, stored.key)
		return err
	})
	if err != nil {
		return trial.Record{}, err
	}
	return rec, nil
}
