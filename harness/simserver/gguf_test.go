package simserver

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestModelFiles(t *testing.T) {
	whole := tinyGGUF()
	for _, tt := range []struct {
		name string
		data []byte
		want string // in the error; empty for none
	}{
		{"a whole model", whole, ""},
		{"one byte short", whole[:len(whole)-1], "data is not within the file bounds, model is corrupted or incomplete"},
		{"half of it", whole[:len(whole)/2], "data is not within the file bounds, model is corrupted or incomplete"},
		{"cut in the list of tensors", whole[:bytes.Index(whole, []byte("token_embd"))+12], "failed to read tensor info"},
		{"cut in the metadata", whole[:100], "failed to read key-value pairs"},
		{"cut in the header", whole[:10], "failed to read header"},
		{"of a version from the future", append([]byte("GGUF\x09"), whole[5:]...), "failed to read header"},
		{"only the magic", whole[:4], ""},
		{"text", []byte("not a model"), "invalid magic characters: 'not ', expected 'GGUF'"},
		{"empty", nil, "failed to read magic"},
		{"a string longer than the file", append(bytes.Clone(whole[:24]), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), "failed to read key-value pairs"},
	} {
		path := filepath.Join(t.TempDir(), "m.gguf")
		if err := os.WriteFile(path, tt.data, 0o644); err != nil {
			t.Fatal(err)
		}
		m, err := readModel(path)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		if tt.name == "a whole model" && (m.trained != 1<<20 || m.arch != "llama") {
			t.Errorf("%s: %+v", tt.name, m)
		}
	}
}

func FuzzReadModel(f *testing.F) {
	f.Add(tinyGGUF()[:4096])
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "m.gguf")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		readModel(path)
	})
}
