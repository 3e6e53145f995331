package tinymodel

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// formatVersion is counted up whenever the bytes of a model change.
const formatVersion = 1

// Write writes the model. The same options give the same bytes, always and everywhere. Options that
// make no model are an error, found before the first byte.
func Write(w io.Writer, o Options) error {
	o, err := o.withDefaults()
	if err != nil {
		return err
	}
	b := &builder{Options: o}
	b.describe()
	b.describeVocabulary()
	b.tensors()
	if err := b.finish(); err != nil {
		return err
	}
	_, err = b.out.WriteTo(w)
	return err
}

func (b *builder) describe() {
	arch := b.Family.arch()
	b.out.Set("general.architecture", arch)
	b.out.Set("general.name", NamePrefix+arch)
	b.out.Set("general.file_type", uint32(1)) // mostly f16
	number := func(key string, v int) { b.out.Set(arch+"."+key, uint32(v)) }
	number("context_length", b.TrainCtx)
	number("embedding_length", b.Embd)
	number("block_count", b.Layers)
	number("vocab_size", vocabSize)
	b.out.Set(arch+".attention.layer_norm_rms_epsilon", float32(1e-5))
	if b.Family == Mamba {
		number("feed_forward_length", 0)
		number("attention.head_count", 0)
		number("ssm.conv_kernel", ssmConv)
		number("ssm.inner_size", b.ssmInner())
		number("ssm.state_size", ssmState)
		number("ssm.time_step_rank", b.ssmRank())
		return
	}
	heads, kv := b.heads()
	number("feed_forward_length", b.feedForwardSize())
	number("attention.head_count", heads)
	if b.Family.arch() != string(LFM2) {
		number("attention.head_count_kv", kv)
	}
	number("attention.key_length", headSize)
	number("attention.value_length", headSize)
	switch b.Family {
	case Gemma3:
		number("attention.sliding_window", slidingSpan)
		return
	case LFM2, Asserting:
		b.out.Set(arch+".attention.head_count_kv", b.hybridHeads(kv))
		number("shortconv.l_cache", shortConv)
		return
	case Qwen3MoE:
		number("expert_count", experts)
		number("expert_used_count", expertsUsed)
		number("expert_feed_forward_length", b.expertSize())
	}
	number("rope.dimension_count", headSize)
}

func (b *builder) describeVocabulary() {
	set := func(key string, v any) { b.out.Set("tokenizer."+key, v) }
	set("ggml.model", "gpt2")
	set("ggml.pre", string(b.Pre))
	set("ggml.tokens", tokens())
	set("ggml.token_type", tokenTypes())
	set("ggml.merges", merges())
	set("ggml.bos_token_id", control("<|bos|>"))
	set("ggml.eos_token_id", control("<|endoftext|>"))
	set("ggml.padding_token_id", control("<|pad|>"))
	set("ggml.add_bos_token", true)
	set("ggml.add_eos_token", false)
	set("chat_template", chatTemplate)
}

func (b *builder) tensors() {
	layer, scale := b.llamaLayer, float32(1)
	switch b.Family {
	case Gemma3: // multiplies embeddings by the root of their length
		layer, scale = b.gemma3Layer, float32(1/math.Sqrt(float64(b.Embd)))
	case Mamba:
		layer = b.mambaLayer
	case LFM2, Asserting:
		layer = b.lfm2Layer
	case Qwen3MoE:
		layer = b.qwen3moeLayer
	}
	b.embeddings(scale)
	for n := range b.Layers {
		layer(n)
	}
}

// WriteFile writes the model to path and replaces what is there. There is never half a model under
// that name.
func WriteFile(path string, o Options) error {
	var model bytes.Buffer
	if err := Write(&model, o); err != nil {
		return err
	}
	return replace(path, model.Bytes())
}

// replace writes a file under another name in the same directory and then renames it.
func replace(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	for _, step := range []func() error{
		func() error { return f.Chmod(0o644) },
		f.Sync,
		f.Close,
		func() error { return os.Rename(f.Name(), path) },
	} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		f.Close()
		os.Remove(f.Name())
	}
	return err
}

// Cached is the path of the model in dir, which is made where it is missing. A model that is there
// and whole is not written again; one that differs in a byte is replaced. Processes may call it at
// the same time.
func Cached(dir string, o Options) (string, error) {
	var model bytes.Buffer
	if err := Write(&model, o); err != nil {
		return "", err
	}
	path := filepath.Join(dir, fileName(o))
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, model.Bytes()) {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return path, replace(path, model.Bytes())
}

// Name is family and pre-tokeniser, where that is not the default: tiny-gemma3, tiny-mamba-qwen2.
func (o Options) Name() string {
	name := "tiny-" + string(o.Family)
	if o.Pre != "" && o.Pre != GPT2 {
		name += "-" + string(o.Pre)
	}
	return name
}

// fileName is name, seed and format, and what else is not the default: tiny-gemma3-seed1-v1.gguf.
func fileName(o Options) string {
	name := fmt.Sprintf("%s-seed%d", o.Name(), o.Seed)
	for _, field := range []struct {
		label string
		value int
	}{{"layers", o.Layers}, {"embd", o.Embd}, {"ctx", o.TrainCtx}} {
		if field.value != 0 {
			name += fmt.Sprintf("-%s%d", field.label, field.value)
		}
	}
	if o.NaN != "" {
		name += "-nan-" + strings.ReplaceAll(o.NaN, ".", "_")
	}
	return fmt.Sprintf("%s-v%d.gguf", name, formatVersion)
}
