package gguf

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"reflect"
)

// Writer collects keys and tensors and writes them as a GGUF file of version 3. The same calls give
// the same bytes on every machine.
type Writer struct {
	pairs   []KV
	tensors []tensor
}

type tensor struct {
	TensorInfo
	data []float32
}

// Set adds a key. The value is a bool, a string, a number of 8 to 64 bits whose size the type says
// (so no int), or a slice of these. Keys are written in the order of the calls.
func (w *Writer) Set(key string, value any) {
	w.pairs = append(w.pairs, KV{Key: key, Value: value})
}

// Add adds a tensor of type F32 or F16. Dims are innermost first, and their product is len(data).
func (w *Writer) Add(name string, t TensorType, data []float32, dims ...uint64) {
	w.tensors = append(w.tensors, tensor{TensorInfo{Name: name, Type: t, Dims: dims}, data})
}

// WriteTo writes the file. Values and tensors that the format cannot hold are an error, found before
// the first byte is written.
func (w *Writer) WriteTo(to io.Writer) (int64, error) {
	header, err := w.header()
	if err != nil {
		return 0, err
	}
	out := &counter{w: bufio.NewWriterSize(to, 64<<10)}
	out.write(header)
	out.pad()
	for _, t := range w.tensors {
		out.write(encode(t.Type, t.data))
		out.pad()
	}
	if out.err == nil {
		out.err = out.w.Flush()
	}
	return out.n, out.err
}

func (w *Writer) header() ([]byte, error) {
	b := append([]byte("GGUF"), 3, 0, 0, 0)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(w.tensors)))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(w.pairs)))
	for _, kv := range w.pairs {
		kind, list, ok := typeOf(kv.Value)
		if !ok || kv.Key == "" {
			return nil, fmt.Errorf("write key %q: a GGUF file cannot hold a %T", kv.Key, kv.Value)
		}
		b = appendText(b, kv.Key)
		if list {
			b = binary.LittleEndian.AppendUint32(b, uint32(arrayType))
			b = binary.LittleEndian.AppendUint32(b, uint32(kind))
			b = binary.LittleEndian.AppendUint64(b, uint64(reflect.ValueOf(kv.Value).Len()))
		} else {
			b = binary.LittleEndian.AppendUint32(b, uint32(kind))
		}
		b = appendValue(b, kv.Value)
	}
	return w.appendTensors(b)
}

func (w *Writer) appendTensors(b []byte) ([]byte, error) {
	offset := uint64(0)
	for _, t := range w.tensors {
		size, ok := tensorSize(t.Type, t.Dims)
		if width := tensorTypes[t.Type].bytes; !ok || t.Type > F16 || size != uint64(len(t.data))*width || len(t.Dims) > maxDims {
			return nil, fmt.Errorf("write tensor %q: %d numbers are no %s tensor of dimensions %d", t.Name, len(t.data), t.Type, t.Dims)
		}
		b = appendText(b, t.Name)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(t.Dims)))
		for _, d := range t.Dims {
			b = binary.LittleEndian.AppendUint64(b, d)
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(t.Type))
		b = binary.LittleEndian.AppendUint64(b, offset)
		offset = pad(offset+size, defaultAlignment)
	}
	return b, nil
}

// typeOf is the type of a value, or of its elements if it is a list.
func typeOf(v any) (kind ValueType, list, ok bool) {
	t := reflect.TypeOf(v)
	if t != nil && t.Kind() == reflect.Slice {
		t, list = t.Elem(), true
	}
	if t == nil {
		return 0, false, false
	}
	kind, ok = map[reflect.Kind]ValueType{
		reflect.Uint8: Uint8, reflect.Int8: Int8, reflect.Uint16: Uint16, reflect.Int16: Int16, reflect.Uint32: Uint32,
		reflect.Int32: Int32, reflect.Float32: Float32, reflect.Bool: Bool, reflect.String: String,
		reflect.Uint64: Uint64, reflect.Int64: Int64, reflect.Float64: Float64,
	}[t.Kind()]
	return kind, list, ok
}

func appendText(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint64(b, uint64(len(s))), s...)
}

func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendText(b, v)
	case []string:
		for _, s := range v {
			b = appendText(b, s)
		}
		return b
	}
	b, _ = binary.Append(b, binary.LittleEndian, v) // typeOf let only types of fixed size through
	return b
}

func encode(t TensorType, data []float32) []byte {
	b := make([]byte, 0, 4*len(data))
	for _, v := range data {
		if t == F16 {
			b = binary.LittleEndian.AppendUint16(b, half(v))
		} else {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
	}
	return b
}

// counter counts what it wrote, which alignment needs, and keeps the first error.
type counter struct {
	w   *bufio.Writer
	n   int64
	err error
}

func (c *counter) write(b []byte) {
	if c.err != nil {
		return
	}
	n, err := c.w.Write(b)
	c.n += int64(n)
	c.err = err
}

func (c *counter) pad() {
	c.write(make([]byte, pad(uint64(c.n), defaultAlignment)-uint64(c.n)))
}
