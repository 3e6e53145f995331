package store

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations are the schema's history: the n-th takes a file from user_version n-1 to n. A
// migration that has been released is never edited.
var migrations = readMigrations(migrationFiles)

func readMigrations(files fs.FS) []string {
	var all []string
	names, err := fs.Glob(files, "migrations/*.sql") // sorted
	for _, name := range names {
		text, readErr := fs.ReadFile(files, name)
		err = errors.Join(err, readErr)
		all = append(all, string(text))
	}
	if err != nil {
		panic(err) // files inside the binary
	}
	return all
}

// create makes a database under another name beside full and links it into place when it is
// complete, so that no crash and no full disk leaves half a database, and of several processes
// that create it at once one wins and the others use the winner's.
func create(ctx context.Context, full string, patience time.Duration) error {
	making := filepath.Join(filepath.Dir(full), fmt.Sprintf(".ctxcliff-new-%016x", rand.Uint64()))
	f, err := os.OpenFile(making, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		for _, suffix := range []string{"", "-journal", "-wal", "-shm"} {
			os.Remove(making + suffix)
		}
	}()
	if err := f.Close(); err != nil {
		return err
	}
	if err := migrateFile(ctx, making, patience); err != nil {
		return err
	}
	if err := logAhead(ctx, making, patience); err != nil {
		return err
	}
	if err := publish(making, full); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return migrateFile(ctx, full, patience)
		}
		return err
	}
	return syncDirectory(filepath.Dir(full))
}

// logAhead switches a file to a write-ahead log, which the file remembers.
func logAhead(ctx context.Context, full string, patience time.Duration) error {
	db, err := pool(full, 1, settings(patience, "journal_mode(WAL)"), "immediate")
	if err != nil {
		return err
	}
	return errors.Join(db.PingContext(ctx), db.Close())
}

// publish gives a file its final name unless that is taken. File systems without hard links get
// the nearest thing.
func publish(making, full string) error {
	err := os.Link(making, full)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, statErr := os.Lstat(full); statErr == nil {
		return fs.ErrExist
	}
	return os.Rename(making, full)
}

// syncDirectory makes a new name in a directory survive a power loss.
func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	_ = d.Sync() // some file systems and systems cannot, and then have no need to
	return nil
}

// migrateFile brings the file up to date. It always takes the write lock for a moment, so that a
// database that somebody keeps locked is found out here.
func migrateFile(ctx context.Context, full string, patience time.Duration) error {
	db, err := pool(full, 1, settings(patience), "immediate")
	if err != nil {
		return err
	}
	return errors.Join(migrate(ctx, db, migrations), db.Close())
}

// migrate runs the migrations that the database has not had, in one transaction. The version is
// read inside it: another process may have migrated while we waited for the lock.
func migrate(ctx context.Context, db *sql.DB, migrations []string) error {
	return within(ctx, db, nil, func(t tx) error {
		version, err := userVersion(ctx, t)
		if err != nil {
			return err
		}
		if version > len(migrations) {
			return &Error{Kind: Newer,
				What: fmt.Sprintf("it was written by a newer ctxcliff (schema %d, this one knows %d) and was left as it is",
					version, len(migrations)),
				Hint: "update ctxcliff or " + another}
		}
		if early, err := beforeTheFirst(ctx, t, version); err != nil || early {
			return cmp.Or[error](err, &Error{Kind: Foreign, What: "it was written by a ctxcliff from before the first schema was settled, and was left as it is",
				Hint: another + ", or read it with that ctxcliff"})
		}
		if version == len(migrations) {
			return nil
		}
		for i, text := range migrations[version:] {
			if _, err := t.ExecContext(ctx, text); err != nil {
				return fmt.Errorf("migration %d: %w", version+i+1, err)
			}
		}
		_, err = t.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d",
			applicationID, len(migrations)))
		return err
	})
}

// beforeTheFirst reports a file that claims the first schema, and has not all of its tables: while that was
// being made, files were written that no later ctxcliff can read.
func beforeTheFirst(ctx context.Context, t tx, version int) (bool, error) {
	var settled int
	err := t.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('run_targets', 'demands')").Scan(&settled)
	return version > 0 && settled < 2, err
}

func userVersion(ctx context.Context, t tx) (version int, err error) {
	err = t.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	return version, err
}
