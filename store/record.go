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

// reading reads starts and attempts of a run into its record.
type reading func(context.Context, tx, *trial.Record, int64) error

// record reads a run, or all shards of a campaign as one.
func (s *Store) record(ctx context.Context, name string, attempts reading) (whole trial.Record, err error) {
	err = s.read(ctx, "read a run from", func(t tx) error {
		runs, divided, err := findRuns(ctx, t, name)
		if err != nil {
			return err
		}
		parts := make([]trial.Record, len(runs))
		for i, r := range runs {
			if parts[i], err = selectRecord(ctx, t, r, attempts); err != nil {
				return err
			}
		}
		if whole = parts[0]; divided {
			whole = trial.Join(parts)
		}
		return nil
	})
	if err != nil {
		return trial.Record{}, err
	}
	return whole, nil
}

// findRuns resolves what a user calls a run: one, as [findRun] finds it, or all shards of a campaign, where it
// is called by the campaign's name, or has the newest.
func findRuns(ctx context.Context, t tx, name string) (runs []storedRun, divided bool, err error) {
	campaign := name
	if name == "" || name == "last" {
		newest, err := findRun(ctx, t, name)
		if err != nil {
			return nil, false, err
		}
		campaign = newest.Campaign
	}
	if campaign != "" {
		runs, err = selectRuns(ctx, t, "WHERE r.campaign = ? ORDER BY r.shard, r.began, r.id", campaign)
		if err != nil || len(runs) > 0 {
			return runs, true, err
		}
	}
	one, err := findRun(ctx, t, name)
	return []storedRun{one}, false, err
}

// selectRecord reads one run, with the starts and attempts that the function reads.
func selectRecord(ctx context.Context, t tx, stored storedRun, attempts reading) (rec trial.Record, err error) {
	rec.Run = stored.Run
	if rec.Cells, err = selectCells(ctx, t, stored.key); err != nil {
		return rec, err
	}
	if rec.Skips, err = selectSkips(ctx, t, stored.key); err != nil {
		return rec, err
	}
	if rec.Needs, err = selectNeeds(ctx, t, stored.key); err != nil {
		return rec, err
	}
	if err := attempts(ctx, t, &rec, stored.key); err != nil {
		return rec, err
	}
	if rec.Notes, err = selectNotes(ctx, t, stored.key); err != nil {
		return rec, err
	}
	if rec.Search, err = selectSearch(ctx, t, stored.key); err != nil {
		return rec, err
	}
	if rec.Story, err = selectStory(ctx, t, stored.key); err != nil {
		return rec, err
	}
	rec.Fuzz, err = selectCampaign(ctx, t, stored.key)
	return rec, err
}
