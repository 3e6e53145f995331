package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ctxcliff/harness/trial"
)

// Merged says what became of the runs of another store.
type Merged struct {
	Added     []string // runs that were not here
	Renewed   []string // runs that had gone on there since they were merged
	Known     []string // runs that are here as they are there, or further
	Unsettled []string // of the first two, those that are still being worked on there
}

// Merge takes in all runs of another store. A run is known by its id: merging it again changes nothing, and
// one that has gone on since is taken in anew. What is still open there is interrupted here, at that time. All of it is one transaction: a merge that fails leaves the
// store as it was.
func (s *Store) Merge(ctx context.Context, path string, at time.Time) (m Merged, err error) {
	return s.merge(ctx, path, nil, at)
}

// Export writes runs of the store, called as [Store.Record] takes them, or all of them into a new file, and
// tells their ids. A run that is being worked on is interrupted there.
func (s *Store) Export(ctx context.Context, to string, names []string, at time.Time) ([]string, error) {
	var only []string
	err := s.read(ctx, "export from", func(t tx) error {
		for _, name := range names {
			runs, _, err := findRuns(ctx, t, name)
			if err != nil {
				return err
			}
			for _, r := range runs {
				only = append(only, r.ID)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	copied, err := Open(ctx, to)
	if err != nil {
		return nil, err
	}
	m, err := copied.merge(ctx, s.path, only, at)
	return m.Added, errors.Join(err, copied.Close())
}

// merge takes in the runs of those ids; nil: all.
func (s *Store) merge(ctx context.Context, path string, only []string, at time.Time) (m Merged, err error) {
	other, err := OpenExisting(ctx, path) // refuses what is not ours, and migrates what is old
	if err != nil {
		return m, err
	}
	if err := other.Close(); err != nil {
		return m, err
	}
	full, _, err := inspect(path)
	if err != nil {
		return m, err
	}
	if own, _, err := inspect(s.path); err != nil || own == full {
		return m, errors.Join(err, &Error{Op: "merge", Path: path, What: "it is the file that is merged into", Hint: another})
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	conn := s.writer
	if _, err := conn.ExecContext(ctx, "ATTACH ? AS other", source(full, map[string][]string{"mode": {"ro"}})); err != nil {
		return m, wrap("merge", path, err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "DETACH other")
	err = func() error {
		t, err := conn.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer t.Rollback()
		if m, err = mergeRuns(ctx, tx{t, nil}, path, only, at); err != nil {
			return err
		}
		return t.Commit()
	}()
	return m, wrap("merge "+path+" into", s.path, err)
}

// mergeRuns takes in the runs of the attached store, one after the other.
func mergeRuns(ctx context.Context, t tx, path string, only []string, at time.Time) (m Merged, err error) {
	type pair struct {
		id, status string
		there      int64
		here       sql.NullInt64
		same       bool
		ahead      bool
	}
	var runs []pair
	err = t.rows(ctx, func(into func(...any) error) error {
		var p pair
		err := into(&p.id, &p.status, &p.there, &p.here, &p.same, &p.ahead)
		runs = append(runs, p)
		return err
	}, `SELECT o.id, o.status, o.key, r.key,
			coalesce(r.began = o.began AND r.argv = o.argv AND r.command = o.command AND r.seed = o.seed, 0),
			coalesce(o.ended > r.ended OR EXISTS (SELECT 1 FROM main.notes n WHERE n.run = r.key AND n.text = ?), 0)
		FROM other.runs o LEFT JOIN main.runs r ON r.id = o.id ORDER BY o.began, o.id`, unsettled)
	if err != nil {
		return m, err
	}
	for _, p := range runs {
		if only != nil && !slices.Contains(only, p.id) {
			continue
		}
		list := &m.Added
		switch {
		case p.here.Valid && !p.same:
			return m, &Error{What: fmt.Sprintf("run %s of %s is another one than the run of that name here", p.id, path), Hint: "merge it into a file of its own"}
		case p.here.Valid && !p.ahead:
			m.Known = append(m.Known, p.id)
			continue
		case p.here.Valid:
			if _, err := t.run(ctx, "DELETE FROM main.runs WHERE key = ?", p.here.Int64); err != nil {
				return m, err
			}
			list = &m.Renewed
		}
		if err := copyRun(ctx, t, p.there); err != nil {
			return m, fmt.Errorf("run %s: %w", p.id, err)
		}
		*list = append(*list, p.id)
		if p.status == string(trial.Running) {
			m.Unsettled = append(m.Unsettled, p.id)
			if err := settleCopy(ctx, t, p.id, at); err != nil {
				return m, err
			}
		}
	}
	return m, nil
}

const unsettled = "the run was still being worked on when it was merged; merge it again when it has ended"

// settleCopy makes what is open in a copied run interrupted: its ctxcliff is another machine's business.
func settleCopy(ctx context.Context, t tx, id string, at time.Time) error {
	run, err := findRun(ctx, t, id)
	if err != nil {
		return err
	}
	for _, text := range []string{
		"UPDATE main.attempts SET open = 0, outcome = 'incomplete', reason = 'was in flight when the run was merged' WHERE open = 1 AND ?1 > 0 AND run = ?2",
		"UPDATE main.starts SET outcome = 'incomplete', ended = ?1 WHERE ended IS NULL AND run = ?2",
		"UPDATE main.runs SET status = 'interrupted', ended = ?1 WHERE key = ?2",
	} {
		if _, err := t.run(ctx, text, micros(at), run.key); err != nil {
			return err
		}
	}
	return insertNote(ctx, t, run.key, unsettled)
}

// A shelf is a table that a run has rows in, or shares rows of with other runs, and how to move those.
// Columns that are keys of other tables are found by their names; see [keyOf].
type shelf struct {
	table string
	rows  string // which rows of the other store are the run's; "" those that its rows refer to
	// natural are the columns that tell rows of a shared table apart; "" the table is the run's own.
	natural string
	// computed columns are left to triggers.
	computed []string
	// refs are columns of JSON that hold the id of an attempt under $.ref.
	refs []string
}

const ofRunOther = "run = ?1"

// shelves, in an order in which whatever is referred to comes first. A test holds them against the schema.
var shelves = []shelf{
	{table: "targets", natural: "name, server, launch, url, model, backend, power, topology, peers, rpc_server, args, env",
		rows: "key IN (SELECT target FROM other.run_targets WHERE run = ?1 UNION SELECT k.target FROM other.configurations k WHERE " + configurationsOfRun + ")"},
	{table: "configurations", natural: "target, np, ctx, reply", rows: configurationsOfRun},
	{table: "cells", natural: "configuration, shape, tokens", rows: cellsOfRun},
	{table: "faults", natural: "signature", rows: "key IN (SELECT g.fault FROM other.sightings g JOIN other.attempts a ON a.key = g.attempt WHERE a.run = ?1)"},
	{table: "runs", rows: "key = ?1"},
	{table: "run_targets", rows: ofRunOther},
	{table: "run_configurations", rows: ofRunOther, computed: []string{"starts"}},
	{table: "demands", rows: ofRunOther},
	{table: "run_cells", rows: ofRunOther},
	{table: "skips", rows: ofRunOther},
	{table: "starts", rows: ofRunOther},
	{table: "peers", rows: ofStarts},
	{table: "start_gauges", rows: ofStarts},
	{table: "attempts", rows: ofRunOther},
	{table: "searches", rows: ofRunOther},
	{table: "probes", rows: ofRunOther, refs: []string{"answer"}},
	{table: "stories", rows: ofRunOther},
	{table: "campaigns", rows: ofRunOther},
	{table: "questions", rows: ofRunOther, refs: []string{"answer"}},
	{table: "moments", rows: ofAttempts},
	{table: "opinions", rows: ofAttempts},
	{table: "attempt_gauges", rows: ofAttempts},
	{table: "request_rows", rows: ofAttempts},
	{table: "sightings", rows: ofAttempts},
	{table: "notes", rows: ofRunOther},
}

const (
	ofStarts   = "start IN (SELECT key FROM other.starts WHERE run = ?1)"
	ofAttempts = "attempt IN (SELECT key FROM other.attempts WHERE run = ?1)"
	cellsOfRun = "key IN (SELECT cell FROM other.run_cells WHERE run = ?1 UNION SELECT cell FROM other.skips WHERE run = ?1" +
		" UNION SELECT cell FROM other.attempts WHERE run = ?1)"
	configurationsOfRun = "key IN (SELECT configuration FROM other.run_configurations WHERE run = ?1" +
		" UNION SELECT configuration FROM other.starts WHERE run = ?1 UNION SELECT configuration FROM other.cells c WHERE c." + cellsOfRun + ")"
)

// computedTables are made by triggers.
var computedTables = []string{"tallies", "visits", "sums", "lives", "run_sums"}

// keyOf is the table that a column of this name refers to.
var keyOf = map[string]string{"target": "targets", "configuration": "configurations", "cell": "cells", "fault": "faults",
	"run": "runs", "start": "starts", "attempt": "attempts"}

// copyRun copies one run of the attached store with everything that belongs to it. Shared rows become those
// that are here already; own rows get keys behind the last ones here, in the same order.
func copyRun(ctx context.Context, t tx, run int64) error {
	if _, err := t.ExecContext(ctx, "DROP TABLE IF EXISTS temp.moved; CREATE TEMP TABLE moved (tbl, there INTEGER, here INTEGER, PRIMARY KEY (tbl, there)) WITHOUT ROWID"); err != nil {
		return err
	}
	offset := map[string]int64{}
	for _, table := range []string{"runs", "starts", "attempts"} {
		var last int64
		if err := t.QueryRowContext(ctx, "SELECT coalesce(max(key), 0) FROM main."+table).Scan(&last); err != nil {
			return err
		}
		var first int64
		if err := t.QueryRowContext(ctx, "SELECT coalesce(min(key), 1) FROM other."+table+" WHERE "+map[bool]string{true: "key = ?", false: "run = ?"}[table == "runs"], run).Scan(&first); err != nil {
			return err
		}
		offset[table] = last + 1 - first
	}
	for _, s := range shelves {
		columns, err := columnsOf(ctx, t, s.table)
		if err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, s.copying(columns, offset), run); err != nil {
			return fmt.Errorf("copy %s: %w", s.table, err)
		}
		if s.natural != "" {
			if err := s.noteKeys(ctx, t, run); err != nil {
				return fmt.Errorf("find the rows of %s: %w", s.table, err)
			}
		}
	}
	return nil
}

// copying is the statement that copies a shelf.
func (s shelf) copying(columns []string, offset map[string]int64) string {
	var into, from []string
	for _, c := range columns {
		value := "o." + c
		table, refers := keyOf[c]
		moved, own := offset[table]
		switch {
		case slices.Contains(s.computed, c):
			continue
		case c == "key":
			by, keyed := offset[s.table]
			if !keyed {
				continue // SQLite finds one
			}
			value = fmt.Sprintf("o.key + %d", by)
		case slices.Contains(s.refs, c):
			value = fmt.Sprintf("iif(json_extract(%[1]s, '$.ref') IS NULL, %[1]s, json_set(%[1]s, '$.ref', CAST(json_extract(%[1]s, '$.ref') + %[2]d AS TEXT)))", value, offset["attempts"])
		case refers && own:
			value = fmt.Sprintf("o.%s + %d", c, moved)
		case refers:
			value = here(table, "o."+c)
		}
		into, from = append(into, c), append(from, value)
	}
	verb := "INSERT"
	if s.natural != "" {
		verb = "INSERT OR IGNORE"
	}
	return fmt.Sprintf("%s INTO main.%s (%s) SELECT %s FROM other.%s o WHERE o.%s",
		verb, s.table, strings.Join(into, ", "), strings.Join(from, ", "), s.table, s.rows)
}

// noteKeys remembers which row here each copied row of a shared table is.
func (s shelf) noteKeys(ctx context.Context, t tx, run int64) error {
	var same []string
	for _, c := range strings.Split(s.natural, ", ") {
		value := "o." + c
		if table, refers := keyOf[c]; refers {
			value = here(table, value)
		}
		same = append(same, "h."+c+" = "+value)
	}
	_, err := t.ExecContext(ctx, fmt.Sprintf("INSERT INTO temp.moved SELECT '%[1]s', o.key, h.key FROM other.%[1]s o JOIN main.%[1]s h ON %[2]s WHERE o.%[3]s",
		s.table, strings.Join(same, " AND "), s.rows), run)
	return err
}

// here is the key that a row of a shared table has here.
func here(table, key string) string {
	return fmt.Sprintf("(SELECT m.here FROM temp.moved m WHERE m.tbl = '%s' AND m.there = %s)", table, key)
}

// columnsOf lists the columns of a table.
func columnsOf(ctx context.Context, t tx, table string) (columns []string, err error) {
	err = t.rows(ctx, func(into func(...any) error) error {
		var name string
		err := into(&name)
		columns = append(columns, name)
		return err
	}, "SELECT name FROM pragma_table_info(?, 'main') ORDER BY cid", table)
	return columns, err
}
