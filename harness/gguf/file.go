package gguf

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// ErrNotGGUF says that the bytes are something else than a GGUF file of version 2 or 3.
var ErrNotGGUF = errors.New("not a GGUF file")

// ErrTruncated says that the file ends before its header does, or before the data of a tensor does:
// what a download or copy that broke off looks like. llama-server calls the second case "tensor
// data is not within the file bounds".
var ErrTruncated = errors.New("the file is cut off")

// ErrCorrupt says that a header is whole but contradicts itself or the format.
var ErrCorrupt = errors.New("the header is corrupt")

// File is the header of a GGUF file. Arrays and tensor data stay where they are.
type File struct {
	Version    uint32       // 2 or 3
	KV         []KV         // in the order of the file; keys are unique
	Tensors    []TensorInfo // in the order of the file; names are unique
	Alignment  int64        // of tensor data, in bytes; a power of two
	DataOffset int64        // where tensor data begins, in bytes from the start of the file
	Size       int64        // of the file in bytes

	src   io.ReaderAt
	close func() error
	index map[string]int // key → position in KV
}

// KV is one key and its value: a Go number, bool or string of the file's type, or an [Array].
// A [Writer] takes slices in place of Array.
type KV struct {
	Key   string
	Value any

	start, end int64 // bytes of the file from the key's length to the end of the value
}

// Array is where an array lies in the file. [File.Strings] and [File.Ints] read it.
type Array struct {
	Type ValueType // of the elements; never an array
	Len  int       // number of elements

	start, end int64 // bytes of the file
}

// TensorInfo says what a tensor is and where its data lies.
type TensorInfo struct {
	Name   string
	Dims   []uint64 // innermost first; at most four, none of them 0; empty for a single number
	Type   TensorType
	Offset uint64 // in bytes from DataOffset
	Size   uint64 // in bytes; 0 where the type is newer than this package
}

// Open reads the header of the file at path. The caller closes the file; until then arrays can be
// read. Errors are those of [Read] and of opening the file.
func Open(path string) (*File, error) {
	// Before anything is opened: a pipe would block until somebody writes to it.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: it is %s", ErrNotGGUF, kindOf(info.Mode()))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	opened, err := openedFile(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	opened.close = f.Close
	return opened, nil
}

func openedFile(f *os.File) (*File, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: it is %s", ErrNotGGUF, kindOf(info.Mode()))
	}
	return Read(f, info.Size())
}

func kindOf(m os.FileMode) string {
	if m.IsDir() {
		return "a directory; name a file in it"
	}
	return "a pipe or device; name a regular file"
}

// Close closes what [Open] opened.
func (f *File) Close() error {
	if f.close == nil {
		return nil
	}
	return f.close()
}

// Read reads the header of the file of size bytes behind src, which must stay readable for as long
// as arrays are asked for. Its error is [ErrNotGGUF], [ErrTruncated] or [ErrCorrupt] with what is
// wrong, or a read error.
func Read(src io.ReaderAt, size int64) (*File, error) {
	c := newCursor(src, size)
	f := &File{Size: size, Alignment: defaultAlignment, src: src, index: map[string]int{}}
	tensors, pairs, err := readPreamble(c, f)
	if err != nil {
		return nil, err
	}
	if err := f.readPairs(c, pairs); err != nil {
		return nil, err
	}
	if err := f.readTensors(c, tensors); err != nil {
		return nil, err
	}
	return f, nil
}

// readPreamble reads magic, version and the two counts.
func readPreamble(c *cursor, f *File) (tensors, pairs uint64, err error) {
	magic := c.bytes(min(4, c.size))
	if c.err != nil {
		return 0, 0, c.err
	}
	if string(magic) != "GGUF" {
		return 0, 0, notGGUF(c, magic)
	}
	f.Version = c.u32()
	if c.err == nil && (f.Version < 2 || f.Version > 3) {
		return 0, 0, badVersion(f.Version)
	}
	tensors, pairs = c.u64(), c.u64()
	if c.err != nil {
		return 0, 0, c.err
	}
	if tensors > maxTensors || pairs > maxPairs {
		return 0, 0, fmt.Errorf("%w: it announces %d tensors and %d keys", ErrCorrupt, tensors, pairs)
	}
	return tensors, pairs, nil
}

func notGGUF(c *cursor, magic []byte) error {
	if len(magic) == 0 {
		return fmt.Errorf("%w: it is empty", ErrNotGGUF)
	}
	if rest := c.bytes(min(20, c.size-c.pos)); string(magic)+string(rest) == "version https://git-lfs." {
		return fmt.Errorf("%w: it is a Git LFS pointer; fetch the real file with git lfs pull", ErrNotGGUF)
	}
	return fmt.Errorf("%w: it begins with %q", ErrNotGGUF, magic)
}

func badVersion(v uint32) error {
	if v != 0 && v&0xffff == 0 {
		return fmt.Errorf("%w of this byte order: it is big-endian; convert the model again on a little-endian machine", ErrNotGGUF)
	}
	return fmt.Errorf("%w of version 2 or 3: its version is %d; convert the model again", ErrNotGGUF, v)
}
