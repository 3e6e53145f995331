package gguf

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
)

// Info is what a tester wants to know of a model before a server loads it. Numbers that the file
// does not state are 0.
type Info struct {
	Arch     string // general.architecture, "llama"
	Name     string // general.name; may be empty
	FileType string // "F16", "Q4_K_M"…; where the file does not say, the type of most of its tensors

	NCtxTrain     int // trained context in tokens
	NVocab        int // number of tokens; ids are below it
	NLayer        int
	NHead         int // largest of the layers, where they differ
	NHeadKV       int // largest of the layers; NHead where the file does not say
	NEmbd         int
	KeyLength     int // elements of a key and head; NEmbd / NHead where the file does not say
	ValueLength   int
	SlidingWindow int // in tokens; 0 means that every layer sees everything

	TokenTypes   []int32 // of each id as llama.cpp numbers them: 1 normal, 3 control, 6 byte…; nil if the file has none
	Normal       []int32 // ids of ordinary tokens (normal or byte, and not named as a special one), ascending
	Merges       int     // number of BPE merges
	ChatTemplate string  // tokenizer.chat_template; may be empty

	SizeBytes int64 // of all files of the model together
	Split     int   // number of files; 1 for a model in one file

	vocabulary string
}

// Vocabulary names the vocabulary: models that cut every text into the same tokens have the same
// name, whatever their weights and chat template. It is safe in a file name.
func (i Info) Vocabulary() string { return i.vocabulary }

// ModelInfo reads the header of the model at path, and those of its other files where it is split
// (…-00001-of-00005.gguf). Beside the errors of [Open] it fails where llama-server would: a file of
// the split is missing or cut off, or path is not the first of them.
func ModelInfo(path string) (Info, error) {
	f, err := Open(path)
	if err != nil {
		return Info{}, err
	}
	defer f.Close()
	info := Info{SizeBytes: f.Size, Split: 1}
	tensors := f.Tensors
	if err := checkFirst(f); err != nil {
		return Info{}, err
	}
	if n, ok := f.Uint("split.count"); ok && n > 1 {
		more, err := readSplits(path, n)
		if err != nil {
			return Info{}, err
		}
		info.Split = int(n)
		info.SizeBytes += more.size
		tensors = append(tensors, more.tensors...)
	}
	info.shape(f)
	info.FileType = fileType(f, tensors)
	return info, info.readVocabulary(f)
}

func (i *Info) shape(f *File) {
	i.Arch, _ = f.String("general.architecture")
	i.Name, _ = f.String("general.name")
	i.NCtxTrain = f.largest(i.Arch + ".context_length")
	i.NLayer = f.largest(i.Arch + ".block_count")
	i.NEmbd = f.largest(i.Arch + ".embedding_length")
	i.SlidingWindow = f.largest(i.Arch + ".attention.sliding_window")
	i.KeyLength = f.largest(i.Arch + ".attention.key_length")
	i.ValueLength = f.largest(i.Arch + ".attention.value_length")
	i.NHead = f.largest(i.Arch + ".attention.head_count")
	i.NHeadKV = f.largest(i.Arch + ".attention.head_count_kv")
	if i.NHeadKV == 0 {
		i.NHeadKV = i.NHead
	}
	if i.NHead > 0 {
		i.KeyLength = cmp.Or(i.KeyLength, i.NEmbd/i.NHead)
		i.ValueLength = cmp.Or(i.ValueLength, i.NEmbd/i.NHead)
	}
}

// KVBytes is the most that the cache of so many tokens takes, at so many bytes for an element of keys and
// of values. Layers that look at a window, or keep a state instead of a cache, take less; 0 where the
// file does not say enough.
func (i Info) KVBytes(tokens int, key, value float64) int64 {
	perToken := float64(i.NHeadKV) * (float64(i.KeyLength)*key + float64(i.ValueLength)*value)
	return int64(float64(tokens) * float64(i.NLayer) * perToken)
}

