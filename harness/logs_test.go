package harness

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unpacked is the text of a log, compressed or not.
func unpacked(t testing.TB, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	text, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCompress(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "start-0001.server.log")
	text := strings.Repeat("slot update_slots: all slots are idle\n", 10000)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	name, err := compress(path)
	if err != nil || name != path+".gz" || unpacked(t, name) != text {
		t.Fatalf("%s, %v", name, err)
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() > int64(len(text))/20 {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the plain log is still there")
	}
}

// TestCompressNeverOverwrites: evidence that is there stays, and so does the plain log.
func TestCompressNeverOverwrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	for name, text := range map[string]string{path: "new", path + ".gz": "old"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if name, err := compress(path); err == nil || name != path || readText(path) != "new" || readText(path+".gz") != "old" {
		t.Errorf("%s, %v", name, err)
	}
}
