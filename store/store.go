package store

import (
	"context"
	"database/sql"
	"errors"
)

// Store is an open database. It may be used by several goroutines; each call is one transaction.
type Store struct {
	path   string  // as the caller gave it
	writer *sql.DB // one connection, transactions begin immediate; nil when opened only to read
	reader *sql.DB // connections that cannot write
	hot    map[string]*sql.Stmt
}

// Path is the path that the store was opened with.
func (s *Store) Path() string { return s.path }

// Close ends all connections and folds the write-ahead log into the file. What was acknowledged
// is safe with and without it.
func (s *Store) Close() error {
	var all []error
	for _, stmt := range s.hot {
		all = append(all, stmt.Close())
	}
	all = append(all, s.reader.Close())
	if s.writer != nil {
		all = append(all, s.writer.Close())
	}
	return wrap("close the database", s.path, errors.Join(all...))
}

// hotStatements run for each attempt and are compiled once.
var hotStatements = []string{insertAttempt, endAttempt, putRequest, dropRequests, dropSighting,
	moments.drop, opinions.drop, attemptGauges.drop, attemptGauges.insert}

func (s *Store) prepare(ctx context.Context) error {
	s.hot = map[string]*sql.Stmt{}
	for _, text := range hotStatements {
		stmt, err := s.writer.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		s.hot[text] = stmt
	}
	return nil
}

// tx is a transaction, seen from the private functions that do the work.
type tx struct {
	*sql.Tx
	hot map[string]*sql.Stmt
}

// run executes a statement, from its compiled form where there is one.
func (t tx) run(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if stmt, ok := t.hot[text]; ok {
		return t.StmtContext(ctx, stmt).ExecContext(ctx, args...)
	}
	return t.ExecContext(ctx, text, args...)
}

// insert executes an INSERT and returns the new row's key.
func (t tx) insert(ctx context.Context, text string, args ...any) (int64, error) {
	result, err := t.run(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// write does work in a transaction that holds the write lock from its beginning and is on disk
// when write returns nil.
func (s *Store) write(ctx context.Context, op string, work func(tx) error) error {
	if s.writer == nil {
		return &Error{Op: op, Path: s.path, Kind: ReadOnly, What: "the database was opened only to be read",
			Hint: "make the file and its directory writable or " + another}
	}
	return wrap(op, s.path, within(ctx, s.writer, nil, s.hot, work))
}

// read does work on one snapshot of the database.
func (s *Store) read(ctx context.Context, op string, work func(tx) error) error {
	return wrap(op, s.path, within(ctx, s.reader, &sql.TxOptions{ReadOnly: true}, nil, work))
}

func within(ctx context.Context, db *sql.DB, options *sql.TxOptions, hot map[string]*sql.Stmt, work func(tx) error) error {
	t, err := db.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	defer t.Rollback() // after a commit it does nothing
	if err := work(tx{t, hot}); err != nil {
		return err
	}
	return t.Commit()
}

// rows calls scan for each row of a query. scan's argument reads the columns of the row.
func (t tx) rows(ctx context.Context, scan func(into func(...any) error) error, query string, args ...any) error {
	rows, err := t.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
