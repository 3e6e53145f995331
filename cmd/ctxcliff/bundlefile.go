package main

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ctxcliff/reports/handover"
)

// maxBundle is what is read of a bundle at most: it may come from anywhere.
const maxBundle = 64 << 20 // bytes

// isArchive tells a file from a directory by the name that a user gave.
func isArchive(name string) bool {
	return strings.HasSuffix(name, ".tar.gz") || strings.HasSuffix(name, ".tgz")
}

// writeBundle writes a directory or an archive that is not there yet. What fails leaves nothing behind.
func writeBundle(name string, b handover.Bundle, at time.Time) error {
	if isArchive(name) {
		return writeFile(name, func(w io.Writer) error { return writeArchive(w, name, b, at) })
	}
	dir, err := os.MkdirTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) // gone once it has been renamed, which is right
	for file, data := range b {
		path := filepath.Join(dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, data, mode(file)); err != nil {
			return err
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	return os.Rename(dir, name)
}

func mode(file string) fs.FileMode {
	if file == handover.ScriptName {
		return 0o755
	}
	return 0o644
}

func writeArchive(w io.Writer, name string, b handover.Bundle, at time.Time) error {
	zipped := gzip.NewWriter(w)
	t := tar.NewWriter(zipped)
	root := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(name), ".tgz"), ".tar.gz")
	for _, file := range slices.Sorted(maps.Keys(b)) {
		h := &tar.Header{Name: path.Join(root, file), Mode: int64(mode(file)), Size: int64(len(b[file])), ModTime: at, Format: tar.FormatUSTAR}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if _, err := t.Write(b[file]); err != nil {
			return err
		}
	}
	return errors.Join(t.Close(), zipped.Close())
}

// readBundle reads a directory or an archive.
func readBundle(name string) (b handover.Bundle, err error) {
	if isArchive(name) {
		b, err = readArchive(name)
	} else {
		b, err = readDirectory(name)
	}
	if err != nil {
		return nil, fmt.Errorf("the bundle %s cannot be read: %w", name, err)
	}
	return b, nil
}

func readDirectory(dir string) (handover.Bundle, error) {
	b, total := handover.Bundle{}, int64(0)
	root, err := os.OpenRoot(dir) // no link leads out of it
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return b, fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := fs.ReadFile(root.FS(), name)
		b[name] = data
		if total += int64(len(data)); total > maxBundle {
			return errTooLarge
		}
		return err
	})
}

var errTooLarge = fmt.Errorf("it has more than %d MiB, and a bundle is small", maxBundle>>20)

func readArchive(name string) (handover.Bundle, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	zipped, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return nil, err
	}
	limited := &io.LimitedReader{R: zipped, N: maxBundle + 1}
	b := handover.Bundle{}
	for t := tar.NewReader(limited); ; {
		h, err := t.Next()
		switch {
		case limited.N <= 0:
			return nil, errTooLarge
		case errors.Is(err, io.EOF):
			return b, nil
		case err != nil:
			return nil, err
		case h.Typeflag != tar.TypeReg:
			continue
		}
		_, file, below := strings.Cut(path.Clean(h.Name), "/")
		if !below {
			continue
		}
		if b[file], err = io.ReadAll(t); err != nil {
			return nil, err
		}
	}
}
