package store

import (
	"context"
	"fmt"
	"maps"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// Resume takes a run up again that ended before it was finished: it is running once more, owned by
// the process that calls, on a host of that boot id. The result is a recorder that goes on where the
// other stopped. A run that somebody still works on, or that finished, is refused; whoever calls has
// closed what was left open ([Store.CloseLeftOpen]).
func (s *Store) Resume(ctx context.Context, id, bootID string) (*Recorder, error) {
	rec := &Recorder{store: s, configurations: map[string]int64{}, cells: map[string]int64{}}
	err := s.write(ctx, "take up a run of", func(t tx) error {
		stored, err := findRun(ctx, t, id)
		if err != nil {
			return err
		}
		switch stored.Status {
		case trial.Running:
			return &Error{What: fmt.Sprintf("run %s is still being worked on", stored.ID), Hint: "wait for it, or end that ctxcliff first"}
		case trial.Finished:
			return &Error{What: fmt.Sprintf("run %s is finished", stored.ID), Hint: "ctxcliff report " + stored.ID + " shows it"}
		}
		rec.run = stored.key
		owner := ownProcess()
		err = t.one(ctx, "the run is not stored", "UPDATE runs SET status = ?, ended = NULL, boot_id = ?, owner_pid = ?, owner_pid_start = ? WHERE key = ?",
			string(trial.Running), bootID, owner.PID, int64(owner.PIDStart), stored.key)
		if err != nil {
			return err
		}
		return rec.recall(ctx, t)
	})
	if err != nil {
		return nil, err
	}
	return rec, nil
}

// Supersede marks attempts of the run that will be made again, because their starts were broken off.
func (r *Recorder) Supersede(ctx context.Context, ids []int64) error {
	return r.store.write(ctx, "store what is made again", func(t tx) error {
		for _, id := range ids {
			if err := t.one(ctx, fmt.Sprintf("attempt %d is not of this run", id), "UPDATE attempts SET superseded = 1 WHERE key = ? AND run = ?", id, r.run); err != nil {
				return err
			}
		}
		return nil
	})
}

// recall reads the keys of what the run has planned so far.
func (r *Recorder) recall(ctx context.Context, t tx) error {
	for table, into := range map[string]map[string]int64{"configuration": r.configurations, "cell": r.cells} {
		keys := map[string]int64{}
		err := t.rows(ctx, func(scan func(...any) error) error {
			var id string
			var key int64
			err := scan(&id, &key)
			keys[id] = key
			return err
		}, fmt.Sprintf("SELECT v.id, v.key FROM run_%[1]ss r JOIN %[1]ss v ON v.key = r.%[1]s WHERE r.run = ?", table), r.run)
		if err != nil {
			return err
		}
		maps.Copy(into, keys)
	}
	return nil
}

// Knows reports whether the run has the cell in its plan.
func (r *Recorder) Knows(c plan.Cell) bool {
	_, ok := r.cells[c.ID()]
	return ok
}
