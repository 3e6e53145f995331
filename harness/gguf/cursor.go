package gguf

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Bounds of what is believed. Real headers are far below: 260 thousand tokens with merges take
// 20 MB, and the largest mixtures of experts have some thousand tensors and some hundred keys.
const (
	maxHeader  = 256 << 20 // bytes
	maxText    = 16 << 20  // bytes of a value; chat templates take some 10 KB
	maxName    = 1<<16 - 1 // bytes of a key, by the format
	maxPairs   = 1 << 16
	maxTensors = 1 << 18
	window     = 128 << 10 // bytes read at a time
)

// cursor walks a header from front to back. After the first error, which it keeps, everything is
// zero.
type cursor struct {
	src       io.ReaderAt
	pos, size int64
	buf       *bufio.Reader
	err       error
}

func newCursor(src io.ReaderAt, size int64) *cursor {
	return &cursor{src: src, size: size, buf: bufio.NewReaderSize(io.NewSectionReader(src, 0, size), window)}
}

func (c *cursor) left() int64 { return c.size - c.pos }

// has says whether n more bytes may be read, and keeps the error if not.
func (c *cursor) has(n uint64) bool {
	switch {
	case c.err != nil:
	case n > uint64(c.left()):
		c.err = fmt.Errorf("%w in the middle of its header, after %d bytes; download or copy it again", ErrTruncated, c.size)
	case c.pos > maxHeader-min(int64(n), maxHeader):
		c.err = fmt.Errorf("%w: it is longer than %d MiB", ErrCorrupt, maxHeader>>20)
	}
	return c.err == nil
}

// peek is the next n bytes, which must be fewer than window, valid until the next call; nil after an
// error.
func (c *cursor) peek(n int) []byte {
	if !c.has(uint64(n)) {
		return nil
	}
	b, err := c.buf.Peek(n)
	if err != nil {
		c.err = fmt.Errorf("read the header: %w", err)
		return nil
	}
	return b
}

func (c *cursor) advance(n int) {
	c.buf.Discard(n)
	c.pos += int64(n)
}

func (c *cursor) u32() uint32 {
	b := c.peek(4)
	if b == nil {
		return 0
	}
	v := binary.LittleEndian.Uint32(b)
	c.advance(4)
	return v
}

func (c *cursor) u64() uint64 {
	b := c.peek(8)
	if b == nil {
		return 0
	}
	v := binary.LittleEndian.Uint64(b)
	c.advance(8)
	return v
}

func (c *cursor) bytes(n int64) []byte {
	if !c.has(uint64(n)) {
		return nil
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(c.buf, b); err != nil {
		c.err = fmt.Errorf("read the header: %w", err)
		return nil
	}
	c.pos += n
	return b
}

// text is a string of at most limit bytes.
func (c *cursor) text(limit uint64) string {
	n := c.u64()
	if c.err == nil && n > limit {
		c.err = fmt.Errorf("%w: a text of %d bytes at byte %d", ErrCorrupt, n, c.pos-8)
	}
	if c.err != nil {
		return ""
	}
	return string(c.bytes(int64(n)))
}

// skip goes on by n bytes and reads none of them that are not at hand already.
func (c *cursor) skip(n uint64) {
	if !c.has(n) {
		return
	}
	if n <= uint64(c.buf.Buffered()) {
		c.advance(int(n))
		return
	}
	c.pos += int64(n)
	c.buf.Reset(io.NewSectionReader(c.src, c.pos, c.left()))
}

// skipTexts goes past n strings.
func (c *cursor) skipTexts(n uint64) {
	for ; n > 0 && c.err == nil; n-- {
		c.skip(c.u64())
	}
}

// scalar reads one number or bool as the Go type that has its size.
func (c *cursor) scalar(t ValueType) any {
	b := c.peek(int(t.size()))
	if b == nil {
		return nil
	}
	v := number(t, b)
	c.advance(int(t.size()))
	return v
}

// number decodes the first value of type t in b.
func number(t ValueType, b []byte) any {
	le := binary.LittleEndian
	switch t {
	case Uint8:
		return b[0]
	case Int8:
		return int8(b[0])
	case Bool:
		return b[0] != 0
	case Uint16:
		return le.Uint16(b)
	case Int16:
		return int16(le.Uint16(b))
	case Uint32:
		return le.Uint32(b)
	case Int32:
		return int32(le.Uint32(b))
	case Float32:
		return math.Float32frombits(le.Uint32(b))
	case Uint64:
		return le.Uint64(b)
	case Int64:
		return int64(le.Uint64(b))
	case Float64:
		return math.Float64frombits(le.Uint64(b))
	}
	return nil
}
