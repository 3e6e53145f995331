package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ctxcliff/harness/trial"
)

var update = flag.Bool("update", false, "write the golden files of the current schema again")

func TestMigrationsAreNumbered(t *testing.T) {
	entries, err := migrationFiles.ReadDir("migrations")
	must(t, err)
	for i, e := range entries {
		if !strings.HasPrefix(e.Name(), fmt.Sprintf("%04d_", i+1)) {
			t.Errorf("file %d is called %s", i+1, e.Name())
		}
	}
	if len(migrations) == 0 || len(migrations) != len(entries) {
		t.Errorf("%d migrations in %d files", len(migrations), len(entries))
	}
}

// TestOutcomesOfTheSchema: SQLite accepts exactly the outcomes that package trial knows.
func TestOutcomesOfTheSchema(t *testing.T) {
	s := openTemp(t)
	r, p := sampleRun("a")
	rec, err := s.Begin(t.Context(), r, p)
	must(t, err)
	for i, o := range append(trial.Outcomes(), trial.Unknown) {
		start := sampleStart(p, i+1)
		start.Outcome = o
		start.ID, err = rec.BeginStart(t.Context(), start)
		must(t, err)
		a := sampleAttempt(p, start, 1)
		a.Outcome = o
		_, err = rec.BeginAttempt(t.Context(), a)
		must(t, err)
	}
	for _, table := range []string{"starts", "attempts"} {
		if _, err := s.writer.ExecContext(t.Context(), "UPDATE "+table+" SET outcome = 'stable'"); err == nil {
			t.Errorf("%s accepts an outcome that does not exist", table)
		}
	}
}

// TestPastSchemas opens a dump of each schema that was ever released and compares the run in it
// with the record that was read from it then.
func TestPastSchemas(t *testing.T) {
	current := filepath.Join("testdata", fmt.Sprintf("schema-%d.sql", len(migrations)))
	if *update {
		writeGolden(t, current)
	}
	dumps, err := filepath.Glob("testdata/schema-*.sql")
	must(t, err)
	if !slices.Contains(dumps, current) {
		t.Errorf("%s is missing; make it with -update", current)
	}
	for _, dump := range dumps {
		t.Run(dump, func(t *testing.T) {
			s := reopen(t, restore(t, dump))
			integrity(t, s)
			got, err := s.Record(t.Context(), "golden")
			must(t, err)
			text, err := os.ReadFile(strings.TrimSuffix(dump, ".sql") + ".json")
			must(t, err)
			if d := diff(string(text), recordJSON(t, got)); d != "" {
				t.Errorf("the record changed on its way through the schemas:\n%s", d)
			}
			if dump == current {
				return
			}
			fresh := openTemp(t)
			if d := diff(schema(t, fresh.reader), schema(t, s.reader)); d != "" {
				t.Errorf("a migrated database differs from a fresh one:\n%s", d)
			}
		})
	}
}

// TestTheSchemaIsAppendOnly: the current files still make the current dump.
func TestTheSchemaIsAppendOnly(t *testing.T) {
	released := reopen(t, restore(t, filepath.Join("testdata", fmt.Sprintf("schema-%d.sql", len(migrations)))))
	if d := diff(schema(t, released.reader), schema(t, openTemp(t).reader)); d != "" {
		t.Errorf("a released migration was edited; add a new one instead:\n%s", d)
	}
}

func writeGolden(t *testing.T, path string) {
	s := openTemp(t)
	r, p := sampleRun("golden")
	rec, err := s.Begin(t.Context(), r, p)
	must(t, err)
	start := sampleStart(p, 1)
	start.ID, err = rec.BeginStart(t.Context(), start)
	must(t, err)
	for n := 1; n <= 2; n++ {
		a := sampleAttempt(p, start, n)
		a.ID, err = rec.BeginAttempt(t.Context(), a)
		must(t, err)
		if n == 1 {
			must(t, rec.EndAttempt(t.Context(), crashed(a)))
		}
	}
	start.Outcome, start.Exit, start.Ended = trial.Crash, "signal:SIGABRT", at(9)
	start.LogBytes, start.Unobserved = 4711, []string{"the kernel log cannot be read: permission denied"}
	start.Peers = []trial.Peer{{Name: "rpc1", Endpoint: "127.0.0.1:50052", Argv: []string{"rpc-server"}, PID: 12, PIDStart: 13, Exit: "signal:SIGTERM", Requested: true, LogFile: "start-0001.rpc1.log"}}
	start.Gauges = []trial.Gauge{{Device: "server", MemoryBytes: 1 << 30, MemoryTotal: -1, TempC: -1, PowerW: -1, BusyPercent: -1}}
	must(t, rec.EndStart(t.Context(), start))
	must(t, rec.Note(t.Context(), "kernel log not readable"))
	_, err = s.writer.ExecContext(t.Context(), "UPDATE runs SET owner_pid = 4711, owner_pid_start = 42") // the same bytes each time
	must(t, err)
	got, err := s.Record(t.Context(), "golden")
	must(t, err)
	must(t, os.MkdirAll("testdata", 0o755))
	must(t, os.WriteFile(path, []byte(dump(t, s.reader)), 0o644))
	must(t, os.WriteFile(strings.TrimSuffix(path, ".sql")+".json", []byte(recordJSON(t, got)), 0o644))
}