// largest is a number, or the largest of an array of one number per layer; 0 where there is none.
func (f *File) largest(key string) int {
	if n, ok := f.Uint(key); ok {
		return int(min(n, math.MaxInt32))
	}
	most := int64(0)
	if v, _ := f.Value(key); isArray(v) {
		numbers, _ := f.Ints(key) // something else than integers states no number
		for _, n := range numbers {
			most = max(most, n)
		}
	}
	return int(min(most, math.MaxInt32))
}

func isArray(v any) bool {
	_, ok := v.(Array)
	return ok
}

// fileType prefers what the file says; else it is the type of most tensors, of equals the first.
func fileType(f *File, tensors []TensorInfo) string {
	if n, ok := f.Uint("general.file_type"); ok {
		if name, ok := fileTypes[n]; ok {
			return name
		}
		return fmt.Sprintf("type %d", n)
	}
	count, most := map[TensorType]int{}, 0
	for _, t := range tensors {
		count[t.Type]++
		most = max(most, count[t.Type])
	}
	for _, t := range tensors {
		if count[t.Type] == most {
			return t.Type.String()
		}
	}
	return ""
}

const (
	typeNormal = 1
	typeByte   = 6
)

func (i *Info) readVocabulary(f *File) error {
	i.ChatTemplate, _ = f.String("tokenizer.chat_template")
	i.NVocab = f.length("tokenizer.ggml.tokens")
	if i.NVocab == 0 {
		i.NVocab = f.largest(i.Arch + ".vocab_size")
	}
	i.Merges = f.length("tokenizer.ggml.merges")
	types, err := f.Ints("tokenizer.ggml.token_type")
	if err != nil {
		return err
	}
	if len(types) > 0 && len(types) < i.NVocab { // llama.cpp reads beyond the end of the shorter one
		return fmt.Errorf("%w: %d tokens have %d types", ErrCorrupt, i.NVocab, len(types))
	}
	for _, t := range types {
		i.TokenTypes = append(i.TokenTypes, int32(t))
	}
	i.Normal = f.normal(i.NVocab, i.TokenTypes)
	i.vocabulary, err = f.nameVocabulary(i.NVocab)
	return err
}

func (f *File) length(key string) int {
	v, _ := f.Value(key)
	a, _ := v.(Array)
	return a.Len
}

// normal lists the ordinary tokens. Files without types still name their special tokens one by one.
// A vocabulary that the file only counts has none.
func (f *File) normal(vocabulary int, types []int32) []int32 {
	special := map[uint64]bool{}
	for _, kv := range f.KV {
		if strings.HasPrefix(kv.Key, "tokenizer.ggml.") && strings.HasSuffix(kv.Key, "_token_id") {
			if id, ok := unsigned(kv.Value); ok {
				special[id] = true
			}
		}
	}
	var ids []int32
	for id := range min(vocabulary, f.length("tokenizer.ggml.tokens")) {
		ordinary := types == nil || types[id] == typeNormal || types[id] == typeByte
		if ordinary && !special[uint64(id)] {
			ids = append(ids, int32(id))
		}
	}
	return ids
}

// nameVocabulary is made of the tokenizer's kind, its size, and a hash over the bytes of all its
// keys but the chat template.
func (f *File) nameVocabulary(size int) (string, error) {
	model, _ := f.String("tokenizer.ggml.model")
	pre, _ := f.String("tokenizer.ggml.pre")
	sum := sha256.New()
	for _, kv := range f.KV {
		if !strings.HasPrefix(kv.Key, "tokenizer.") || strings.HasPrefix(kv.Key, "tokenizer.chat_template") {
			continue
		}
		raw, err := f.span(kv.start, kv.end)
		if err != nil {
			return "", fmt.Errorf("read %s: %w", kv.Key, err)
		}
		sum.Write(raw)
	}
	return fmt.Sprintf("%s-%s-%d-%s", plain(model), plain(pre), size, hex.EncodeToString(sum.Sum(nil)[:6])), nil
}

// plain keeps what is safe in a file name.
func plain(s string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r == '_' {
			return r
		}
		return -1
	}, strings.ToLower(s))
	return safe[:min(len(safe), 32)]
}
