package store

import (
	"context"
	"encoding/json"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
)

// answerLost answers the question that an attempt was part of when the host went down: so that whoever takes the
// run up knows what it was at. Of probes the attempts say so; see markLost.
func answerLost(ctx context.Context, t tx, run int64, a trial.Attempt) error {
	question, err := json.Marshal(minimize.Answer{Outcome: minimize.HostLost})
	if err != nil {
		return err
	}
	_, err = t.run(ctx, "UPDATE questions SET answer = ? WHERE run = ? AND seq = ? AND answer IS NULL", string(question), run, a.Probe)
	return err
}

// LostWith names the runs that have attempts which the host went down with.
func (s *Store) LostWith(ctx context.Context) (runs map[string]bool, err error) {
	runs = map[string]bool{}
	err = s.read(ctx, "look for lost hosts in", func(t tx) error {
		return t.rows(ctx, func(into func(...any) error) error {
			var id string
			err := into(&id)
			runs[id] = true
			return err
		}, "SELECT DISTINCT r.id FROM runs r JOIN attempts a ON a.run = r.key WHERE a.host_lost = 1")
	})
	return runs, err
}

// Forgive makes of what the run's journals say that the host went down with mere interruptions: it is asked again,
// and held against nothing. The attempts go on saying it. A run that was finished without what it left alone can
// be taken up again.
func (s *Store) Forgive(ctx context.Context, run string) error {
	return s.write(ctx, "take up a run of", func(t tx) error {
		stored, err := findRun(ctx, t, run)
		if err != nil {
			return err
		}
		interrupted, err := json.Marshal(search.Answer{Outcome: search.Interrupted, Down: true, Cached: -1})
		if err != nil {
			return err
		}
		_, err = t.run(ctx, "UPDATE probes SET answer = ? WHERE run = ? AND answer IS NULL", string(interrupted), stored.key)
		if err == nil {
			_, err = t.run(ctx, "UPDATE questions SET answer = json_set(answer, '$.outcome', ?) WHERE run = ? AND answer ->> '$.outcome' = ?",
				string(minimize.Interrupted), stored.key, string(minimize.HostLost))
		}
		if err == nil {
			_, err = t.run(ctx, "UPDATE runs SET status = ?2 WHERE key = ?1 AND status = ?3 AND EXISTS (SELECT 1 FROM attempts WHERE run = ?1 AND host_lost = 1)",
				stored.key, string(trial.Interrupted), string(trial.Finished))
		}
		return err
	})
}
