package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"
)

// patience is how long a connection waits for another process's transaction.
const patience = 10 * time.Second

const opening = "open the database"

// Open opens the database at path for reading and writing, creates it where there is none, and
// migrates an older schema. A new file appears complete or not at all; a file that is not ours or
// is newer than this program is left as it is. Errors are of type [*Error].
func Open(ctx context.Context, path string) (*Store, error) { return open(ctx, path, patience) }

// OpenExisting is Open for commands that only read: it creates nothing, and a database that cannot
// be written (a read-only mount, somebody else's file) can still be read if its schema is current.
func OpenExisting(ctx context.Context, path string) (*Store, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, noDatabase(path, err)
	}
	s, err := Open(ctx, path)
	if ours := (*Error)(nil); errors.As(err, &ours) && ours.Kind == ReadOnly {
		if reading, err := openReading(ctx, path); err == nil {
			return reading, nil
		}
	}
	return s, err
}

func open(ctx context.Context, path string, patience time.Duration) (*Store, error) {
	processWide()
	full, exists, err := inspect(path)
	if err != nil {
		return nil, err
	}
	if !exists {
		err = create(ctx, full, patience)
	} else if err = writable(full); err == nil {
		err = migrateFile(ctx, full, patience)
	}
	if err != nil {
		return nil, wrap(opening, path, err)
	}
	s := &Store{path: path}
	writer, err := pool(full, 1, settings(patience, "journal_mode(WAL)"), "immediate")
	if err != nil {
		return nil, wrap(opening, path, err)
	}
	if s.reader, err = pool(full, 4, settings(patience, "query_only(1)"), "deferred"); err != nil {
		return nil, errors.Join(wrap(opening, path, err), writer.Close())
	}
	s.pools = []*sql.DB{s.reader, writer}
	if s.writer, err = writer.Conn(ctx); err == nil {
		err = errors.Join(s.prepare(ctx), s.reader.PingContext(ctx))
	}
	if err != nil {
		err = wrap(opening, path, err)
		s.Close()
		return nil, err
	}
	return s, nil
}

// openReading opens a database that cannot be written. Without a write-ahead log beside it the
// file is complete, and SQLite is told that nobody will change it; otherwise it would need to make
// a -shm file.
func openReading(ctx context.Context, path string) (*Store, error) {
	full, _, err := inspect(path)
	if err != nil {
		return nil, err
	}
	v := settings(patience, "query_only(1)")
	v.Set("mode", "ro")
	if info, err := os.Stat(full + "-wal"); err != nil || info.Size() == 0 {
		v.Set("immutable", "1")
	}
	s := &Store{path: path}
	if s.reader, err = pool(full, 4, v, "deferred"); err != nil {
		return nil, wrap(opening, path, err)
	}
	s.pools = []*sql.DB{s.reader}
	err = s.read(ctx, opening, func(t tx) error {
		version, err := userVersion(ctx, t)
		if err == nil && version != len(migrations) {
			err = errors.New("its schema is not this program's")
		}
		return err
	})
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// processWide makes three settings of the driver that hold for all its databases: a _pragma may not
// smuggle in a second statement; locks belong to open files (Linux) instead of the process, where
// closing any descriptor of the file, as inspect does, would drop them; and a commit waits for data
// and size of the file (fdatasync), as SQLite of every distribution does, not for its times as well.
var processWide = sync.OnceFunc(func() {
	sqlite.StrictPragmas(true)
	_, _ = sqlite.Fdatasync(true)
	_, _ = sqlite.OFDLocking(true) // where it does not exist the old way has to do
})

// settings are the parameters of a data source name. busy_timeout comes first, so that the others
// wait too. The schema of a hostile file is not trusted.
func settings(patience time.Duration, pragmas ...string) url.Values {
	all := []string{"busy_timeout(" + strconv.FormatInt(patience.Milliseconds(), 10) + ")",
		"trusted_schema(0)", "cell_size_check(1)"}
	all = append(all, pragmas...)
	all = append(all, "synchronous(FULL)", "foreign_keys(1)")
	return url.Values{"_pragma": all, "_defensive": {"1"}, "_dqs": {"0"}, "_error_rc": {"1"}, "mode": {"rw"}}
}

// pool is a set of at most n connections, each with the same settings. Nothing is opened yet.
func pool(full string, n int, v url.Values, lock string) (*sql.DB, error) {
	v.Set("_txlock", lock)
	db, err := sql.Open("sqlite", source(full, v))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

// source is the data source name. Only a URI keeps ?, # and % of a path apart from its parameters.
func source(full string, v url.Values) string {
	slashed := filepath.ToSlash(full)
	if !strings.HasPrefix(slashed, "/") { // C:/…
		slashed = "/" + slashed
	}
	u := url.URL{Path: slashed}
	return "file:" + u.EscapedPath() + "?" + v.Encode()
}
