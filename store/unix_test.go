//go:build unix

package store

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ctxcliff/harness/trial"
)

// TestPipe: opening a named pipe to look at it would wait for ever.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	must(t, syscall.Mkfifo(path, 0o644))
	_, err := Open(t.Context(), path)
	wantError(t, err, Foreign, "open the database "+path+": it is not a regular file; name another file with --db")
}

// TestNotWritable opens, as a user who may not write there, a directory, a file, and both to read.
func TestNotWritable(t *testing.T) {
	dir, err := os.MkdirTemp("", "ctxcliff-store") // t.TempDir may not be reachable for others
	must(t, err)
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "x.db")
	run := func(id string) string {
		c := child(t, "open", path, id)
		if os.Geteuid() == 0 { // root may write anywhere
			c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		out, err := c.CombinedOutput()
		if err != nil && len(out) == 0 {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	const hint = "make the file and its directory writable or name another file with --db"
	expect := func(id, want string) {
		t.Helper()
		if got := run(id); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	must(t, os.Chmod(dir, 0o555))
	expect("write", "open the database "+path+": the database cannot be written; "+hint)
	must(t, os.Chmod(dir, 0o755))
	s, err := Open(t.Context(), path)
	must(t, err)
	r, p := sampleRun("a")
	rec, err := s.Begin(t.Context(), r, p)
	must(t, err)
	must(t, rec.End(t.Context(), trial.Finished, at(1)))
	must(t, s.Close())
	before := snapshot(t, path)
	for _, mode := range []os.FileMode{0o444, 0o666} {
		must(t, os.Chmod(path, mode))
		must(t, os.Chmod(dir, 0o555))
		if got := run("write"); !strings.HasPrefix(got, "open the database "+path+": ") || !strings.HasSuffix(got, "; "+hint) {
			t.Errorf("mode %o: %q", mode, got)
		}
		expect("read", "a finished; store the run "+path+": the database was opened only to be read; "+hint)
		must(t, os.Chmod(dir, 0o777))
		if mode == 0o444 {
			expect("write", "open the database "+path+": the database cannot be written; "+hint)
			expect("read", "a finished; store the run "+path+": the database was opened only to be read; "+hint)
		}
	}
	if !bytes.Equal(before, snapshot(t, path)) {
		t.Error("the file was changed")
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("the directory holds %v", entries)
	}
}
