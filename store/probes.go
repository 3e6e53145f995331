package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"ctxcliff/harness/search"
)

// BeginSearch stores what a bisection looks for. It may be called again, by a session that takes the
// run up with another budget: the settings are replaced, the cells must be the same.
func (r *Recorder) BeginSearch(ctx context.Context, set search.Settings, cells []search.Cell) error {
	return r.store.write(ctx, "store what is looked for", func(t tx) error {
		settings, err := json.Marshal(set)
		if err != nil {
			return err
		}
		list, err := json.Marshal(cells)
		if err != nil {
			return err
		}
		return t.one(ctx, "the run looks for other edges already",
			"INSERT INTO searches (run, settings, cells) VALUES (?1, ?2, ?3) "+
				"ON CONFLICT (run) DO UPDATE SET settings = ?2 WHERE cells = ?3", r.run, string(settings), string(list))
	})
}

// BeginProbe stores that a probe is about to be made. When it returns, the intent is on disk.
func (r *Recorder) BeginProbe(ctx context.Context, p search.Probe) error {
	return r.store.write(ctx, "store a probe", func(t tx) error {
		text, err := json.Marshal(p)
		if err != nil {
			return err
		}
		_, err = t.run(ctx, insertInto("probes", "run, seq, probe"), r.run, p.Seq, string(text))
		return err
	})
}

// EndProbe stores what happened to it. A probe is answered once.
func (r *Recorder) EndProbe(ctx context.Context, p search.Probe, a search.Answer) error {
	return r.store.write(ctx, "store the answer to a probe", func(t tx) error {
		text, err := json.Marshal(a)
		if err != nil {
			return err
		}
		return t.one(ctx, fmt.Sprintf("probe %d of this run is not open", p.Seq),
			"UPDATE probes SET answer = ? WHERE run = ? AND seq = ? AND answer IS NULL", string(text), r.run, p.Seq)
	})
}

// selectSearch reads the journal of a run; nil when it looks for no edges.
func selectSearch(ctx context.Context, t tx, run int64) (*search.Journal, error) {
	var settings, cells string
	err := t.QueryRowContext(ctx, "SELECT settings, cells FROM searches WHERE run = ?", run).Scan(&settings, &cells)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	j := &search.Journal{}
	if err = errors.Join(err, parse(settings, &j.Settings), parse(cells, &j.Cells)); err != nil {
		return nil, err
	}
	err = eachPair(ctx, t, "SELECT probe, answer FROM probes WHERE run = ? ORDER BY seq", run, func(probe string, answer sql.NullString) error {
		var e search.Entry
		err := parse(probe, &e.Probe)
		if answer.Valid {
			e.Answer = &search.Answer{}
			err = errors.Join(err, parse(answer.String, e.Answer))
		}
		j.Entries = append(j.Entries, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return j, markLost(ctx, t, run, j.Entries)
}

// markLost tells of open entries, in the order of their probes, which the host went down with.
func markLost(ctx context.Context, t tx, run int64, entries []search.Entry) error {
	return t.rows(ctx, func(into func(...any) error) error {
		var seq int
		if err := into(&seq); err != nil {
			return err
		}
		for i := range entries {
			if e := &entries[i]; e.Probe.Seq == seq {
				e.Lost = e.Answer == nil
			}
		}
		return nil
	}, "SELECT DISTINCT probe FROM attempts WHERE run = ? AND host_lost = 1 AND probe > 0", run)
}

// eachPair hands out what was asked, and what was answered, in order.
func eachPair(ctx context.Context, t tx, query string, run int64, do func(asked string, answer sql.NullString) error) error {
	return t.rows(ctx, func(into func(...any) error) error {
		var asked string
		var answer sql.NullString
		if err := into(&asked, &answer); err != nil {
			return err
		}
		return do(asked, answer)
	}, query, run)
}

func parse(text string, into any) error {
	if text == "" { // of a query that found nothing: the error has been said
		return nil
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("read a stored journal: %w", err)
	}
	return nil
}
