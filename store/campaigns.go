package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"ctxcliff/harness/fuzz"
	"ctxcliff/harness/minimize"
)

// BeginCampaign stores what a campaign may vary. It may be called again by a session that takes the run up with
// another budget.
func (r *Recorder) BeginCampaign(ctx context.Context, set fuzz.Settings) error {
	return r.store.write(ctx, "store what is to be varied", func(t tx) error {
		text, err := json.Marshal(set)
		if err != nil {
			return err
		}
		_, err = t.run(ctx, "INSERT INTO campaigns (run, settings) VALUES (?1, ?2) ON CONFLICT (run) DO UPDATE SET settings = ?2", r.run, string(text))
		return err
	})
}

// selectCampaign reads the campaign of a run; nil when it has none.
func selectCampaign(ctx context.Context, t tx, run int64) (*fuzz.Story, error) {
	var settings string
	err := t.QueryRowContext(ctx, "SELECT settings FROM campaigns WHERE run = ?", run).Scan(&settings)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	s := &fuzz.Story{}
	if err = errors.Join(err, parse(settings, &s.Settings)); err != nil {
		return nil, err
	}
	s.Entries, err = selectQuestions(ctx, t, run)
	return s, err
}

// selectQuestions reads what a run asked and was told, in order.
func selectQuestions(ctx context.Context, t tx, run int64) (all []minimize.Entry, err error) {
	err = eachPair(ctx, t, "SELECT question, answer FROM questions WHERE run = ? ORDER BY seq", run, func(question string, answer sql.NullString) error {
		var e minimize.Entry
		err := parse(question, &e.Question)
		if answer.Valid {
			e.Answer = &minimize.Answer{}
			err = errors.Join(err, parse(answer.String, e.Answer))
		}
		all = append(all, e)
		return err
	})
	return all, err
}
