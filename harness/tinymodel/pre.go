package tinymodel

import (
	"fmt"
	"strings"
)

// Pre is a pre-tokeniser: the regular expressions that cut a text into the words that merges stay within, named as
// llama.cpp names it (tokenizer.ggml.pre). Vocabulary and merges are the same for all.
type Pre string

// The pre-tokenisers, those of many models that people run. All are known since 2024 (llm_tokenizer_bpe in
// llama.cpp src/llama-vocab.cpp); some have code of their own in src/unicode.cpp, others go through std::regex,
// and which do changes from build to build.
const (
	GPT2       Pre = "gpt-2"
	LlamaBPE   Pre = "llama-bpe"
	Qwen2      Pre = "qwen2"
	DeepSeekV3 Pre = "deepseek-v3" // three expressions, one after the other
	Tekken     Pre = "tekken"      // cuts where small letters are followed by capitals
	StarCoder  Pre = "starcoder"   // digits by themselves, then as gpt-2
)

// Pres lists all pre-tokenisers, the default first.
func Pres() []Pre { return []Pre{GPT2, DeepSeekV3, LlamaBPE, Qwen2, StarCoder, Tekken} }

// ParsePre reads a pre-tokeniser's name; "" is the default. The error lists the names.
func ParsePre(s string) (Pre, error) {
	if s == "" {
		return GPT2, nil
	}
	var names []string
	for _, p := range Pres() {
		if string(p) == s {
			return p, nil
		}
		names = append(names, string(p))
	}
	return "", fmt.Errorf("unknown pre-tokeniser %q; choose one of %s", s, strings.Join(names, ", "))
}
