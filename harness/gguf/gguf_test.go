package gguf

import (
	"bytes"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWhatIsWrittenReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w Writer
		want := map[string]any{}
		for _, key := range rapid.SliceOfNDistinct(rapid.StringN(1, 20, 60), 0, 12, rapid.ID).Draw(t, "keys") {
			if key == alignmentKey {
				continue
			}
			want[key] = drawValue(t)
			w.Set(key, want[key])
		}
		for _, name := range rapid.SliceOfNDistinct(rapid.StringN(1, 20, 60), 0, 5, rapid.ID).Draw(t, "tensors") {
			rows, columns := rapid.IntRange(1, 7).Draw(t, "rows"), rapid.IntRange(1, 7).Draw(t, "columns")
			kind := rapid.SampledFrom([]TensorType{F32, F16}).Draw(t, "type")
			w.Add(name, kind, make([]float32, rows*columns), uint64(columns), uint64(rows))
		}
		written := write(t, &w)
		f, err := Read(bytes.NewReader(written), int64(len(written)))
		if err != nil {
			t.Fatal(err)
		}
		if f.Version != 3 || len(f.KV) != len(want) || len(f.Tensors) != len(w.tensors) {
			t.Fatalf("version %d, %d keys, %d tensors; want 3, %d, %d", f.Version, len(f.KV), len(f.Tensors), len(want), len(w.tensors))
		}
		for key, value := range want {
			if got := readBack(t, f, key); !cmp.Equal(got, value) {
				t.Fatalf("%q: got %#v, want %#v", key, got, value)
			}
		}
		for i, info := range f.Tensors {
			if want := w.tensors[i]; info.Name != want.Name || info.Type != want.Type || !cmp.Equal(info.Dims, want.Dims) {
				t.Fatalf("tensor %d: got %+v, want %+v", i, info, want.TensorInfo)
			}
			if at := f.DataOffset + int64(info.Offset); at%defaultAlignment != 0 || at+int64(info.Size) > f.Size {
				t.Fatalf("tensor %+v lies at byte %d of %d", info, at, f.Size)
			}
		}
		// Every proper prefix is an error: nothing reads as a shorter model.
		cut := rapid.IntRange(0, len(written)-1).Draw(t, "cut")
		if _, err := Read(bytes.NewReader(written[:cut]), int64(cut)); err == nil && cut < int(f.DataOffset) && len(f.Tensors) > 0 {
			t.Fatalf("%d of %d bytes read without an error", cut, len(written))
		}
	})
}

func drawValue(t *rapid.T) any {
	switch rapid.IntRange(0, 8).Draw(t, "kind") {
	case 0:
		return rapid.String().Draw(t, "text")
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return rapid.Uint8().Draw(t, "u8")
	case 3:
		return rapid.Int16().Draw(t, "i16")
	case 4:
		return rapid.Uint32().Draw(t, "u32")
	case 5:
		return rapid.Int64().Draw(t, "i64")
	case 6:
		return rapid.Float64Range(-1e300, 1e300).Draw(t, "f64")
	case 7:
		return rapid.SliceOfN(rapid.String(), 1, 5).Draw(t, "texts")
	}
	return rapid.SliceOfN(rapid.Int64(), 1, 5).Draw(t, "numbers")
}

func readBack(t *rapid.T, f *File, key string) any {
	value, _ := f.Value(key)
	a, ok := value.(Array)
	if !ok {
		return value
	}
	var back any
	var err error
	if a.Type == String {
		back, err = f.Strings(key)
	} else {
		back, err = f.Ints(key)
	}
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func write(t interface{ Fatal(...any) }, w *Writer) []byte {
	var b bytes.Buffer
	if n, err := w.WriteTo(&b); err != nil || n != int64(b.Len()) {
		t.Fatal("written", n, "of", b.Len(), err)
	}
	return b.Bytes()
}

// TestHalfIsTheNearest decodes every half and asks for it again, and asks for what lies between two.
func TestHalfIsTheNearest(t *testing.T) {
	for bits := range 0x7c00 {
		v := decodeHalf(uint16(bits))
		for _, c := range []struct {
			in   float32
			want uint16
		}{{v, uint16(bits)}, {-v, uint16(bits) | 0x8000}} {
			if got := half(c.in); got != c.want {
				t.Fatalf("half(%g) = %#x, want %#x", c.in, got, c.want)
			}
		}
		if bits+1 == 0x7c00 {
			break
		}
		middle := (v + decodeHalf(uint16(bits+1))) / 2
		even := uint16(bits + bits&1)
		below, above := math.Nextafter32(middle, 0), math.Nextafter32(middle, 1e9)
		if half(middle) != even || half(below) != uint16(bits) || half(above) != uint16(bits+1) {
			t.Fatalf("around %g: %#x %#x %#x", middle, half(below), half(middle), half(above))
		}
	}
	if half(65520) != 0x7c00 || half(65519) != 0x7bff || half(float32(math.Inf(-1))) != 0xfc00 {
		t.Error("the end of the range is wrong")
	}
	if nan := half(float32(math.NaN())); nan&0x7c00 != 0x7c00 || nan&0x3ff == 0 {
		t.Errorf("half(NaN) = %#x", nan)
	}
}

func decodeHalf(h uint16) float32 {
	exponent, mantissa := int(h>>10&0x1f), float64(h&0x3ff)
	if exponent == 0 {
		return float32(math.Ldexp(mantissa, -24))
	}
	return float32(math.Ldexp(1024+mantissa, exponent-25))
}

func TestWriterRefusesWhatTheFormatCannotHold(t *testing.T) {
	for name, prepare := range map[string]func(*Writer){
		"an int, whose size depends on the machine": func(w *Writer) { w.Set("a", 1) },
		"nothing":                       func(w *Writer) { w.Set("a", nil) },
		"a list of lists":               func(w *Writer) { w.Set("a", [][]string{{"b"}}) },
		"an empty key":                  func(w *Writer) { w.Set("", true) },
		"fewer numbers than dimensions": func(w *Writer) { w.Add("t", F32, make([]float32, 3), 2, 2) },
		"a quantised tensor":            func(w *Writer) { w.Add("t", 2, make([]float32, 32), 32) },
		"five dimensions":               func(w *Writer) { w.Add("t", F32, make([]float32, 1), 1, 1, 1, 1, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			var w Writer
			prepare(&w)
			var b bytes.Buffer
			if _, err := w.WriteTo(&b); err == nil || b.Len() != 0 {
				t.Errorf("error %v after %d bytes", err, b.Len())
			}
		})
	}
}
