package gguf

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

const (
	defaultAlignment = 32
	alignmentKey     = "general.alignment"
)

func (f *File) readPairs(c *cursor, n uint64) error {
	for range n {
		kv := KV{start: c.pos, Key: c.text(maxName)}
		kind := ValueType(c.u32())
		if c.err != nil {
			return c.err
		}
		if kv.Key == "" {
			return fmt.Errorf("%w: key %d is empty", ErrCorrupt, len(f.KV))
		}
		if _, twice := f.index[kv.Key]; twice {
			return fmt.Errorf("%w: key %q stands there twice", ErrCorrupt, kv.Key)
		}
		kv.Value = readValue(c, kind)
		if c.err == nil && kv.Value == nil {
			return fmt.Errorf("%w: key %q has an unknown value type %d", ErrCorrupt, kv.Key, uint32(kind))
		}
		if c.err != nil {
			return c.err
		}
		kv.end = c.pos
		f.index[kv.Key] = len(f.KV)
		f.KV = append(f.KV, kv)
	}
	return f.readAlignment()
}

// readAlignment takes over general.alignment. llama.cpp aborts on one that is not a u32
// (gguf_get_val_u32); here it is an error.
func (f *File) readAlignment() error {
	v, ok := f.Value(alignmentKey)
	if !ok {
		return nil
	}
	a, ok := v.(uint32)
	if !ok || a == 0 || a&(a-1) != 0 {
		return fmt.Errorf("%w: %s is %v, not a power of two", ErrCorrupt, alignmentKey, v)
	}
	f.Alignment = int64(a)
	return nil
}

// readValue is nil for types that do not exist. Arrays of arrays do not, for llama.cpp.
func readValue(c *cursor, kind ValueType) any {
	switch {
	case kind == String:
		return c.text(maxText)
	case kind.size() > 0:
		return c.scalar(kind)
	case kind != arrayType:
		return nil
	}
	element, n := ValueType(c.u32()), c.u64()
	a := Array{Type: element, start: c.pos}
	switch size := uint64(element.size()); {
	case c.err != nil:
	case element == String && c.has(min(n, math.MaxInt64/8)*8):
		c.skipTexts(n)
	case size > 0 && c.has(min(n, math.MaxInt64/size)*size):
		c.skip(n * size)
	case c.err == nil:
		return nil
	}
	a.Len, a.end = int(n), c.pos
	return a
}

// Value is the value of a key as [KV] has it.
func (f *File) Value(key string) (any, bool) {
	i, ok := f.index[key]
	if !ok {
		return nil, false
	}
	return f.KV[i].Value, true
}

// String is the text of a key; false where there is none or it is no text.
func (f *File) String(key string) (string, bool) {
	v, _ := f.Value(key)
	s, ok := v.(string)
	return s, ok
}

// Uint is the number of a key, whatever integer type the file gave it; false where there is none,
// it is no integer, or it is negative.
func (f *File) Uint(key string) (uint64, bool) {
	v, _ := f.Value(key)
	return unsigned(v)
}

func unsigned(v any) (uint64, bool) {
	if n, ok := v.(uint64); ok {
		return n, true
	}
	n, ok := integer(v)
	return uint64(n), ok && n >= 0
}

// integer is v as an int64; false for other than integers and for those that do not fit.
func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case uint8:
		return int64(n), true
	case int8:
		return int64(n), true
	case uint16:
		return int64(n), true
	case int16:
		return int64(n), true
	case uint32:
		return int64(n), true
	case int32:
		return int64(n), true
	case int64:
		return n, true
	case uint64:
		return int64(n), n <= math.MaxInt64
	}
	return 0, false
}

// Strings reads an array of texts; nil where the key does not exist. The error says that it is
// something else, or that it could not be read.
func (f *File) Strings(key string) ([]string, error) {
	raw, a, err := f.array(key)
	if raw == nil || err != nil {
		return nil, err
	}
	if a.Type != String {
		return nil, fmt.Errorf("%s is an array of %s, not of texts", key, a.Type)
	}
	texts := make([]string, 0, a.Len)
	for range a.Len {
		n := binary.LittleEndian.Uint64(raw)
		texts = append(texts, string(raw[8:8+n]))
		raw = raw[8+n:]
	}
	return texts, nil
}

// Ints reads an array of integers of any width; nil where the key does not exist. The error says
// that it is something else, or that it could not be read.
func (f *File) Ints(key string) ([]int64, error) {
	raw, a, err := f.array(key)
	if raw == nil || err != nil {
		return nil, err
	}
	ints := make([]int64, a.Len)
	for i := range ints {
		n, ok := integer(number(a.Type, raw[i*int(a.Type.size()):]))
		if !ok {
			return nil, fmt.Errorf("%s is an array of %s, not of integers that fit 64 bits", key, a.Type)
		}
		ints[i] = n
	}
	return ints, nil
}

// array reads the bytes of an array, whose lengths were checked when it was found; nil where the key
// does not exist.
func (f *File) array(key string) ([]byte, Array, error) {
	v, ok := f.Value(key)
	if !ok {
		return nil, Array{}, nil
	}
	a, ok := v.(Array)
	if !ok {
		return nil, a, fmt.Errorf("%s is no array", key)
	}
	raw, err := f.span(a.start, a.end)
	if err != nil {
		return nil, a, fmt.Errorf("read %s: %w", key, err)
	}
	return raw, a, nil
}

func (f *File) span(start, end int64) ([]byte, error) {
	raw := make([]byte, end-start)
	n, err := f.src.ReadAt(raw, start)
	if n == len(raw) {
		err = nil
	} else if err == io.EOF {
		err = ErrTruncated
	}
	return raw, err
}
