package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPragmasOnTwoConnections(t *testing.T) {
	s := openTemp(t)
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000",
		"trusted_schema": "0", "cell_size_check": "1", "application_id": fmt.Sprint(applicationID), "user_version": fmt.Sprint(len(migrations))}
	check := func(name string, c *sql.Conn, queryOnly string) {
		want["query_only"] = queryOnly
		for pragma, value := range want {
			var got string
			must(t, c.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got))
			if got != value {
				t.Errorf("%s: %s is %s, want %s", name, pragma, got, value)
			}
		}
	}
	check("writer", s.writer, "0")
	for i := range 2 { // both held, so that they are two connections
		reader, err := s.reader.Conn(t.Context())
		must(t, err)
		defer reader.Close()
		check(fmt.Sprintf("reader %d", i), reader, "1")
		if _, err := reader.ExecContext(t.Context(), "DELETE FROM runs"); err == nil {
			t.Error("a reader can write")
		}
	}
}

func TestOddPaths(t *testing.T) {
	for _, name := range []string{"with space.db", "what?mode=memory", "a#b.db", "100%25.db", "semi;colon&amp=1.db", "+plus+.db",
		"it's \"quoted\".db", "日本語.db", "\xff\xfe.db", ":memory:", "file:x.db", "-rf", "new\nline.db"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, name)
			s, err := Open(t.Context(), path)
			must(t, err)
			r, p := sampleRun("a")
			_, err = s.Begin(t.Context(), r, p)
			must(t, err)
			must(t, s.Close())
			again, err := OpenExisting(t.Context(), path)
			must(t, err)
			if got, err := again.Record(t.Context(), "a"); err != nil || got.Run.ID != "a" {
				t.Errorf("the run is gone: %v", err)
			}
			must(t, again.Close())
			entries, err := os.ReadDir(dir)
			must(t, err)
			if len(entries) != 1 || entries[0].Name() != name {
				t.Errorf("the directory holds %v", entries)
			}
		})
	}
}

func TestRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	s, err := Open(t.Context(), "here.db")
	must(t, err)
	must(t, s.Close())
	if _, err := os.Stat("here.db"); err != nil {
		t.Error(err)
	}
}

