package gguf

import (
	"fmt"
	"math/bits"
)

const maxDims = 4

func (f *File) readTensors(c *cursor, n uint64) error {
	seen := map[string]bool{}
	for range n {
		t, err := readTensor(c)
		if err != nil {
			return err
		}
		if seen[t.Name] {
			return fmt.Errorf("%w: tensor %q stands there twice", ErrCorrupt, t.Name)
		}
		seen[t.Name] = true
		f.Tensors = append(f.Tensors, t)
	}
	f.DataOffset = int64(pad(uint64(c.pos), uint64(f.Alignment)))
	return f.checkBounds()
}

func readTensor(c *cursor) (TensorInfo, error) {
	t := TensorInfo{Name: c.text(maxName)}
	dims := c.u32()
	if c.err == nil && dims > maxDims {
		return t, fmt.Errorf("%w: tensor %q has %d dimensions", ErrCorrupt, t.Name, dims)
	}
	for range min(dims, maxDims) {
		t.Dims = append(t.Dims, c.u64())
	}
	t.Type = TensorType(c.u32())
	t.Offset = c.u64()
	if c.err != nil {
		return t, c.err
	}
	size, ok := tensorSize(t.Type, t.Dims)
	if !ok {
		return t, fmt.Errorf("%w: tensor %q of %s cannot have the dimensions %d", ErrCorrupt, t.Name, t.Type, t.Dims)
	}
	t.Size = size
	return t, nil
}

// tensorSize is the number of bytes of a tensor, 0 for a type that is not known; false where there
// is no such tensor: a dimension of 0, rows that are no whole blocks, or 2^63 elements and more.
func tensorSize(t TensorType, dims []uint64) (uint64, bool) {
	elements := uint64(1)
	for _, d := range dims {
		high, low := bits.Mul64(elements, d)
		if d == 0 || high != 0 || low>>63 != 0 {
			return 0, false
		}
		elements = low
	}
	known, ok := tensorTypes[t]
	if !ok {
		return 0, true
	}
	row := uint64(1)
	if len(dims) > 0 {
		row = dims[0]
	}
	high, size := bits.Mul64(elements/known.block, known.bytes)
	return size, row%known.block == 0 && high == 0 && size>>63 == 0
}

// checkBounds holds the tensors against the file as llama.cpp does: each begins where the one before
// it ended (gguf.cpp), and ends inside the file (llama-model-loader.h). The size of a type that is
// newer than this package is not known, and neither is where its successor should begin.
func (f *File) checkBounds() error {
	expected, known := uint64(0), true
	for _, t := range f.Tensors {
		if known && t.Offset != expected {
			return fmt.Errorf("%w: tensor %q is said to begin at byte %d of the data, not at %d", ErrCorrupt, t.Name, t.Offset, expected)
		}
		end, carry := bits.Add64(t.Offset, t.Size, 0)
		end, more := bits.Add64(end, uint64(f.DataOffset), 0)
		if carry+more != 0 || end > uint64(f.Size) {
			return fmt.Errorf("%w: the data of tensor %q is not within the file, which has %d bytes; download or copy it again", ErrTruncated, t.Name, f.Size)
		}
		expected = pad(t.Offset+t.Size, uint64(f.Alignment))
		known = known && t.Size > 0
	}
	return nil
}

// pad rounds n up to a multiple of the power of two a.
func pad(n, a uint64) uint64 { return (n + a - 1) &^ (a - 1) }
