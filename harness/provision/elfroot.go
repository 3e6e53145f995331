package provision

import (
	"cmp"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// elfRoot is an unpacked root and where its files are. Paths in it are slash-separated, relative to
// the root, without a leading slash.
type elfRoot struct {
	dir   string
	files map[string][]string // file name to paths, the shallowest first; regular files and links
}

func readRoot(dir string) (elfRoot, error) {
	r := elfRoot{dir: dir, files: map[string][]string{}}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		r.files[path.Base(rel)] = append(r.files[path.Base(rel)], rel)
		return nil
	})
	if err != nil {
		return r, fmt.Errorf("reading the unpacked packages: %w", err)
	}
	for _, paths := range r.files {
		slices.SortFunc(paths, func(a, b string) int {
			return cmp.Or(cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")), strings.Compare(a, b))
		})
	}
	return r, nil
}

// resolve follows links within the root, absolute ones too, to a regular file. ok is false for
// links that lead nowhere.
func (r elfRoot) resolve(rel string) (string, bool) {
	for range 10 {
		info, err := os.Lstat(r.abs(rel))
		if err != nil {
			return "", false
		}
		if info.Mode().IsRegular() {
			return rel, true
		}
		target, err := os.Readlink(r.abs(rel))
		if err != nil {
			return "", false
		}
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(rel), target)
		}
		rel = strings.TrimPrefix(path.Clean("/"+target), "/")
	}
	return "", false
}

func (r elfRoot) abs(rel string) string { return filepath.Join(r.dir, filepath.FromSlash(rel)) }

// program is the path of the first executable with one of the names; "" where there is none.
func (r elfRoot) program(names []string) string {
	for _, name := range names {
		for _, rel := range r.files[name] {
			if real, ok := r.resolve(rel); ok && isExecutable(r.abs(real)) && isELF(r.abs(real)) {
				return real
			}
		}
	}
	return ""
}

func isExecutable(p string) bool {
	info, err := os.Stat(p)
	return err == nil && info.Mode()&0o111 != 0
}

func isELF(p string) bool { return headOf(p) == "elf" }

// linkage is what a program of the root needs to run.
type linkage struct {
	loader  string   // the loader that the program names, "" for a static one
	dirs    []string // library folders, in search order
	objects []string // every file that the loader will map, sorted
	missing []string // libraries that no package brought, sorted
}

// link follows a program's needed libraries through the root. Folders come from the RUNPATH of the
// objects that are read, from the loader's own folder, and from wherever a needed library lies.
func (r elfRoot) link(program string) (linkage, error) {
	var l linkage
	first, err := r.read(program)
	if err != nil {
		return l, fmt.Errorf("reading %s: %w", program, err)
	}
	if first.interp != "" {
		for _, rel := range r.files[path.Base(first.interp)] {
			if real, ok := r.resolve(rel); ok {
				l.loader = real
				break
			}
		}
		if l.loader == "" {
			return l, fmt.Errorf("the packages hold no loader %s for %s", path.Base(first.interp), program)
		}
		l.dirs = append(l.dirs, path.Dir(l.loader))
	}
	r.follow(&l, program, first)
	return l, nil
}

// follow adds an object and, recursively, what it needs.
func (r elfRoot) follow(l *linkage, rel string, o object) {
	l.objects = insert(l.objects, rel)
	for _, dir := range o.runpath {
		if info, err := os.Stat(r.abs(dir)); err == nil && info.IsDir() && !slices.Contains(l.dirs, dir) {
			l.dirs = append(l.dirs, dir)
		}
	}
	for _, name := range o.needed {
		found, ok := r.library(l.dirs, name, o)
		if !ok {
			l.missing = insert(l.missing, name)
			continue
		}
		if dir := path.Dir(found); !slices.Contains(l.dirs, dir) {
			l.dirs = append(l.dirs, dir)
		}
		real, _ := r.resolve(found)
		if slices.Contains(l.objects, real) {
			continue
		}
		if next, err := r.read(real); err == nil {
			r.follow(l, real, next)
		}
	}
}

// library finds a needed library: in the folders so far, else anywhere in the root, for the same
// processor as the object that needs it.
func (r elfRoot) library(dirs []string, name string, by object) (string, bool) {
	var candidates []string
	for _, dir := range dirs {
		candidates = append(candidates, path.Join(dir, name))
	}
	for _, rel := range append(candidates, r.files[name]...) {
		real, ok := r.resolve(rel)
		if !ok {
			continue
		}
		if o, err := r.read(real); err == nil && o.machine == by.machine && o.class == by.class {
			return rel, true
		}
	}
	return "", false
}

// object is the part of an ELF file's dynamic section that matters for finding libraries.
type object struct {
	machine elf.Machine
	class   elf.Class
	interp  string
	needed  []string
	runpath []string // relative to the root
}

func (r elfRoot) read(rel string) (object, error) {
	f, err := elf.Open(r.abs(rel))
	if err != nil {
		return object{}, err
	}
	defer f.Close()
	o := object{machine: f.Machine, class: f.Class}
	o.needed, _ = f.DynString(elf.DT_NEEDED)
	for _, tag := range []elf.DynTag{elf.DT_RUNPATH, elf.DT_RPATH} {
		lists, _ := f.DynString(tag)
		for _, list := range lists {
			for dir := range strings.SplitSeq(list, ":") {
				o.runpath = append(o.runpath, rootedDir(dir, rel))
			}
		}
	}
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP || p.Filesz > 4096 {
			continue
		}
		raw := make([]byte, p.Filesz)
		if _, err := p.ReadAt(raw, 0); err == nil {
			o.interp = strings.TrimRight(string(raw), "\x00")
		}
	}
	return o, nil
}

// rootedDir is a RUNPATH entry of the object at rel, relative to the root. $ORIGIN is the object's folder.
func rootedDir(dir, rel string) string {
	origin := "/" + path.Dir(rel)
	dir = strings.NewReplacer("${ORIGIN}", origin, "$ORIGIN", origin).Replace(dir)
	return strings.TrimPrefix(path.Clean("/"+dir), "/")
}

// insert adds a value to a sorted list without repeating it.
func insert(list []string, value string) []string {
	i, found := slices.BinarySearch(list, value)
	if found {
		return list
	}
	return slices.Insert(list, i, value)
}
