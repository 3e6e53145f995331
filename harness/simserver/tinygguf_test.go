package simserver

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
)

// ggufWriter writes the fields of a GGUF file. It is small on purpose: the model that users get is
// tinymodel's, and this package may not depend on it.
type ggufWriter struct{ bytes.Buffer }

func (w *ggufWriter) put(values ...any) {
	for _, v := range values {
		if s, ok := v.(string); ok {
			binary.Write(w, binary.LittleEndian, uint64(len(s)))
			v = []byte(s)
		}
		binary.Write(w, binary.LittleEndian, v)
	}
}

func (w *ggufWriter) pad() {
	for w.Len()%32 != 0 {
		w.WriteByte(0)
	}
}

type tensor struct {
	name string
	dims []uint64
}

// tinyGGUF is a llama of one layer with random weights and a vocabulary of bytes, which a real
// llama-server loads.
func tinyGGUF() []byte {
	const embd, ff, vocabulary = 64, 128, 260
	var w, meta ggufWriter
	pairs := uint64(0)
	text := func(key, value string) { meta.put(key, uint32(8), value); pairs++ }
	number := func(key string, value uint32) { meta.put("llama."+key, uint32(4), value); pairs++ }
	text("general.architecture", "llama")
	text("tokenizer.ggml.model", "gpt2")
	text("tokenizer.ggml.pre", "gpt-2")
	text("tokenizer.chat_template", chatTemplate)
	for key, value := range map[string]uint32{
		"context_length": 1 << 20, "embedding_length": embd, "block_count": 1, "feed_forward_length": ff, "vocab_size": vocabulary,
		"attention.head_count": 2, "attention.head_count_kv": 2, "rope.dimension_count": embd / 2,
	} {
		number(key, value)
	}
	meta.put("llama.attention.layer_norm_rms_epsilon", uint32(6), float32(1e-5))
	meta.put("tokenizer.ggml.bos_token_id", uint32(4), uint32(256), "tokenizer.ggml.eos_token_id", uint32(4), uint32(257))
	meta.put("tokenizer.ggml.add_bos_token", uint32(7), uint8(1))
	meta.put("tokenizer.ggml.tokens", uint32(9), uint32(8), uint64(vocabulary))
	for _, r := range byteAlphabet() {
		meta.put(string(r))
	}
	meta.put(bosPiece, eosPiece, startPiece, endPiece)
	meta.put("tokenizer.ggml.merges", uint32(9), uint32(8), uint64(1), "t h")
	meta.put("tokenizer.ggml.token_type", uint32(9), uint32(5), uint64(vocabulary))
	for id := range int32(vocabulary) {
		meta.put(1 + 2*(id/256)) // 1 normal, 3 control
	}
	pairs += 7

	tensors := []tensor{{"token_embd.weight", []uint64{embd, vocabulary}}, {"output.weight", []uint64{embd, vocabulary}}, {"output_norm.weight", []uint64{embd}}}
	for _, t := range []tensor{
		{"attn_norm", []uint64{embd}}, {"ffn_norm", []uint64{embd}}, {"attn_q", []uint64{embd, embd}}, {"attn_k", []uint64{embd, embd}},
		{"attn_v", []uint64{embd, embd}}, {"attn_output", []uint64{embd, embd}}, {"ffn_gate", []uint64{embd, ff}},
		{"ffn_up", []uint64{embd, ff}}, {"ffn_down", []uint64{ff, embd}},
	} {
		tensors = append(tensors, tensor{"blk.0." + t.name + ".weight", t.dims})
	}
	w.put([]byte("GGUF"), uint32(3), uint64(len(tensors)), pairs, meta.Bytes())
	var data ggufWriter
	r := rand.New(rand.NewPCG(1, 2))
	for _, t := range tensors {
		w.put(t.name, uint32(len(t.dims)), t.dims, uint32(0), uint64(data.Len()))
		n := uint64(1)
		for _, d := range t.dims {
			n *= d
		}
		for i := range n {
			weight := float32(r.NormFloat64() / 4)
			if t.name == "output.weight" && i >= 128*embd {
				weight = 0 // answers are ASCII: of half a character a server says nothing until the rest is there
			}
			data.put(weight)
		}
		data.pad()
	}
	w.pad()
	w.put(data.Bytes())
	return w.Bytes()
}

// byteAlphabet is GPT-2's: a printable character for each byte.
func byteAlphabet() []rune {
	all, next := make([]rune, 256), rune(256)
	for b := range all {
		if b >= '!' && b <= '~' || b >= 0xa1 && b != 0xad {
			all[b] = rune(b)
		} else {
			all[b] = next
			next++
		}
	}
	return all
}
