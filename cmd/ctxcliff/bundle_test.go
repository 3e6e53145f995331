package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/scenario"
	"ctxcliff/reports/handover"
)

func aBundle(t *testing.T) handover.Bundle {
	t.Helper()
	recipe, err := indentedJSON(handover.Recipe{Vocabulary: "v", Scenario: scenario.Scenario{NP: 1, Ctx: 4096, Steps: []scenario.Step{
		{Requests: []scenario.Request{{Reply: 1, Recipe: recipeOf(t, "natural", 1, 100)}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	b := handover.Bundle{handover.RecipeName: recipe, handover.ScriptName: []byte("#!/bin/sh\n"), "evidence/server.log": []byte("said\n")}
	if err := b.Seal(handover.Manifest{Ctxcliff: "1", Server: handover.Binary{Path: "/bin/evil"}, Setup: handover.Setup{Launch: []string{"evil"}, Env: []string{"LD_PRELOAD=evil"}}}); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBundlesComeBack: what is written, as a directory or as an archive, is what is read.
func TestBundlesComeBack(t *testing.T) {
	for _, name := range []string{"bundle", "bundle.tar.gz", "bundle.tgz"} {
		path := filepath.Join(t.TempDir(), name)
		wrote := aBundle(t)
		if err := writeBundle(path, wrote, time.Unix(1e9, 0)); err != nil {
			t.Fatal(err)
		}
		read, err := readBundle(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(read) != len(wrote) {
			t.Errorf("%s: %d files came back of %d", name, len(read), len(wrote))
		}
		for file := range wrote {
			if !bytes.Equal(read[file], wrote[file]) {
				t.Errorf("%s: %s is another", name, file)
			}
		}
		if _, _, err := read.Open(); err != nil {
			t.Error(err)
		}
		left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %v %v", left, err)
		}
	}
}

// TestNothingOfABundleIsRun: server, launcher and environment are the user's own.
func TestNothingOfABundleIsRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bundle.tar.gz")
	if err := writeBundle(path, aBundle(t), time.Now()); err != nil {
		t.Fatal(err)
	}
	s, err := bundledSubject(path)
	if err != nil {
		t.Fatal(err)
	}
	if s.target.Server != "" || len(s.target.Launch) > 0 || len(s.target.Env) > 0 || s.target.Topology.Program != "" || s.target.Model != "" {
		t.Errorf("the target is %+v", s.target)
	}
}

// TestHostileBundles are refused in a sentence.
func TestHostileBundles(t *testing.T) {
	dir := t.TempDir()
	archive := func(name string, write func(*tar.Writer)) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		w := tar.NewWriter(z)
		write(w)
		w.Close()
		z.Close()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := func(w *tar.Writer, name string, size int64) {
		if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o600, Size: size}); err != nil {
			t.Fatal(err)
		}
		block := make([]byte, 1<<20)
		for ; size > 0; size -= int64(len(block)) {
			if _, err := w.Write(block[:min(size, int64(len(block)))]); err != nil {
				t.Fatal(err)
			}
		}
	}
	text := filepath.Join(dir, "text.tar.gz")
	linked := filepath.Join(dir, "linked")
	for _, err := range []error{
		os.WriteFile(text, []byte("no archive"), 0o600), os.Mkdir(linked, 0o755),
		os.Symlink("/etc/passwd", filepath.Join(linked, handover.ManifestName)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, path := range map[string]string{
		"no archive":  text,
		"empty":       archive("empty.tar.gz", func(*tar.Writer) {}),
		"a bomb":      archive("bomb.tar.gz", func(w *tar.Writer) { file(w, "b/manifest.json", maxBundle+1) }),
		"outwards":    archive("out.tar.gz", func(w *tar.Writer) { file(w, "../../manifest.json", 3) }),
		"links":       linked,
		"nothing":     filepath.Join(dir, "nothing"),
		"only zeroes": archive("zero.tar.gz", func(w *tar.Writer) { file(w, "b/manifest.json", 9); file(w, "b/recipe.json", 9) }),
	} {
		if _, err := bundledSubject(path); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
