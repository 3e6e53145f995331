package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// Store is an open database. It may be used by several goroutines; each call is one transaction.
type Store struct {
	path   string    // as the caller gave it
	writer *sql.Conn // the one that can write; nil when opened only to read
	reader *sql.DB   // connections that cannot write
	hot    map[string]*sql.Stmt

	turn  sync.Mutex // of who writes
	pools []*sql.DB
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
	if s.writer != nil {
		all = append(all, s.writer.Close())
	}
	for _, p := range s.pools {
		all = append(all, p.Close())
	}
	return wrap("close the database", s.path, errors.Join(all...))
}

const (
	begin    = "BEGIN IMMEDIATE"
	commit   = "COMMIT"
	rollback = "ROLLBACK"
)

// hotStatements run for each attempt and are compiled once.
var hotStatements = []string{begin, commit, insertAttempt, endAttempt, attemptGauges.insert}

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
	executor
	hot map[string]*sql.Stmt
}

type executor interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// run executes a statement, from its compiled form where there is one. That is not broken off: it takes no time,
// and the driver would start a goroutine to watch the context.
func (t tx) run(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if stmt, ok := t.hot[text]; ok {
		return stmt.ExecContext(context.WithoutCancel(ctx), args...)
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
	s.turn.Lock()
	defer s.turn.Unlock()
	return wrap(op, s.path, s.transact(ctx, work))
}

// transact is [within] without what database/sql does for a transaction, which costs as much as a row.
func (s *Store) transact(ctx context.Context, work func(tx) error) (err error) {
	whole := context.WithoutCancel(ctx)
	committed := false
	defer func() {
		if !committed {
			_, _ = s.writer.ExecContext(whole, rollback) // nothing to roll back is fine
		}
	}()
	if _, err := s.hot[begin].ExecContext(whole); err != nil { // waits at most [patience] for another's turn
		return err
	}
	if err := work(tx{s.writer, s.hot}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err = s.hot[commit].ExecContext(whole)
	committed = err == nil
	return err
}

// read does work on one snapshot of the database.
func (s *Store) read(ctx context.Context, op string, work func(tx) error) error {
	return wrap(op, s.path, within(ctx, s.reader, &sql.TxOptions{ReadOnly: true}, work))
}

func within(ctx context.Context, db *sql.DB, options *sql.TxOptions, work func(tx) error) error {
	t, err := db.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	defer t.Rollback() // after a commit it does nothing
	if err := work(tx{t, nil}); err != nil {
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