// TestForeignFiles: what is not ours is refused and keeps its bytes, and nothing appears beside it.
func TestForeignFiles(t *testing.T) {
	foreign := func(statements ...string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			db, err := sql.Open("sqlite", "file:"+path)
			must(t, err)
			for _, statement := range statements {
				_, err := db.Exec(statement)
				must(t, err)
			}
			must(t, db.Close())
		}
	}
	content := func(text string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) { must(t, os.WriteFile(path, []byte(text), 0o644)) }
	}
	const notSQLite = "the file is not a SQLite database and was left as it is; name another file with --db"
	for name, c := range map[string]struct {
		make func(t *testing.T, path string)
		kind Kind
		want string
	}{
		"a short text":     {content("hello\n"), Foreign, notSQLite},
		"a long text":      {content(strings.Repeat("hello\n", 10000)), Foreign, notSQLite},
		"a cut-off header": {content(headerMagic), Foreign, notSQLite},
		"a database without application id": {foreign("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)"), Foreign,
			"the database belongs to another program (application id 0x00000000) and was left as it is; name another file with --db"},
		"another program's database": {foreign("CREATE TABLE runs (id)", "PRAGMA application_id = 7"), Foreign,
			"the database belongs to another program (application id 0x00000007) and was left as it is; name another file with --db"},
		"another program's database in WAL mode": {foreign("PRAGMA journal_mode = WAL", "PRAGMA application_id = 7"), Foreign,
			"the database belongs to another program (application id 0x00000007) and was left as it is; name another file with --db"},
		"a newer ctxcliff's database": {func(t *testing.T, path string) {
			s, err := Open(t.Context(), path)
			must(t, err)
			_, err = s.writer.ExecContext(t.Context(), fmt.Sprintf("PRAGMA user_version = %d", len(migrations)+6))
			must(t, err)
			must(t, s.Close())
		}, Newer, fmt.Sprintf("it was written by a newer ctxcliff (schema %d, this one knows %d) and was left as it is; "+
			"update ctxcliff or name another file with --db", len(migrations)+6, len(migrations))},
		"a database from before the first schema was settled": {func(t *testing.T, path string) {
			s, err := Open(t.Context(), path)
			must(t, err)
			_, err = s.writer.ExecContext(t.Context(), "DROP TABLE demands; PRAGMA user_version = 1")
			must(t, err)
			must(t, s.Close())
		}, Foreign, "it was written by a ctxcliff from before the first schema was settled, and was left as it is; " +
			"name another file with --db, or read it with that ctxcliff"},
		"a damaged database of ours": {func(t *testing.T, path string) {
			s, err := Open(t.Context(), path)
			must(t, err)
			must(t, s.Close())
			whole, err := os.ReadFile(path)
			must(t, err)
			for i := headerSize; i < len(whole); i++ {
				whole[i] = byte(i * 7)
			}
			must(t, os.WriteFile(path, whole, 0o644))
		}, Corrupt, ""},
		"a directory": {func(t *testing.T, path string) { must(t, os.Mkdir(path, 0o755)) }, NoPlace,
			"it is a directory; name a file in it with --db"},
		"a link that leads nowhere": {func(t *testing.T, path string) { must(t, os.Symlink("/nonexistent/x", path)) }, NoPlace,
			"it is a link to a file that does not exist; name another file with --db"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "x.db")
			c.make(t, path)
			before := snapshot(t, path)
			for _, opener := range []func(context.Context, string) (*Store, error){Open, OpenExisting} {
				s, err := opener(t.Context(), path)
				if err == nil {
					t.Fatal("it was opened", s.Close())
				}
				want := "open the database " + path + ": " + c.want
				if c.want == "" {
					want = err.Error()
				}
				if name != "a link that leads nowhere" || !strings.Contains(err.Error(), "no database there") {
					wantError(t, err, c.kind, want)
				}
			}
			if !bytes.Equal(before, snapshot(t, path)) {
				t.Error("the file was changed")
			}
			if entries, _ := os.ReadDir(dir); len(entries) != 1 {
				t.Errorf("the directory holds %v", entries)
			}
		})
	}
}

// snapshot is the content of a regular file.
func snapshot(t *testing.T, path string) []byte {
	t.Helper()
	info, err := os.Lstat(path)
	must(t, err)
	if !info.Mode().IsRegular() {
		return nil
	}
	b, err := os.ReadFile(path)
	must(t, err)
	return b
}

func TestNoPlace(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o644))
	for path, want := range map[string]string{
		filepath.Join(dir, "missing", "x.db"): "the directory " + filepath.Join(dir, "missing") + " does not exist; create it or name another file with --db",
		"":                                    "it has no place; name another file with --db",
	} {
		_, err := Open(t.Context(), path)
		wantError(t, err, NoPlace, "open the database "+path+": "+want)
	}
	_, err := Open(t.Context(), filepath.Join(dir, "file", "x.db"))
	if err == nil || !strings.Contains(err.Error(), "name another file with --db") {
		t.Errorf("below a file: %v", err)
	}
	path := filepath.Join(dir, "x.db")
	_, err = OpenExisting(t.Context(), path)
	wantError(t, err, NoFile, "open the database "+path+": no database there; run a screen first or name it with --db")
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("refusals left %v", entries)
	}
}

// TestEmptyFile: mktemp and touch make one.
func TestEmptyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	must(t, os.WriteFile(path, nil, 0o600))
	s := reopen(t, path)
	var mode string
	must(t, s.writer.QueryRowContext(t.Context(), "PRAGMA journal_mode").Scan(&mode))
	if mode != "wal" {
		t.Errorf("the journal is %s", mode)
	}
}

// childOpens opens the database to write or to read and tells what came of it.
func childOpens(ctx context.Context, path, id string) error {
	if id == "write" {
		s, err := Open(ctx, path)
		if err != nil {
			return err
		}
		return s.Close()
	}
	s, err := OpenExisting(ctx, path)
	if err != nil {
		return err
	}
	defer s.Close()
	got, err := s.Record(ctx, "")
	if err != nil {
		return err
	}
	r, p := sampleRun("b")
	_, err = s.Begin(ctx, r, p)
	fmt.Printf("%s %s; %v\n", got.Run.ID, got.Run.Status, err)
	return nil
}
