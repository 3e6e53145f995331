package store

import (
	"context"
	"slices"
	"time"

	"ctxcliff/harness/trial"
)

// Pruned is a run that a prune takes away or keeps, and why.
type Pruned struct {
	Run  trial.Run
	Keep string // why it is kept; "" it goes
}

// PlanPrune says what pruning would do to runs that began before that time. Kept whatever their age are runs
// that are not finished, because they may be taken up again; the newest of each command; and of each fault
// the runs with its first, its latest and its shortest sighting, which is what reproduces it.
func (s *Store) PlanPrune(ctx context.Context, before time.Time) ([]Pruned, error) {
	runs, err := s.Runs(ctx)
	if err != nil {
		return nil, err
	}
	sightings, err := s.Sightings(ctx, Filter{})
	if err != nil {
		return nil, err
	}
	evidence := map[string]string{}
	for _, b := range trial.Bugs(sightings) {
		of := slices.DeleteFunc(slices.Clone(sightings), func(g trial.Sighting) bool {
			return g.Fault.Signature != b.Signature && !slices.Contains(b.Others, g.Fault.Signature)
		})
		first := slices.MinFunc(of, func(x, y trial.Sighting) int { return x.At.Compare(y.At) })
		latest := slices.MaxFunc(of, func(x, y trial.Sighting) int { return x.At.Compare(y.At) })
		evidence[b.Shortest.RunID] = "reproduces " + b.ID
		evidence[latest.RunID] = "saw " + b.ID + " last"
		evidence[first.RunID] = "saw " + b.ID + " first"
	}
	var plan []Pruned
	newest := map[string]bool{}
	for _, r := range runs { // newest first
		p := Pruned{Run: r}
		switch why := evidence[r.ID]; {
		case r.Status != trial.Finished:
			p.Keep = "is " + string(r.Status) + ", and may be taken up again"
		case !newest[r.Command]:
			p.Keep = "is the newest " + r.Command
		case why != "":
			p.Keep = why
		case !r.Began.Before(before):
			p.Keep = "is not old enough"
		}
		newest[r.Command] = newest[r.Command] || r.Status == trial.Finished
		plan = append(plan, p)
	}
	return plan, nil
}

// Remove takes runs away, unless one has been taken up meanwhile. What runs share (cells, faults) goes with
// the last that has it.
func (s *Store) Remove(ctx context.Context, ids []string) error {
	return s.write(ctx, "remove runs from", func(t tx) error {
		for _, id := range ids {
			err := t.one(ctx, "run "+id+" is gone or being worked on; nothing was removed", "DELETE FROM runs WHERE id = ? AND status = ?", id, string(trial.Finished))
			if err != nil {
				return err
			}
		}
		const byCell = "attempts_cell" // to see that no attempt refers to a cell
		if _, err := t.run(ctx, "CREATE INDEX "+byCell+" ON attempts (cell)"); err != nil {
			return err
		}
		for _, orphans := range []string{
			"faults WHERE key NOT IN (SELECT fault FROM sightings)",
			"cells WHERE key NOT IN (SELECT cell FROM run_cells UNION SELECT cell FROM skips UNION SELECT cell FROM attempts WHERE cell IS NOT NULL)",
			"configurations WHERE key NOT IN (SELECT configuration FROM cells UNION SELECT configuration FROM run_configurations UNION SELECT configuration FROM starts)",
			"targets WHERE key NOT IN (SELECT target FROM configurations UNION SELECT target FROM run_targets)",
		} {
			if _, err := t.run(ctx, "DELETE FROM "+orphans); err != nil {
				return err
			}
		}
		_, err := t.run(ctx, "DROP INDEX "+byCell)
		return err
	})
}

// Vacuum gives the space of what was removed back to the file system.
func (s *Store) Vacuum(ctx context.Context) error {
	if s.writer == nil {
		return s.write(ctx, "shrink", nil) // says why not
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	_, err := s.writer.ExecContext(ctx, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
	return wrap("shrink", s.path, err)
}
