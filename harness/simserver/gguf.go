package simserver

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// modelFile is what the simulated server takes from a GGUF file.
type modelFile struct {
	arch    string // general.architecture
	trained int    // ARCH.context_length; 0 where the file says nothing
	size    int64  // of the file, in bytes
}

// readModel reads a GGUF file's header as llama.cpp's gguf_init_from_file does, and refuses what it
// refuses: no file, no magic, a header that breaks off, tensors beyond the end. The error's text is
// the server's log line. A file of nothing but the magic stands for a model of no properties.
func readModel(path string) (modelFile, error) {
	f, err := os.Open(path)
	if err != nil {
		reason := "No such file or directory"
		if !errors.Is(err, os.ErrNotExist) {
			reason = err.Error()
		}
		return modelFile{}, fmt.Errorf("gguf_init_from_file: failed to open GGUF file '%s' (%s)", path, reason)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return modelFile{}, fmt.Errorf("gguf_init_from_file: failed to open GGUF file '%s' (%w)", path, err)
	}
	g := &ggufReader{r: bufio.NewReaderSize(f, 1<<16), left: info.Size()}
	m := modelFile{size: info.Size()}
	magic := g.bytes(4)
	if g.err != nil {
		return m, errors.New("gguf_init_from_reader: failed to read magic")
	}
	if string(magic) != "GGUF" {
		return m, fmt.Errorf("gguf_init_from_reader: invalid magic characters: '%s', expected 'GGUF'", magic)
	}
	if info.Size() == 4 {
		return m, nil
	}
	return m, g.header(&m)
}

// ggufReader reads little-endian fields and remembers the first error.
type ggufReader struct {
	r    *bufio.Reader
	left int64
	err  error
}

func (g *ggufReader) header(m *modelFile) error {
	version, tensors, pairs := g.u32(), g.u64(), g.u64()
	if g.err != nil || version < 2 || version > 3 {
		return errors.New("gguf_init_from_reader: failed to read header")
	}
	numbers := map[string]uint64{}
	align := uint64(32)
	for i := uint64(0); i < pairs && g.err == nil; i++ {
		key := g.str()
		text, n := g.value(g.u32())
		numbers[key] = n
		if key == "general.architecture" {
			m.arch = text
		}
	}
	if g.err != nil {
		return errors.New("gguf_init_from_reader: failed to read key-value pairs")
	}
	if a := numbers["general.alignment"]; a > 0 {
		align = a
	}
	m.trained = int(min(numbers[m.arch+".context_length"], 1<<31))
	return g.tensors(tensors, align, m.size)
}

// tensors checks that the data of each tensor begins inside the file.
func (g *ggufReader) tensors(n, align uint64, size int64) error {
	lastName, lastOffset := "", uint64(0)
	for i := uint64(0); i < n && g.err == nil; i++ {
		name := g.str()
		dims := uint64(1)
		for d := g.u32(); d > 0 && g.err == nil; d-- {
			dims *= g.u64()
		}
		kind := g.u32()
		offset := g.u64() + tensorBytes(kind, dims)
		if offset > lastOffset {
			lastName, lastOffset = name, offset
		}
	}
	if g.err != nil {
		return errors.New("gguf_init_from_reader: failed to read tensor info")
	}
	start := (uint64(size-g.left) + align - 1) / align * align
	if n > 0 && start+lastOffset > uint64(size) {
		return fmt.Errorf("llama_model_load: error loading model: tensor '%s' data is not within the file bounds, model is corrupted or incomplete", lastName)
	}
	return nil
}

// tensorBytes is a lower bound of a tensor's size: exact for f32 and f16, the block sizes of
// quantised types are not known here.
func tensorBytes(kind uint32, n uint64) uint64 {
	switch kind {
	case 0:
		return 4 * n
	case 1:
		return 2 * n
	}
	return n / 8
}

// value reads a metadata value: the text of a string, the number of an integer, nothing of others.
func (g *ggufReader) value(kind uint32) (text string, number uint64) {
	switch kind {
	case 0, 1, 7: // u8, i8, bool
		return "", uint64(g.bytesOrZero(1)[0])
	case 2, 3: // u16, i16
		return "", uint64(binary.LittleEndian.Uint16(g.bytesOrZero(2)))
	case 4, 5, 6: // u32, i32, f32
		return "", uint64(g.u32())
	case 8:
		return g.str(), 0
	case 9:
		element, n := g.u32(), g.u64()
		for ; n > 0 && g.err == nil; n-- {
			g.value(element)
		}
		return "", 0
	case 10, 11, 12: // u64, i64, f64
		return "", g.u64()
	}
	g.fail(fmt.Errorf("value type %d", kind))
	return "", 0
}

func (g *ggufReader) u32() uint32 { return binary.LittleEndian.Uint32(g.bytesOrZero(4)) }
func (g *ggufReader) u64() uint64 { return binary.LittleEndian.Uint64(g.bytesOrZero(8)) }

func (g *ggufReader) str() string {
	n := g.u64()
	if n > uint64(g.left) {
		g.fail(io.ErrUnexpectedEOF)
		return ""
	}
	return strings.Clone(string(g.bytes(int64(n))))
}

func (g *ggufReader) bytesOrZero(n int64) []byte {
	if b := g.bytes(n); b != nil {
		return b
	}
	return make([]byte, n)
}

// bytes is nil once there has been an error.
func (g *ggufReader) bytes(n int64) []byte {
	if g.err != nil || n > g.left {
		g.fail(io.ErrUnexpectedEOF)
		return nil
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(g.r, b); err != nil {
		g.fail(err)
		return nil
	}
	g.left -= n
	return b
}

func (g *ggufReader) fail(err error) {
	if g.err == nil {
		g.err = err
	}
}
