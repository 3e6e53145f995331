package tinymodel

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"ctxcliff/harness/gguf"
)

// TestModelsAreTheSameEverywhere holds the bytes of the default models against recorded hashes: a
// model that changes without a new formatVersion is another model under an old name.
func TestModelsAreTheSameEverywhere(t *testing.T) {
	const path = "testdata/sha256.golden"
	var got strings.Builder
	fmt.Fprintf(&got, "format %d\n", formatVersion)
	for _, f := range Families() {
		for _, seed := range []uint64{0, 1, math.MaxUint64} {
			sum := sha256.Sum256(model(t, Options{Family: f, Seed: seed}))
			fmt.Fprintf(&got, "%s seed %d: %s\n", f, seed, hex.EncodeToString(sum[:]))
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got.String() != string(want) {
		t.Errorf("the models changed (%v); if that is meant, count up formatVersion and run this test with -update\ngot:\n%s", err, got.String())
	}
}

// TestEveryModelReadsBack draws options and holds the header of the model against them.
func TestEveryModelReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Options{
			Family:   rapid.SampledFrom(Families()).Draw(t, "family"),
			Seed:     rapid.Uint64().Draw(t, "seed"),
			Pre:      rapid.SampledFrom(Pres()).Draw(t, "pre"),
			Layers:   rapid.IntRange(1, 5).Draw(t, "layers"),
			Embd:     32 * rapid.IntRange(1, 3).Draw(t, "embd/32"),
			TrainCtx: rapid.IntRange(1, math.MaxInt32).Draw(t, "ctx"),
		}
		if o.Family == LFM2 {
			o.Layers++
		}
		b := model(t, o)
		if !bytes.Equal(b, model(t, o)) {
			t.Fatal("the same options gave other bytes")
		}
		f, err := gguf.Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if pre, ok := f.String("tokenizer.ggml.pre"); !ok || pre != string(o.Pre) {
			t.Fatalf("the pre-tokeniser is %q, not %q", pre, o.Pre)
		}
		for key, want := range map[string]int{
			".context_length": o.TrainCtx, ".embedding_length": o.Embd, ".block_count": o.Layers, ".vocab_size": vocabSize,
		} {
			if got, ok := f.Uint(string(o.Family) + key); !ok || got != uint64(want) {
				t.Fatalf("%s%s is %d, not %d", o.Family, key, got, want)
			}
		}
		checkNumbers(t, f, b)
	})
}

// checkNumbers looks at the f32 tensors and the f16 ones: none may hold an infinity or a NaN, none
// but biases may be all zero.
func checkNumbers(t *rapid.T, f *gguf.File, b []byte) {
	for _, info := range f.Tensors {
		width, top := 4, byte(0x7f)
		if info.Type == gguf.F16 {
			width, top = 2, 0x7c
		}
		data := b[f.DataOffset+int64(info.Offset):][:info.Size]
		zero := true
		for i := width - 1; i < len(data); i += width {
			if data[i]&top == top && (width == 2 || data[i-1]&0x80 != 0) {
				t.Fatalf("%s: number %d is not finite", info.Name, i/width)
			}
			zero = zero && data[i]&0x7f == 0
		}
		if zero && !strings.HasSuffix(info.Name, "conv1d.bias") {
			t.Fatalf("%s is all zero", info.Name)
		}
	}
}

func TestModelInfoOfTinyModels(t *testing.T) {
	for _, f := range Families() {
		path, err := Cached(t.TempDir(), Options{Family: f})
		if err != nil {
			t.Fatal(err)
		}
		info, err := gguf.ModelInfo(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Arch != string(f) || info.FileType != "F16" || info.NCtxTrain != 1<<20 || info.NVocab != vocabSize ||
			len(info.Normal) != vocabSize-len(controls) || info.Merges != len(merges()) || info.ChatTemplate != chatTemplate {
			t.Errorf("%s: %+v", f, info)
		}
		if window := map[Family]int{Gemma3: slidingSpan}[f]; info.SlidingWindow != window {
			t.Errorf("%s: sliding window %d, not %d", f, info.SlidingWindow, window)
		}
		if info.SizeBytes < 50<<10 || info.SizeBytes > 500<<10 {
			t.Errorf("%s has %d bytes", f, info.SizeBytes)
		}
	}
}

func TestOptionsThatMakeNoModel(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		says string
	}{
		{"no family", Options{}, `unknown model family ""; choose one of gemma3, lfm2, llama, mamba, qwen3moe`},
		{"another family", Options{Family: "qwen"}, `unknown model family "qwen"`},
		{"a gemma3 of six layers", Options{Family: Gemma3, Layers: 6}, "its sixth would attend to everything"},
		{"an lfm2 without attention", Options{Family: LFM2, Layers: 1}, "it would have none of attention"},
		{"another pre-tokeniser", Options{Family: Mamba, Pre: "qwen"}, `unknown pre-tokeniser "qwen"; choose one of gpt-2, deepseek-v3`},
		{"negative layers", Options{Family: Llama, Layers: -1}, "-1 layers"},
		{"an odd embedding", Options{Family: Llama, Embd: 33}, "a multiple of 32"},
		{"a huge embedding", Options{Family: Llama, Embd: 1 << 20}, "a multiple of 32"},
		{"no trained context", Options{Family: Mamba, TrainCtx: -5}, "-5 tokens"},
		{"a NaN in no tensor", Options{Family: Mamba, NaN: "output"}, `no tensor "output" to fill with NaN; it has token_embd.weight, output_norm.weight`},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "m.gguf")
			err := WriteFile(path, c.o)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
			if _, err := os.Stat(path); !os.IsNotExist(err) {
				t.Error("a file was written:", err)
			}
		})
	}
	for _, f := range Families() {
		if parsed, err := ParseFamily(string(f)); parsed != f || err != nil {
			t.Errorf("%s parses as %q, %v", f, parsed, err)
		}
	}
}

func TestWriteFileLeavesNothingHalf(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(taken, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(taken, Options{Family: Mamba}); err == nil {
		t.Error("a directory was replaced by a model")
	}
	if err := WriteFile(filepath.Join(dir, "none", "m.gguf"), Options{Family: Mamba}); !os.IsNotExist(err) {
		t.Error("a directory that does not exist:", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestCachedWritesOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "on demand")
	o := Options{Family: Gemma3, Seed: 7}
	path, err := Cached(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if name := fmt.Sprintf("tiny-gemma3-seed7-v%d.gguf", formatVersion); filepath.Base(path) != name {
		t.Errorf("%s is not called %s", path, name)
	}
	first, _ := os.Stat(path)
	if _, err := Cached(dir, o); err != nil {
		t.Fatal(err)
	}
	if second, _ := os.Stat(path); !os.SameFile(first, second) {
		t.Error("a whole model was written again")
	}
	if err := os.Truncate(path, first.Size()/2); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := Cached(dir, o); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, model(t, o)) {
		t.Errorf("the half model was not replaced: %d bytes, %v", len(got), err)
	}
	other, err := Cached(dir, Options{Family: Gemma3, Seed: 7, Layers: 3, NaN: "output_norm.weight"})
	if err != nil || other == path {
		t.Errorf("other options have the path %s, %v", other, err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("the cache holds %v", entries)
	}
}

// model is the bytes of a model.
func model(t interface{ Fatal(...any) }, o Options) []byte {
	var b bytes.Buffer
	if err := Write(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func BenchmarkWrite(b *testing.B) {
	for b.Loop() {
		model(b, Options{Family: Gemma3, Seed: 1})
	}
}
