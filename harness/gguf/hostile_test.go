package gguf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
)

// bytesOf lays out values little-endian, texts with their length.
func bytesOf(values ...any) []byte {
	var b []byte
	for _, v := range values {
		if s, ok := v.(string); ok {
			b = appendText(b, s)
			continue
		}
		b, _ = binary.Append(b, binary.LittleEndian, v)
	}
	return b
}

func TestBadFilesAreClearErrors(t *testing.T) {
	start := func(tensors, pairs uint64) []byte {
		return bytesOf([]byte("GGUF"), uint32(3), tensors, pairs)
	}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	info := func(name string, kind uint32, offset uint64, dims ...uint64) []byte {
		return bytesOf(name, uint32(len(dims)), dims, kind, offset)
	}
	for _, c := range []struct {
		name string
		file []byte
		want error
		says string
	}{
		{"an empty file", nil, ErrNotGGUF, "empty"},
		{"a script", []byte("#!/bin/sh\nexit 0\n"), ErrNotGGUF, `begins with "#!/b"`},
		{"two bytes of the magic", []byte("GG"), ErrNotGGUF, `begins with "GG"`},
		{"a Git LFS pointer", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\n"), ErrNotGGUF, "git lfs pull"},
		{"the magic alone", []byte("GGUF"), ErrTruncated, "after 4 bytes"},
		{"version 1", bytesOf([]byte("GGUF"), uint32(1), uint64(0), uint64(0)), ErrNotGGUF, "its version is 1"},
		{"version 4", bytesOf([]byte("GGUF"), uint32(4), uint64(0), uint64(0)), ErrNotGGUF, "its version is 4"},
		{"the other byte order", bytesOf([]byte("GGUF"), uint32(3<<24), uint64(0), uint64(0)), ErrNotGGUF, "big-endian"},
		{"more keys than any model has", start(0, math.MaxUint64), ErrCorrupt, "announces 0 tensors and 18446744073709551615 keys"},
		{"more tensors than any model has", start(1<<40, 0), ErrCorrupt, "announces 1099511627776 tensors"},
		{"keys that are not there", start(0, 60000), ErrTruncated, "middle of its header"},
		{"a key of 1 TiB", join(start(0, 1), bytesOf(uint64(1)<<40)), ErrCorrupt, "a text of 1099511627776 bytes"},
		{"an empty key", join(start(0, 1), bytesOf("", uint32(4), uint32(1))), ErrCorrupt, "key 0 is empty"},
		{"a key twice", join(start(0, 2), bytesOf("a", uint32(4), uint32(1)), bytesOf("a", uint32(4), uint32(1))), ErrCorrupt, `key "a" stands there twice`},
		{"a value of no type", join(start(0, 1), bytesOf("a", uint32(13), uint32(1))), ErrCorrupt, "unknown value type 13"},
		{"an array of arrays", join(start(0, 1), bytesOf("a", uint32(9), uint32(9), uint64(1), uint32(4), uint64(0))), ErrCorrupt, "unknown value type 9"},
		{"an array of 2^64 texts", join(start(0, 1), bytesOf("a", uint32(9), uint32(8), uint64(math.MaxUint64))), ErrTruncated, "middle of its header"},
		{"an array of 2^61 numbers", join(start(0, 1), bytesOf("a", uint32(9), uint32(10), uint64(1)<<61)), ErrTruncated, "middle of its header"},
		{"an array with a text too long", join(start(0, 1), bytesOf("a", uint32(9), uint32(8), uint64(1), uint64(99))), ErrTruncated, "middle of its header"},
		{"an alignment of 24", join(start(0, 1), bytesOf("general.alignment", uint32(4), uint32(24))), ErrCorrupt, "general.alignment is 24"},
		{"an alignment of 0", join(start(0, 1), bytesOf("general.alignment", uint32(4), uint32(0))), ErrCorrupt, "general.alignment is 0"},
		{"an alignment in words", join(start(0, 1), bytesOf("general.alignment", uint32(8), "many")), ErrCorrupt, "general.alignment is many"},
		{"five dimensions", join(start(1, 0), info("t", 0, 0, 1, 1, 1, 1, 1)), ErrCorrupt, "has 5 dimensions"},
		{"a dimension of 0", join(start(1, 0), info("t", 0, 0, 4, 0)), ErrCorrupt, "cannot have the dimensions [4 0]"},
		{"2^64 elements", join(start(1, 0), info("t", 0, 0, 1<<32, 1<<32)), ErrCorrupt, "cannot have the dimensions"},
		{"2^62 elements of 4 bytes", join(start(1, 0), info("t", 0, 0, 1<<62)), ErrCorrupt, "cannot have the dimensions"},
		{"rows of half a block", join(start(1, 0), info("t", 12, 0, 128)), ErrCorrupt, "Q4_K cannot have the dimensions [128]"},
		{"a tensor twice", join(start(2, 0), info("t", 0, 0, 1), info("t", 0, 32, 1), make([]byte, 96)), ErrCorrupt, `tensor "t" stands there twice`},
		{"tensors that overlap", join(start(2, 0), info("a", 0, 0, 16), info("b", 0, 32, 1), make([]byte, 256)), ErrCorrupt, `"b" is said to begin at byte 32 of the data, not at 64`},
		{"data cut off", join(start(1, 0), info("output.weight", 0, 0, 1024), make([]byte, 4000)), ErrTruncated, `data of tensor "output.weight" is not within the file`},
		{"an offset near 2^64", join(start(2, 0), info("a", 99, 0, 1), info("b", 0, math.MaxUint64-2, 1), make([]byte, 256)), ErrTruncated, `tensor "b"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(c.file), int64(len(c.file)))
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v\nwant %v with %q", err, c.want, c.says)
			}
		})
	}
}

func TestTensorsOfNewerTypesAreKept(t *testing.T) {
	file := bytesOf([]byte("GGUF"), uint32(3), uint64(2), uint64(0),
		"new", uint32(1), uint64(256), uint32(77), uint64(0), "old", uint32(1), uint64(1), uint32(0), uint64(128), make([]byte, 256))
	f, err := Read(bytes.NewReader(file), int64(len(file)))
	if err != nil || len(f.Tensors) != 2 || f.Tensors[0].Size != 0 || f.Tensors[0].Type.String() != "type 77" {
		t.Fatalf("%+v %v", f, err)
	}
}

// TestHugeClaimsCostNoMemory reads a file that says it is 1 TiB and claims arrays to match.
func TestHugeClaimsCostNoMemory(t *testing.T) {
	head := bytesOf([]byte("GGUF"), uint32(3), uint64(0), uint64(1), "a", uint32(9), uint32(8), uint64(1)<<36)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Read(zeros{head}, 1<<40)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
		t.Errorf("%d bytes were allocated", grown)
	}
}

// zeros is a header followed by as many zeros as anybody asks for.
type zeros struct{ head []byte }

func (z zeros) ReadAt(b []byte, at int64) (int, error) {
	clear(b)
	if at < int64(len(z.head)) {
		copy(b, z.head[at:])
	}
	return len(b), nil
}

func FuzzRead(f *testing.F) {
	var w Writer
	w.Set("general.architecture", "llama")
	w.Set("general.file_type", uint32(1))
	w.Set("llama.attention.head_count", []int32{2, 4})
	w.Set("tokenizer.ggml.tokens", []string{"a", "b"})
	w.Set("tokenizer.ggml.token_type", []int32{1, 3})
	w.Add("t", F16, make([]float32, 8), 4, 2)
	f.Add(write(f, &w))
	f.Add([]byte("GGUF"))
	f.Add([]byte("GGUF\x03\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			if !errors.Is(err, ErrNotGGUF) && !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrCorrupt) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		for _, kv := range file.KV {
			a, ok := kv.Value.(Array)
			if !ok {
				continue
			}
			texts, notTexts := file.Strings(kv.Key)
			numbers, notNumbers := file.Ints(kv.Key)
			if notTexts == nil && len(texts) != a.Len || notNumbers == nil && len(numbers) != a.Len {
				t.Fatalf("%s has %d elements, not %d or %d", kv.Key, a.Len, len(texts), len(numbers))
			}
		}
		info := Info{}
		info.shape(file)
		if err := info.readVocabulary(file); err == nil && len(info.Normal) > info.NVocab {
			t.Fatalf("%d of %d tokens are ordinary", len(info.Normal), info.NVocab)
		}
	})
}
