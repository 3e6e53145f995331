package tinymodel

import (
	"fmt"

	"ctxcliff/harness/gguf"
)

// Names and shapes of tensors: llama.cpp src/models/{llama,gemma3,mamba,qwen3moe,lfm2}.cpp, src/llama-arch.cpp.

// Gains of what llama layers add to the residual stream, whose own scale is 1. Smaller, and answers
// no longer depend on the prompt but on its last token; larger, and a repeated prompt drowns the rest
// and is answered by a repeated token. In gemma3 the norms after each part set the scale.
const (
	gainAttention   = 0.6
	gainFeedForward = 0.2
)

func (b *builder) llamaLayer(n int) {
	at := func(name string) string { return fmt.Sprintf("blk.%d.%s.weight", n, name) }
	b.constant(at("attn_norm"), 1, b.Embd)
	b.attention(at, 3)
	b.constant(at("ffn_norm"), 1, b.Embd)
	b.feedForward(at)
}

func (b *builder) gemma3Layer(n int) {
	at := func(name string) string { return fmt.Sprintf("blk.%d.%s.weight", n, name) }
	b.constant(at("attn_norm"), 1, b.Embd)
	b.attention(at, 1)
	b.postNorm(at("post_attention_norm"), 0.7)
	b.constant(at("attn_k_norm"), 3, headSize)
	b.constant(at("attn_q_norm"), 3, headSize)
	b.constant(at("ffn_norm"), 1, b.Embd)
	b.feedForward(at)
	b.postNorm(at("post_ffw_norm"), 0.4)
}

// attention has heads of a fixed size and half as many for keys and values. A gain well above 1 for
// queries and keys makes the weights of attention uneven, so that long prompts do not average out.
func (b *builder) attention(at func(string) string, gain float64) {
	heads, kv := b.heads()
	b.random(at("attn_q"), gain, b.Embd, heads*headSize)
	b.random(at("attn_k"), gain, b.Embd, kv*headSize)
	b.random(at("attn_v"), 1, b.Embd, kv*headSize)
	b.shielded(at("attn_output"), gainAttention, heads*headSize)
}

func (b *builder) heads() (heads, kv int) {
	heads = b.Embd / headSize
	return heads, heads / 2
}

func (b *builder) feedForward(at func(string) string) {
	b.random(at("ffn_gate"), 1, b.Embd, b.feedForwardSize())
	b.random(at("ffn_up"), 1, b.Embd, b.feedForwardSize())
	b.shielded(at("ffn_down"), gainFeedForward, b.feedForwardSize())
}

func (b *builder) feedForwardSize() int { return 2 * b.Embd }

// postNorm scales what a gemma3 layer adds to the residual stream.
func (b *builder) postNorm(name string, gain float32) {
	b.add(name, gguf.F32, func(i int, _ *stream) float32 {
		if i == constantChannel {
			return 0
		}
		return gain
	}, b.Embd)
}

// Sizes of the recurrent layer. llama.cpp wants an inner size of twice the embedding.
const (
	ssmConv  = 4
	ssmState = 16
)

func (b *builder) ssmInner() int { return 2 * b.Embd }
func (b *builder) ssmRank() int  { return b.Embd / 16 }

func (b *builder) mambaLayer(n int) {
	at := func(name string) string { return fmt.Sprintf("blk.%d.%s", n, name) }
	inner := b.ssmInner()
	b.constant(at("attn_norm.weight"), 1, b.Embd)
	b.random(at("ssm_in.weight"), 1.5, b.Embd, 2*inner)
	b.add(at("ssm_conv1d.weight"), gguf.F32, func(_ int, r *stream) float32 { return r.normal() }, ssmConv, inner)
	b.constant(at("ssm_conv1d.bias"), 0, inner)
	b.random(at("ssm_x.weight"), 1.5, inner, b.ssmRank()+2*ssmState)
	b.random(at("ssm_dt.weight"), 1, b.ssmRank(), inner)
	b.constant(at("ssm_dt.bias"), -2, inner) // a time step near 0.13 after softplus
	b.add(at("ssm_a"), gguf.F32, func(i int, _ *stream) float32 { return -float32(1+i%ssmState) / 4 }, ssmState, inner)
	b.constant(at("ssm_d"), 1, inner)
	b.shielded(at("ssm_out.weight"), 1.5, inner)
}

// Experts of a layer, and how many of them each token goes through.
const (
	experts     = 4
	expertsUsed = 2
)

// expertSize makes the experts that a token goes through as wide together as one layer of llama.
func (b *builder) expertSize() int { return b.feedForwardSize() / expertsUsed }

func (b *builder) qwen3moeLayer(n int) {
	at := func(name string) string { return fmt.Sprintf("blk.%d.%s.weight", n, name) }
	b.constant(at("attn_norm"), 1, b.Embd)
	b.attention(at, 1)
	b.constant(at("attn_k_norm"), 3, headSize)
	b.constant(at("attn_q_norm"), 3, headSize)
	b.constant(at("ffn_norm"), 1, b.Embd)
	b.add(at("ffn_gate_inp"), gguf.F32, func(_ int, r *stream) float32 { return r.normal() }, b.Embd, experts)
	b.random(at("ffn_gate_exps"), 1, b.Embd, b.expertSize(), experts)
	b.random(at("ffn_up_exps"), 1, b.Embd, b.expertSize(), experts)
	b.shielded(at("ffn_down_exps"), gainFeedForward, b.expertSize(), experts)
}

// shortConv is how many tokens the convolution of a recurrent lfm2 layer sees.
const shortConv = 3

// attends reports whether a layer of lfm2 is one of attention: every second one.
func (b *builder) attends(n int) bool { return b.Family == LFM2 && n%2 == 1 }

// hybridHeads are the heads for keys and values of each layer of lfm2: a recurrent one has none.
func (b *builder) hybridHeads(kv int) []int32 {
	heads := make([]int32, b.Layers)
	for n := range heads {
		if b.attends(n) {
			heads[n] = int32(kv)
		}
	}
	return heads
}

func (b *builder) lfm2Layer(n int) {
	at := func(name string) string { return fmt.Sprintf("blk.%d.%s.weight", n, name) }
	b.constant(at("attn_norm"), 1, b.Embd)
	if b.attends(n) {
		b.attention(at, 1)
		b.constant(at("attn_k_norm"), 3, headSize)
		b.constant(at("attn_q_norm"), 3, headSize)
	} else {
		b.shortConv(at)
	}
	b.constant(at("ffn_norm"), 1, b.Embd)
	b.feedForward(at)
}

func (b *builder) shortConv(at func(string) string) {
	b.add(at("shortconv.conv"), gguf.F32, func(_ int, r *stream) float32 { return r.normal() }, shortConv, b.Embd)
	b.random(at("shortconv.in_proj"), 1, b.Embd, 3*b.Embd)
	b.shielded(at("shortconv.out_proj"), 1, b.Embd)
}
