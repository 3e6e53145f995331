package provision

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// linkBackends puts links to the root's backend libraries beside the loader, where ggml looks for
// them (ggml_backend_load_best searches the executable's folder). It adds what they need to l.
// A backend whose own libraries are not there is left out; it could not be loaded.
func (r elfRoot) linkBackends(l *linkage) error {
	if l.loader == "" {
		return nil
	}
	for _, rel := range r.backends() {
		o, err := r.read(rel)
		if err != nil {
			continue
		}
		with := linkage{loader: l.loader, dirs: slices.Clone(l.dirs), objects: slices.Clone(l.objects)}
		r.follow(&with, rel, o)
		if len(with.missing) > 0 {
			continue
		}
		beside := path.Join(path.Dir(l.loader), path.Base(rel))
		l.dirs, l.objects = with.dirs, insert(with.objects, beside)
		link := r.abs(beside)
		if _, err := os.Lstat(link); err == nil {
			continue
		}
		target, err := filepath.Rel(filepath.Dir(link), r.abs(rel))
		if err == nil {
			err = os.Symlink(target, link)
		}
		if err != nil {
			return fmt.Errorf("linking backend %s: %w", path.Base(rel), err)
		}
	}
	return nil
}

// backends are the root's loadable backends: libggml-NAME.so without a version, regular files. The
// libraries proper have versions in their names.
func (r elfRoot) backends() []string {
	var found []string
	for name, paths := range r.files {
		if !strings.HasPrefix(name, "libggml-") || !strings.HasSuffix(name, ".so") {
			continue
		}
		for _, rel := range paths {
			if info, err := os.Lstat(r.abs(rel)); err == nil && info.Mode().IsRegular() {
				found = insert(found, rel)
			}
		}
	}
	return found
}
