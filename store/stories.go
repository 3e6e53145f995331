package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"ctxcliff/harness/minimize"
)

// BeginStory stores what a reproduction or a minimisation is about. It may be called again by a session
// that takes the run up with another budget.
func (r *Recorder) BeginStory(ctx context.Context, s minimize.Story) error {
	return r.store.write(ctx, "store what is to be reproduced", func(t tx) error {
		text, err := json.Marshal(s)
		if err != nil {
			return err
		}
		_, err = t.run(ctx, "INSERT INTO stories (run, settings) VALUES (?1, ?2) ON CONFLICT (run) DO UPDATE SET settings = ?2", r.run, string(text))
		return err
	})
}

// BeginQuestion stores that a question is about to be made real. When it returns, the intent is on disk.
func (r *Recorder) BeginQuestion(ctx context.Context, q minimize.Question) error {
	return r.store.write(ctx, "store a question", func(t tx) error {
		text, err := json.Marshal(q)
		if err != nil {
			return err
		}
		_, err = t.run(ctx, insertInto("questions", "run, seq, question"), r.run, q.Seq, string(text))
		return err
	})
}

// EndQuestion stores what happened to it. A question is answered once.
func (r *Recorder) EndQuestion(ctx context.Context, q minimize.Question, a minimize.Answer) error {
	return r.store.write(ctx, "store an answer", func(t tx) error {
		text, err := json.Marshal(a)
		if err != nil {
			return err
		}
		return t.one(ctx, fmt.Sprintf("question %d of this run is not open", q.Seq),
			"UPDATE questions SET answer = ? WHERE run = ? AND seq = ? AND answer IS NULL", string(text), r.run, q.Seq)
	})
}

// selectStory reads the story of a run; nil when it has none.
func selectStory(ctx context.Context, t tx, run int64) (*minimize.Story, error) {
	var settings string
	err := t.QueryRowContext(ctx, "SELECT settings FROM stories WHERE run = ?", run).Scan(&settings)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	s := &minimize.Story{}
	if err = errors.Join(err, parse(settings, s)); err != nil {
		return nil, err
	}
	s.Entries, err = selectQuestions(ctx, t, run)
	return s, err
}

// RunOf names the run that an attempt belongs to.
func (s *Store) RunOf(ctx context.Context, attempt int64) (run string, err error) {
	err = s.read(ctx, "look for an attempt in", func(t tx) error {
		err := t.QueryRowContext(ctx, "SELECT r.id FROM attempts a JOIN runs r ON r.key = a.run WHERE a.key = ?", attempt).Scan(&run)
		if errors.Is(err, sql.ErrNoRows) {
			return &Error{Kind: NoRun, What: fmt.Sprintf("no attempt has the number %d", attempt), Hint: "ctxcliff report -o json shows those of a run"}
		}
		return err
	})
	return run, err
}

// LatestOf names the latest attempt at a cell that broke, or else the latest of all.
func (s *Store) LatestOf(ctx context.Context, cell string) (attempt int64, err error) {
	err = s.read(ctx, "look for a cell in", func(t tx) error {
		err := t.QueryRowContext(ctx, "SELECT a.key FROM attempts a JOIN cells c ON c.key = a.cell LEFT JOIN sightings g ON g.attempt = a.key "+
			"WHERE c.id = ? AND a.warmup = 0 ORDER BY g.attempt IS NULL, a.key DESC LIMIT 1", cell).Scan(&attempt)
		if errors.Is(err, sql.ErrNoRows) {
			return &Error{Kind: NoRun, What: fmt.Sprintf("no attempt was made at a cell called %q", cell), Hint: "ctxcliff report shows the ids of cells"}
		}
		return err
	})
	return attempt, err
}
