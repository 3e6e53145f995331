package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"unicode"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Kind says what sort of trouble an [Error] is, for callers that branch.
type Kind uint8

const (
	Other     Kind = iota
	NoFile         // there is no database at the path
	NoPlace        // the directory is missing, or the path is no place for a file
	ReadOnly       // the file, its directory or its file system cannot be written
	Foreign        // the file is not a database of ctxcliff; it was left as it is
	Newer          // the database was written by a newer ctxcliff; it was left as it is
	Locked         // another process kept the database locked for longer than we wait
	Full           // no space left: nothing of the call was stored, all earlier calls were
	IO             // reading or writing failed below SQLite
	Corrupt        // SQLite found the file damaged
	NoRun          // no run of that name is stored
	Ambiguous      // several runs begin with that name
)

// Error is what every function of the package returns, save for the context's own errors. Its text
// is one sentence: what was being done, to which file, what is wrong, what to do.
type Error struct {
	Op   string // what was being done: open the database, store the attempt
	Path string // of the database, as the caller gave it
	Kind Kind
	What string // what is wrong
	Hint string // what a user can do; "" nothing is known
	Err  error  // the cause below; nil when What is all there is
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s", e.Op, e.Path, e.What)
	if e.Err != nil && (e.Kind == IO || e.Kind == Corrupt) {
		fmt.Fprintf(&b, " (%s)", inBrief(e.Err))
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Unwrap is the cause below.
func (e *Error) Unwrap() error { return e.Err }

const another = "name another file with --db"

// kinds is what SQLite's primary result codes mean to us.
var kinds = map[int]Error{
	sqlite3.SQLITE_FULL: {Kind: Full, What: "no space is left for the database",
		Hint: "free some space (each attempt takes some 5 kB, and logs come on top) or " + another + "; everything stored before is safe"},
	sqlite3.SQLITE_IOERR: {Kind: IO, What: "the disk failed to read or write it",
		Hint: "look at the kernel log for disk errors or a full quota, or " + another},
	sqlite3.SQLITE_READONLY: {Kind: ReadOnly, What: "the database cannot be written",
		Hint: "make the file and its directory writable or " + another},
	sqlite3.SQLITE_PERM: {Kind: ReadOnly, What: "access to the database is not permitted",
		Hint: "make the file and its directory writable or " + another},
	sqlite3.SQLITE_CANTOPEN: {Kind: ReadOnly, What: "the database or its -wal and -shm files cannot be opened",
		Hint: "make the file and its directory writable or " + another},
	sqlite3.SQLITE_BUSY: {Kind: Locked, What: "the database is locked by another process",
		Hint: "wait for that process to end or " + another},
	sqlite3.SQLITE_LOCKED: {Kind: Locked, What: "the database is locked",
		Hint: "wait for whoever uses it to end or " + another},
	sqlite3.SQLITE_PROTOCOL: {Kind: Locked, What: "the locks of the database do not work",
		Hint: "keep it on a local disk, not on a network file system: " + another},
	sqlite3.SQLITE_CORRUPT: {Kind: Corrupt, What: "the database is damaged",
		Hint: "keep the file for inspection and " + another},
	sqlite3.SQLITE_NOTADB: {Kind: Foreign, What: "the file is not a SQLite database and was left as it is",
		Hint: another},
}

var tooManyFiles = Error{What: "too many files are open", Hint: "raise the limit: ulimit -n 1024"}

// outOfFiles reports whether this process can open no more files than a few, which SQLite does not tell from
// other reasons.
func outOfFiles() bool {
	for range 8 { // a database, its log and shared memory, on two connections; and the directory
		f, err := os.Open(os.DevNull)
		if err != nil {
			return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
		}
		defer f.Close()
	}
	return false
}

// wrap makes err an [Error] of this store, unless it is one already or the context's own.
func wrap(op, path string, err error) error {
	var ours *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ours):
		if ours.Path == "" {
			ours.Op, ours.Path = op, path
		}
		return ours
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s %s: %w", op, path, err)
	}
	e := known(err)
	e.Op, e.Path, e.Err = op, path, err
	return &e
}

// known is what we can say about an error of SQLite or of the system.
func known(err error) Error {
	if fromSQLite := (*sqlite.Error)(nil); errors.As(err, &fromSQLite) {
		if fromSQLite.Code()&0xff == sqlite3.SQLITE_CANTOPEN && outOfFiles() {
			return tooManyFiles
		}
		if e, ok := kinds[fromSQLite.Code()&0xff]; ok {
			return e
		}
	}
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return kinds[sqlite3.SQLITE_READONLY]
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return tooManyFiles
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return kinds[sqlite3.SQLITE_FULL]
	}
	return Error{What: inBrief(err)}
}

// briefly is how much of a cause is told, in characters: that of a damaged schema quotes it.
const briefly = 200

// inBrief is the beginning of what an error says, on one line and without what would steer a terminal.
func inBrief(err error) string {
	words := strings.FieldsFunc(err.Error(), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	text := []rune(strings.Join(words, " "))
	if len(text) > briefly {
		return string(text[:briefly]) + "…"
	}
	return string(text)
}
