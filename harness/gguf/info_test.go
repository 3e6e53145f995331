package gguf

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestModelInfo(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*Writer)
		want Info
	}{
		{"says everything", func(w *Writer) {
			w.Set("general.architecture", "gemma3")
			w.Set("general.name", "Some Model")
			w.Set("general.file_type", uint32(15))
			w.Set("gemma3.context_length", uint32(131072))
			w.Set("gemma3.block_count", uint32(5))
			w.Set("gemma3.embedding_length", uint32(64))
			w.Set("gemma3.attention.head_count", uint32(8))
			w.Set("gemma3.attention.head_count_kv", uint32(2))
			w.Set("gemma3.attention.sliding_window", uint32(512))
			w.Set("tokenizer.ggml.model", "llama")
			w.Set("tokenizer.ggml.tokens", []string{"<unk>", "<s>", "</s>", "<0x00>", "a", "[PAD1]", "<tool>", "b"})
			w.Set("tokenizer.ggml.token_type", []int32{2, 3, 3, 6, 1, 5, 4, 1})
			w.Set("tokenizer.ggml.bos_token_id", uint32(1))
			w.Set("tokenizer.ggml.merges", []string{"a b"})
			w.Set("tokenizer.chat_template", "{{ x }}")
		}, Info{
			Arch: "gemma3", Name: "Some Model", FileType: "Q4_K_M", NCtxTrain: 131072, NVocab: 8, NLayer: 5, NHead: 8, NHeadKV: 2,
			NEmbd: 64, KeyLength: 8, ValueLength: 8, SlidingWindow: 512, TokenTypes: []int32{2, 3, 3, 6, 1, 5, 4, 1}, Normal: []int32{3, 4, 7}, Merges: 1,
			ChatTemplate: "{{ x }}", Split: 1,
		}},
		{"says little and names its special tokens only by id", func(w *Writer) {
			w.Set("general.architecture", "gpt2")
			w.Set("tokenizer.ggml.tokens", []string{"a", "<|eos|>", "b"})
			w.Set("tokenizer.ggml.eos_token_id", uint32(1))
		}, Info{Arch: "gpt2", FileType: "F16", NVocab: 3, Normal: []int32{0, 2}, Split: 1}},
		{"has other heads in each layer", func(w *Writer) {
			w.Set("general.architecture", "hybrid")
			w.Set("hybrid.attention.head_count", uint64(16))
			w.Set("hybrid.attention.head_count_kv", []uint32{0, 0, 4, 0})
			w.Set("hybrid.vocab_size", uint32(99))
			w.Set("general.file_type", uint32(999))
		}, Info{Arch: "hybrid", FileType: "type 999", NHead: 16, NHeadKV: 4, NVocab: 99, Split: 1}},
		{"states numbers as texts", func(w *Writer) {
			w.Set("general.architecture", uint32(7))
			w.Set("general.file_type", "F16")
			w.Set("tokenizer.ggml.tokens", "three")
		}, Info{FileType: "F16", Split: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w Writer
			c.set(&w)
			w.Add("norm", F32, make([]float32, 4), 4)
			w.Add("a", F16, make([]float32, 4), 4)
			w.Add("b", F16, make([]float32, 4), 4)
			path := save(t, filepath.Join(t.TempDir(), "m.gguf"), &w)
			got, err := ModelInfo(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, cmpopts.IgnoreUnexported(Info{}), cmpopts.IgnoreFields(Info{}, "SizeBytes")); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if s, _ := os.Stat(path); got.SizeBytes != s.Size() {
				t.Errorf("size %d, not %d", got.SizeBytes, s.Size())
			}
		})
	}
}

func TestVocabularyNamesTheTokenizerAlone(t *testing.T) {
	name := func(change func(*Writer)) string {
		var w Writer
		w.Set("tokenizer.ggml.model", "gpt2")
		w.Set("tokenizer.ggml.pre", "Qwen/2 ../x")
		w.Set("tokenizer.ggml.tokens", []string{"a", "b"})
		change(&w)
		info, err := ModelInfo(save(t, filepath.Join(t.TempDir(), "m.gguf"), &w))
		if err != nil {
			t.Fatal(err)
		}
		return info.Vocabulary()
	}
	same := name(func(*Writer) {})
	if !strings.HasPrefix(same, "gpt2-qwen2x-2-") || len(same) != len("gpt2-qwen2x-2-")+12 {
		t.Error("not what it should look like:", same)
	}
	for what, other := range map[string]string{
		"chat template": name(func(w *Writer) { w.Set("tokenizer.chat_template", "x") }),
		"model's name":  name(func(w *Writer) { w.Set("general.name", "x") }),
	} {
		if other != same {
			t.Errorf("another %s gives another vocabulary: %s, %s", what, same, other)
		}
	}
	if other := name(func(w *Writer) { w.Set("tokenizer.ggml.merges", []string{"a b"}) }); other == same {
		t.Error("merges do not change the name of the vocabulary")
	}
}

