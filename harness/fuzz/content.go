package fuzz

import (
	"fmt"
	"strings"

	"ctxcliff/harness/scenario"
	"ctxcliff/shapes"
)

// sizes draws a prompt size: on and around what a server works in, or of any order of magnitude. Edges sit at
// all scales.
func (g *grammar) size(d dice) int {
	p := g.space
	edges := []int{p.MicroBatch, p.Batch, 2 * p.Batch, 3 * p.Batch, p.Slot}
	n := 0
	switch x := d.Float64(); {
	case x < 0.3:
		n = pick(d, edges) + pick(d, []int{-2, -1, 0, 1, 2})
	case x < 0.4:
		n = p.Longest - d.IntN(64)
	default:
		n = g.anySize(d, p.Longest)
	}
	return min(max(1, n), p.Longest)
}

// anySize is as likely between 8 and 16 as between 8k and 16k, up to most.
func (g *grammar) anySize(d dice, most int) int {
	bits := 0
	for most>>bits > 1 {
		bits++
	}
	low := 1 << d.IntN(bits+1)
	return min(most, low+d.IntN(low))
}

// periods are lengths after which a prompt may repeat itself.
func (g *grammar) period(d dice) int {
	if d.chance(0.2) {
		return max(1, pick(d, []int{g.space.MicroBatch, g.space.Batch})+pick(d, []int{-1, 0, 1}))
	}
	return g.anySize(d, 1024)
}

// filler is the word of prompts that are drawn in no order: the control shape of the field.
const filler = " opt"

// recipe draws what a prompt is made of.
func (g *grammar) recipe(d dice) scenario.Recipe {
	r := scenario.Recipe{Seed: d.Uint64(), Tokens: g.size(d), Nonce: fmt.Sprintf("%012x", d.Uint64()>>16)}
	if d.chance(0.1) {
		r.Nonce = "" // what stands at the head of a prompt is then what is repeated
	}
	switch x := d.Float64(); {
	case x < 0.3:
		r.Shape = shapes.Sample(d.Rand)
	case x < 0.5:
		r.Shape = plain(pick(d, families))
	case x < 0.68:
		r.Shape, r.Period = plain(pick(d, varied)), g.period(d)
	case x < 0.8:
		r.Shape, r.Distinct = plain(pick(d, varied)), 1<<d.IntN(10)
	case x < 0.9:
		r = r.Drawn(filler, 2<<d.IntN(10))
		if r.Shape.String() == "" {
			r.Shape = plain("random")
		}
	case x < 0.96:
		r.Shape = repeated(pick(d, special))
	default:
		r.Shape = repeated(strings.Repeat(pick(d, characters), 1<<d.IntN(5)))
	}
	return r
}

// families are those of package shapes by name, and varied are those of many different tokens.
var (
	families = []string{"opt", "repeat", "natural", "mixed", "code", "tools", "random", "unicode", "lines"}
	varied   = []string{"natural", "code", "random", "unicode", "lines"}
)

// special are texts that vocabularies have tokens of their own for. As ids they are the ordinary ones that
// spell them; as text a server reads them as what they stand for.
var special = []string{
	"<|im_start|>", "<|im_end|>", "<|endoftext|>", "<s>", "</s>", "<unk>", "<pad>", "<|eot_id|>", "<|start_header_id|>",
	"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<think>", "<tool_call>", "<|channel|>", "[INST]",
}

// characters make long runs, most of all as solid text: what the regular expressions of pre-tokenisers are slow, or deep, about.
var characters = []string{"a", "A", " ", "\n", "\t", "0", "'", "\"", "\\", "é", "語", "🙂", "\u0301", "\u200d", "\ufffd", "\u202e", "~", "{", "\r\n"}

// plain is a family of package shapes as it is. The name is one of ours.
func plain(family string) shapes.Shape { return span(shapes.Span{Family: family}) }

func repeated(word string) shapes.Shape { return span(shapes.Span{Family: "repeat", Word: word}) }

// span is a shape of one span, or the control shape if there is no such one.
func span(s shapes.Span) shapes.Shape {
	shape, err := shapes.New(s)
	if err != nil {
		shape, _ = shapes.New(shapes.Span{Family: "opt"})
	}
	return shape
}
