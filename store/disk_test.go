package store

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// disk stands between SQLite and the file system while a test runs: it keeps what was written and synced, in
// order, and can refuse to write. From what it kept follows what a power loss at any instant may leave
// behind. The shared-memory file is no part of it: SQLite makes it anew after a boot.
type disk struct {
	mu     sync.Mutex
	log    []step
	full   bool                      // what comes now is not kept any more
	refuse func(n int, s step) int32 // result code for the n-th step; 0: go ahead
	n      int
	names  map[uintptr]string // of open files, by their sqlite3_file
	base   map[string][]byte  // files that were there, and safe, before the first step
}

// step is one thing that happened to a file, or an acknowledgement of the store.
type step struct {
	kind   stepKind
	file   string
	offset int64 // of a write; new size of a truncation
	data   []byte
}

type stepKind uint8

const (
	wrote stepKind = iota
	truncated
	synced
	deleted
	acknowledged
)

// theDisk is where the functions below, which SQLite calls by their addresses, find it.
var theDisk *disk

// real are the functions of the file system that the disk stands before.
var real struct {
	vfs     uintptr
	open    uintptr
	remove  uintptr
	methods map[uintptr]uintptr // ours, by the original table
	tables  map[uintptr]sqlite3.Tsqlite3_io_methods
}

// useDisk puts a disk between SQLite and the file system until the test ends.
func useDisk(t *testing.T) *disk {
	t.Helper()
	tls := libc.NewTLS()
	real.vfs = sqlite3.Xsqlite3_vfs_find(tls, 0)
	ours := *(*sqlite3.Tsqlite3_vfs)(at64(real.vfs))
	real.open, real.remove = ours.FxOpen, ours.FxDelete
	real.methods, real.tables = map[uintptr]uintptr{}, map[uintptr]sqlite3.Tsqlite3_io_methods{}
	name, err := libc.CString("ctxcliff-disk")
	must(t, err)
	ours.FzName, ours.FxOpen, ours.FxDelete, ours.FpNext = name, address(diskOpen), address(diskDelete), 0
	vfs := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(ours)))
	*(*sqlite3.Tsqlite3_vfs)(at64(vfs)) = ours
	if code := sqlite3.Xsqlite3_vfs_register(tls, vfs, 1); code != 0 {
		t.Fatalf("register the disk: %d", code)
	}
	theDisk = &disk{names: map[uintptr]string{}}
	t.Cleanup(func() {
		sqlite3.Xsqlite3_vfs_unregister(tls, vfs)
		sqlite3.Xsqlite3_vfs_register(tls, real.vfs, 1)
		tls.Close()
	})
	return theDisk
}

// address is where SQLite can call a function that is declared at the top level.
func address[T any](f T) uintptr { return *(*uintptr)(unsafe.Pointer(&struct{ f T }{f})) }

// function is what is at such an address.
func function[T any](address uintptr) T { return *(*T)(unsafe.Pointer(&struct{ p uintptr }{address})) }

// at64 is a pointer into memory that is not Go's.
func at64(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

func diskOpen(tls *libc.TLS, vfs, path, file uintptr, flags int32, out uintptr) int32 {
	code := function[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](real.open)(tls, real.vfs, path, file, flags, out)
	methods := (*sqlite3.Tsqlite3_file)(at64(file)).FpMethods
	if code != 0 || methods == 0 || path == 0 {
		return code
	}
	d := theDisk
	d.mu.Lock()
	defer d.mu.Unlock()
	d.names[file] = libc.GoString(path)
	ours, ok := real.methods[methods]
	if !ok {
		table := *(*sqlite3.Tsqlite3_io_methods)(at64(methods))
		ours = libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(table)))
		real.methods[methods], real.tables[ours] = ours, table
		table.FxWrite, table.FxTruncate, table.FxSync = address(diskWrite), address(diskTruncate), address(diskSync)
		*(*sqlite3.Tsqlite3_io_methods)(at64(ours)) = table
	}
	(*sqlite3.Tsqlite3_file)(at64(file)).FpMethods = ours
	return code
}

