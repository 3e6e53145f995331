package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// applicationID marks a SQLite file as ours: "ctxc" in ASCII.
const applicationID = 0x63747863

// The header of a SQLite file, https://www.sqlite.org/fileformat.html#the_database_header.
const (
	headerSize  = 100
	headerMagic = "SQLite format 3\x00"
	headerOfApp = 68
)

// inspect resolves path and looks at what is there without opening it as a database: opening a
// foreign one could already change it, because SQLite plays back its journal.
func inspect(path string) (full string, exists bool, err error) {
	refuse := func(kind Kind, err error, hint, what string, args ...any) (string, bool, error) {
		return "", false, &Error{Op: opening, Path: path, Kind: kind, What: fmt.Sprintf(what, args...), Hint: hint, Err: err}
	}
	if full, err = filepath.Abs(path); err != nil || path == "" {
		return refuse(NoPlace, err, another, "it has no place")
	}
	info, err := os.Stat(full)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return full, false, inspectPlace(path, full)
	case errors.Is(err, fs.ErrPermission):
		return refuse(ReadOnly, err, "make it accessible or "+another, "access to it is not permitted")
	case err != nil:
		return refuse(NoPlace, err, another, "nothing can be stored there (%v)", err)
	case info.IsDir():
		return refuse(NoPlace, nil, "name a file in it with --db", "it is a directory")
	case !info.Mode().IsRegular():
		return refuse(Foreign, nil, another, "it is not a regular file")
	}
	if resolved, err := filepath.EvalSymlinks(full); err == nil {
		full = resolved // -wal and -shm belong beside the file, whatever name it is opened by
	}
	return full, true, inspectHeader(path, full)
}

// inspectPlace says what is wrong with the place where a file is to be made.
func inspectPlace(path, full string) error {
	refuse := func(err error, hint, what string) error {
		return &Error{Op: opening, Path: path, Kind: NoPlace, What: what, Hint: hint, Err: err}
	}
	if _, err := os.Lstat(full); err == nil {
		return refuse(nil, another, "it is a link to a file that does not exist")
	}
	dir := filepath.Dir(full)
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return refuse(err, "create it or "+another, "the directory "+dir+" does not exist")
	case err != nil:
		return refuse(err, another, "the directory "+dir+" cannot be looked at")
	case !info.IsDir():
		return refuse(nil, another, dir+" is not a directory")
	}
	return nil
}

// inspectHeader refuses files that are not ours, by the first bytes of the file.
func inspectHeader(path, full string) error {
	refuse := func(kind Kind, err error, hint, what string) error {
		return &Error{Op: opening, Path: path, Kind: kind, What: what, Hint: hint, Err: err}
	}
	f, err := os.Open(full)
	if err != nil {
		return refuse(ReadOnly, err, "make it readable or "+another, "the file cannot be read")
	}
	defer f.Close()
	header := make([]byte, headerSize)
	n, err := io.ReadFull(f, header)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return nil // an empty file is an empty database
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return refuse(IO, err, another, "the file cannot be read")
	case n < headerSize || string(header[:len(headerMagic)]) != headerMagic:
		return refuse(Foreign, nil, another, "the file is not a SQLite database and was left as it is")
	}
	if app := binary.BigEndian.Uint32(header[headerOfApp:]); app != applicationID {
		return refuse(Foreign, nil, another,
			fmt.Sprintf("the database belongs to another program (application id 0x%08x) and was left as it is", app))
	}
	return nil
}

// writable asks the system, because SQLite quietly opens to read what it cannot open to write, and
// even begins an immediate transaction on it.
func writable(full string) error {
	f, err := os.OpenFile(full, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

func noDatabase(path string, err error) error {
	return &Error{Op: opening, Path: path, Kind: NoFile, Err: err,
		What: "no database there", Hint: "run a screen first or name it with --db"}
}