func TestSplitModels(t *testing.T) {
	dir := t.TempDir()
	part := func(no, count int) string {
		var w Writer
		w.Set("split.no", uint16(no-1))
		w.Set("split.count", uint16(count))
		if no == 1 {
			w.Set("general.architecture", "llama")
		}
		w.Add(fmt.Sprint("t", no), F16, make([]float32, 100), 100)
		return save(t, filepath.Join(dir, fmt.Sprintf("big-%05d-of-%05d.gguf", no, count)), &w)
	}
	first, second, third := part(1, 3), part(2, 3), part(3, 3)
	info, err := ModelInfo(first)
	if err != nil || info.Split != 3 || info.FileType != "F16" {
		t.Fatalf("%+v %v", info, err)
	}
	sum := int64(0)
	for _, path := range []string{first, second, third} {
		s, _ := os.Stat(path)
		sum += s.Size()
	}
	if info.SizeBytes != sum {
		t.Errorf("size %d, want %d", info.SizeBytes, sum)
	}
	_, err = ModelInfo(second)
	wantError(t, err, "it is file 2 of a split model; give the first one")

	whole, _ := os.ReadFile(third)
	os.WriteFile(third, whole[:len(whole)-64], 0o644)
	if _, err = ModelInfo(first); !errors.Is(err, ErrTruncated) {
		t.Error("not truncated:", err)
	}
	wantError(t, err, "its part big-00003-of-00003.gguf")

	os.Remove(third)
	_, err = ModelInfo(first)
	wantError(t, err, "its part big-00003-of-00003.gguf is missing")
	if errors.Is(err, fs.ErrNotExist) {
		t.Error("a missing part must not look like a missing model:", err)
	}
	renamed := filepath.Join(dir, "big.gguf")
	os.Rename(first, renamed)
	_, err = ModelInfo(renamed)
	wantError(t, err, "only if it is called NAME-00001-of-00003.gguf")
}

func TestModelInfoOfNoFile(t *testing.T) {
	if _, err := ModelInfo(filepath.Join(t.TempDir(), "none.gguf")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	_, err := ModelInfo(t.TempDir())
	wantError(t, err, "a directory")
	var w Writer
	w.Set("tokenizer.ggml.tokens", []string{"a", "b"})
	w.Set("tokenizer.ggml.token_type", []int32{1})
	_, err = ModelInfo(save(t, filepath.Join(t.TempDir(), "m.gguf"), &w))
	wantError(t, err, "2 tokens have 1 types")
}

func wantError(t *testing.T, err error, says string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("got %v, want %q", err, says)
	}
}

func save(t testing.TB, path string, w *Writer) string {
	t.Helper()
	if err := os.WriteFile(path, write(t, w), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// BenchmarkModelInfo reads a vocabulary of today's size: 152 thousand tokens, as many merges.
func BenchmarkModelInfo(b *testing.B) {
	const n = 152_064
	tokens, merges, types := make([]string, n), make([]string, n), make([]int32, n)
	for i := range n {
		tokens[i], merges[i], types[i] = fmt.Sprintf("Ġtok%d", i), fmt.Sprintf("Ġt ok%d", i), 1
	}
	var w Writer
	w.Set("general.architecture", "qwen3")
	w.Set("tokenizer.ggml.tokens", tokens)
	w.Set("tokenizer.ggml.token_type", types)
	w.Set("tokenizer.ggml.merges", merges)
	path := save(b, filepath.Join(b.TempDir(), "m.gguf"), &w)
	for b.Loop() {
		info, err := ModelInfo(path)
		if err != nil || len(info.Normal) != n {
			b.Fatal(err)
		}
	}
}