// recordJSON prints a record; shapes are printed as their text.
func recordJSON(t *testing.T, r trial.Record) string {
	t.Helper()
	var cells []string
	for _, c := range r.Cells {
		cells = append(cells, c.ID()+" "+c.Shape.String())
	}
	for _, s := range r.Skips {
		cells = append(cells, s.Cell.ID()+" "+s.Reason)
	}
	b, err := json.MarshalIndent(map[string]any{"run": r.Run, "cells": cells, "starts": r.Starts, "attempts": r.Attempts, "notes": r.Notes}, "", "  ")
	must(t, err)
	return string(b) + "\n"
}

// schema is the text of all tables, indices and triggers.
func schema(t *testing.T, db *sql.DB) string {
	t.Helper()
	return schemaOf(t, db, "1")
}

func schemaOf(t *testing.T, db *sql.DB, which string) string {
	t.Helper()
	var parts []string
	must(t, within(t.Context(), db, nil, func(x tx) error {
		return x.rows(t.Context(), func(into func(...any) error) error {
			var text string
			err := into(&text)
			parts = append(parts, text+";\n")
			return err
		}, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND "+which+" ORDER BY type = 'trigger', rowid")
	}))
	return strings.Join(parts, "")
}

// dump is a database as SQL. Triggers come last, as what they would do to the rows is among the rows.
func dump(t *testing.T, db *sql.DB) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "PRAGMA application_id = %d;\nPRAGMA user_version = %d;\n%s", applicationID, len(migrations), schemaOf(t, db, "type <> 'trigger'"))
	must(t, within(t.Context(), db, nil, func(x tx) error {
		var queries []string
		err := x.rows(t.Context(), func(into func(...any) error) error {
			var query string
			err := into(&query)
			queries = append(queries, query)
			return err
		}, `SELECT 'SELECT ''INSERT INTO ' || s.name || ' VALUES ('' || ' ||
			(SELECT group_concat('quote(' || c.name || ')', ' || '', '' || ') FROM pragma_table_info(s.name) c) ||
			' || '');'' FROM ' || s.name FROM sqlite_schema s WHERE s.type = 'table' ORDER BY s.rowid`)
		for _, query := range queries {
			err = errors.Join(err, x.rows(t.Context(), func(into func(...any) error) error {
				var row string
				err := into(&row)
				b.WriteString(row + "\n")
				return err
			}, query))
		}
		return err
	}))
	return b.String() + schemaOf(t, db, "type = 'trigger'")
}

// restore makes a database from a dump.
func restore(t *testing.T, dump string) string {
	t.Helper()
	text, err := os.ReadFile(dump)
	must(t, err)
	path := filepath.Join(t.TempDir(), "restored.db")
	db, err := sql.Open("sqlite", "file:"+path)
	must(t, err)
	_, err = db.Exec("BEGIN; " + string(text) + "; COMMIT")
	must(t, err)
	must(t, db.Close())
	return path
}

func TestMigrate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	must(t, create(t.Context(), path, patience))
	two := append(slices.Clone(migrations), "CREATE TABLE two (a); INSERT INTO two VALUES (1)")
	broken := append(slices.Clone(two), "CREATE TABLE three (a); INSERT INTO nowhere VALUES (1)")
	db, err := pool(path, 1, settings(patience), "immediate")
	must(t, err)
	defer db.Close()
	version := func() (n int) {
		must(t, db.QueryRow("PRAGMA user_version").Scan(&n))
		return n
	}
	if err := migrate(t.Context(), db, broken); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("migration %d: ", len(broken))) {
		t.Errorf("the broken migration is not named: %v", err)
	}
	if got, want := schema(t, db), schema(t, openTemp(t).reader); got != want || version() != len(migrations) {
		t.Error("a failed migration left something behind")
	}
	must(t, migrate(t.Context(), db, two))
	must(t, migrate(t.Context(), db, two)) // nothing to do
	if version() != len(two) {
		t.Errorf("version is %d, want %d", version(), len(two))
	}
	_, err = Open(t.Context(), path)
	if ours := (*Error)(nil); !errors.As(err, &ours) || ours.Kind != Newer {
		t.Errorf("a newer schema was opened: %v", err)
	}
}

// TestSeveralMigrateAtOnce: one wins, the others find it done.
func TestSeveralMigrateAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	must(t, create(t.Context(), path, patience))
	two := append(slices.Clone(migrations), "CREATE TABLE two (a)")
	all := make(chan error)
	for range 4 {
		go func() {
			db, err := pool(path, 1, settings(patience), "immediate")
			if err == nil {
				err = errors.Join(migrate(t.Context(), db, two), db.Close())
			}
			all <- err
		}()
	}
	for range 4 {
		if err := <-all; err != nil {
			t.Error(err)
		}
	}
}

// TestCreateFails: a failure while the file is made leaves nothing.
func TestCreateFails(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, filepath.Join(dir, "x.db")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("the directory holds %v", entries)
	}
}