func diskWrite(tls *libc.TLS, file, data uintptr, n int32, offset int64) int32 {
	written := slices.Clone(unsafe.Slice((*byte)(at64(data)), n))
	if code := theDisk.take(file, step{kind: wrote, offset: offset, data: written}); code != 0 {
		return code
	}
	return function[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](theDisk.table(file).FxWrite)(tls, file, data, n, offset)
}

func diskTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	if code := theDisk.take(file, step{kind: truncated, offset: size}); code != 0 {
		return code
	}
	return function[func(*libc.TLS, uintptr, int64) int32](theDisk.table(file).FxTruncate)(tls, file, size)
}

func diskSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	code := function[func(*libc.TLS, uintptr, int32) int32](theDisk.table(file).FxSync)(tls, file, flags)
	if code == 0 {
		code = theDisk.take(file, step{kind: synced})
	}
	return code
}

func diskDelete(tls *libc.TLS, vfs, path uintptr, syncDir int32) int32 {
	theDisk.put(step{kind: deleted, file: libc.GoString(path)})
	return function[func(*libc.TLS, uintptr, uintptr, int32) int32](real.remove)(tls, real.vfs, path, syncDir)
}

func (d *disk) table(file uintptr) sqlite3.Tsqlite3_io_methods {
	d.mu.Lock()
	defer d.mu.Unlock()
	return real.tables[(*sqlite3.Tsqlite3_file)(at64(file)).FpMethods]
}

// take keeps a step, or refuses it.
func (d *disk) take(file uintptr, s step) int32 {
	d.mu.Lock()
	s.file = d.names[file]
	d.n++
	if d.refuse != nil {
		if code := d.refuse(d.n, s); code != 0 {
			d.mu.Unlock()
			return code
		}
	}
	d.mu.Unlock()
	d.put(s)
	return 0
}

func (d *disk) put(s step) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.full {
		d.log = append(d.log, s)
	}
}

// settleOn begins anew, with the file as it is now.
func (d *disk) settleOn(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	d.log, d.base = nil, map[string][]byte{path: data}
}

// honesty is what a disk does with writes that nobody has synced yet when the power goes.
type honesty uint8

const (
	dropsAll  honesty = iota // what was not synced is gone
	keepsAll                 // all of it arrived
	keepsSome                // any sectors of it arrived, in any order
	lies                     // the disk that this test must find out: a sync means nothing
)

const sector = 512

// image is a file as it lies on the disk; nil: it is not there.
type image struct {
	data    []byte
	exists  bool
	pending []step
}

// cut lays down, in dir, what a power loss after the first n steps leaves of files below from.
func (d *disk) cut(t *testing.T, from, dir string, n int, h honesty, random *rand.Rand) {
	t.Helper()
	files := map[string]*image{}
	for name, data := range d.base {
		files[name] = &image{data: slices.Clone(data), exists: true}
	}
	for _, s := range d.log[:n] {
		if s.kind == acknowledged {
			continue
		}
		f := files[s.file]
		if f == nil {
			f = &image{}
			files[s.file] = f
		}
		f.pending = append(f.pending, s)
		if s.kind == synced && h != lies {
			f.settle(keepsAll, nil)
		}
	}
	for name, f := range files {
		f.settle(h, random)
		if inside, ok := strings.CutPrefix(name, from+string(filepath.Separator)); ok && f.exists {
			must(t, os.WriteFile(filepath.Join(dir, inside), f.data, 0o644))
		}
	}
}

// settle makes of what is pending what becomes of it.
func (f *image) settle(h honesty, random *rand.Rand) {
	for _, s := range f.pending {
		if h == dropsAll || h == lies || h == keepsSome && s.kind != wrote && random.IntN(2) == 0 {
			continue
		}
		switch s.kind {
		case wrote:
			f.exists = true
			for at := 0; at < len(s.data); at += sector {
				if h == keepsSome && random.IntN(3) == 0 {
					continue
				}
				f.put(s.offset+int64(at), s.data[at:min(at+sector, len(s.data))])
			}
		case truncated:
			f.data = f.data[:min(int64(len(f.data)), s.offset)]
		case deleted:
			f.data, f.exists = nil, false
		}
	}
	f.pending = nil
}

func (f *image) put(offset int64, data []byte) {
	if end := int(offset) + len(data); end > len(f.data) {
		f.data = append(f.data, make([]byte, end-len(f.data))...)
	}
	copy(f.data[offset:], data)
}
