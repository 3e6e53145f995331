package tinymodel

import (
	"fmt"
	"math"
	"strings"
)

// Family is a kind of model, named as llama.cpp names the architecture.
type Family string

// NamePrefix begins general.name of every model that this package writes.
const NamePrefix = "ctxcliff tiny "

// The families. The empty one is unknown.
const (
	Llama    Family = "llama"    // full attention, quadratic time
	Gemma3   Family = "gemma3"   // sliding window in every layer, linear time
	Mamba    Family = "mamba"    // recurrent, linear time
	Qwen3MoE Family = "qwen3moe" // mixture of experts, otherwise as llama
	LFM2     Family = "lfm2"     // hybrid: the first layer is recurrent, the next attends to everything, and so on
)

// Asserting is no family to choose: a model of short convolutions alone (lfm2 without a layer of attention),
// on which llama.cpp aborts while it loads (GGML_ASSERT(buffer) in llama_kv_cache::set_input_k_idxs, seen in
// b11669). It is for tests of what an assertion leaves behind.
const Asserting Family = "lfm2-without-attention"

// Families lists all families.
func Families() []Family { return []Family{Gemma3, LFM2, Llama, Mamba, Qwen3MoE} }

// arch is llama.cpp's name of the architecture.
func (f Family) arch() string {
	if f == Asserting {
		return string(LFM2)
	}
	return string(f)
}

// Variety is one model of each family, and of mamba, which takes linear time and loads on old builds too, one with each
// of the other pre-tokenisers. Zero fields take their defaults.
func Variety() []Options {
	var all []Options
	for _, f := range Families() {
		all = append(all, Options{Family: f})
	}
	for _, p := range Pres()[1:] {
		all = append(all, Options{Family: Mamba, Pre: p})
	}
	return all
}

// ParseFamily reads a family's name. The error lists the names.
func ParseFamily(s string) (Family, error) {
	var names []string
	for _, f := range Families() {
		if string(f) == s {
			return f, nil
		}
		names = append(names, string(f))
	}
	return "", fmt.Errorf("unknown model family %q; choose one of %s", s, strings.Join(names, ", "))
}

// Options say which model to write. Zero fields take the default of the family.
type Options struct {
	Family   Family
	Pre      Pre    // pre-tokeniser; default gpt-2
	Seed     uint64 // of the weights
	Layers   int    // default 1, for llama and lfm2 2; for gemma3 below 6, for lfm2 2 or more
	Embd     int    // embedding length, a multiple of 32; default 32
	TrainCtx int    // trained context in tokens; default 1 Mi
	NaN      string // name of a tensor to fill with NaN; "" for a sound model
}

const (
	headSize     = 16 // of attention heads
	slidingSpan  = 64 // tokens that a gemma3 layer sees
	swaPeriod    = 6  // every sixth gemma3 layer would see everything
	maxLayers    = 64
	maxEmbd      = 1024
	defaultTrain = 1 << 20
)

// withDefaults fills zero fields and refuses what cannot be built.
func (o Options) withDefaults() (Options, error) {
	if _, err := ParseFamily(string(o.Family)); err != nil && o.Family != Asserting {
		return o, err
	}
	pre, err := ParsePre(string(o.Pre))
	if o.Pre = pre; err != nil {
		return o, err
	}
	if o.Layers == 0 {
		o.Layers = 1
		if o.Family == Llama || o.Family == LFM2 {
			o.Layers = 2
		}
	}
	if o.Embd == 0 {
		o.Embd = 32
	}
	if o.TrainCtx == 0 {
		o.TrainCtx = defaultTrain
	}
	switch {
	case o.Layers < 1 || o.Layers > maxLayers:
		return o, fmt.Errorf("a model of %d layers: give 1 to %d", o.Layers, maxLayers)
	case o.Family == Gemma3 && o.Layers >= swaPeriod:
		return o, fmt.Errorf("a gemma3 model of %d layers: its sixth would attend to everything; give 1 to %d", o.Layers, swaPeriod-1)
	case o.Family == LFM2 && o.Layers < 2:
		return o, fmt.Errorf("an lfm2 model of %d layer: it would have none of attention, and llama.cpp aborts on it; give 2 to %d", o.Layers, maxLayers)
	case o.Embd < 32 || o.Embd > maxEmbd || o.Embd%32 != 0:
		return o, fmt.Errorf("an embedding length of %d: give a multiple of 32 up to %d", o.Embd, maxEmbd)
	case o.TrainCtx < 1 || o.TrainCtx > math.MaxInt32:
		return o, fmt.Errorf("a trained context of %d tokens: give 1 to %d", o.TrainCtx, math.MaxInt32)
	}
	return o, nil
}
