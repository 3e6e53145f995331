package fuzz

import (
	"slices"
	"strconv"

	"ctxcliff/harness/scenario"
)

// flags are settings that users do change, each with the names that a build's --help must list.
var flags = []struct {
	needs []string
	scenario.Flags
}{
	{[]string{"--flash-attn"}, scenario.Flags{FlashAttn: "on"}},
	{[]string{"--flash-attn"}, scenario.Flags{FlashAttn: "off"}},
	{[]string{"--batch-size", "--ubatch-size"}, scenario.Flags{Batch: 512, MicroBatch: 128}},
	{[]string{"--batch-size", "--ubatch-size"}, scenario.Flags{Batch: 64, MicroBatch: 64}},
	{[]string{"--batch-size", "--ubatch-size"}, scenario.Flags{Batch: 33, MicroBatch: 17}},
	{[]string{"--ubatch-size"}, scenario.Flags{MicroBatch: 2048}},
	{[]string{"--cache-type-k", "--cache-type-v", "--flash-attn"}, scenario.Flags{CacheK: "q8_0", CacheV: "q8_0", FlashAttn: "on"}},
	{[]string{"--cache-type-k"}, scenario.Flags{CacheK: "q4_0"}},
	{[]string{"--cache-type-k", "--cache-type-v"}, scenario.Flags{CacheK: "f32", CacheV: "f32"}},
	{[]string{"--kv-unified"}, scenario.Flags{Other: []string{"--kv-unified"}}},
	{[]string{"--context-shift"}, scenario.Flags{Other: []string{"--context-shift"}}},
	{[]string{"--context-shift", "--keep"}, scenario.Flags{Other: []string{"--context-shift", "--keep", "16"}}},
	{[]string{"--cache-reuse"}, scenario.Flags{Other: []string{"--cache-reuse", "64"}}},
	{[]string{"--cache-reuse", "--context-shift"}, scenario.Flags{Other: []string{"--cache-reuse", "16", "--context-shift"}}},
	{[]string{"--cache-ram"}, scenario.Flags{Other: []string{"--cache-ram", "64"}}},
	{[]string{"--ctx-checkpoints"}, scenario.Flags{Other: []string{"--ctx-checkpoints", "3"}}},
	{[]string{"--ctx-checkpoints", "--cache-ram"}, scenario.Flags{Other: []string{"--ctx-checkpoints", "8", "--cache-ram", "64"}}},
	{[]string{"--swa-full"}, scenario.Flags{Other: []string{"--swa-full"}}},
	{[]string{"--slot-prompt-similarity"}, scenario.Flags{Other: []string{"--slot-prompt-similarity", "0.9"}}},
	{[]string{"--no-cont-batching"}, scenario.Flags{Other: []string{"--no-cont-batching"}}},
	{[]string{"--jinja"}, scenario.Flags{Other: []string{"--jinja"}}},
	{[]string{"--embeddings"}, scenario.Flags{Other: []string{embeddings}}},
	{[]string{"--spec-type"}, scenario.Flags{Other: []string{"--spec-type", "ngram-simple"}}},
	{[]string{"--spec-type"}, scenario.Flags{Other: []string{"--spec-type", "ngram-mod"}}},
	{[]string{"--spec-type"}, scenario.Flags{Other: []string{"--spec-type", "ngram-map-k"}}},
	{[]string{"--spec-type"}, scenario.Flags{Other: []string{"--spec-type", "ngram-map-k4v"}}},
	{[]string{"--spec-type"}, scenario.Flags{Other: []string{"--spec-type", "ngram-cache"}}},
}

// embeddings is the flag with which a build may refuse everything else.
const embeddings = "--embeddings"

// Flags are the settings that a build knows, all where it is not asked.
func Flags(knows func(flag string) bool) []scenario.Flags {
	var all []scenario.Flags
	for _, f := range flags {
		if knows == nil || !slices.ContainsFunc(f.needs, func(name string) bool { return !knows(name) }) {
			all = append(all, f.Flags)
		}
	}
	return all
}

// configuration is what needs a start of its own.
type configuration struct {
	np    int
	flags scenario.Flags
}

// configurations are all that the space has: the target's own settings first.
func (p Space) configurations() []configuration {
	var all []configuration
	for _, np := range p.NP {
		for _, model := range append([]string{""}, p.Models...) {
			for _, f := range append([]scenario.Flags{{}}, p.Flags...) {
				f.Model = model
				all = append(all, configuration{np, f})
			}
		}
	}
	return all
}

// name is the configuration in words.
func (c configuration) name() string {
	return scenario.Scenario{NP: c.np, Flags: c.flags}.Key()
}

// words are the configuration for people.
func (c configuration) words() string {
	words := "np " + strconv.Itoa(c.np)
	for _, w := range []string{c.flags.Model, flagWords(c.flags)} {
		if w != "" {
			words += ", " + w
		}
	}
	return words
}

// of is the configuration of a scenario.
func of(s scenario.Scenario) configuration { return configuration{s.NP, s.Flags} }

// scenario is a start of the configuration that is asked these scenes.
func (c configuration) scenario(slot int, scenes ...scene) scenario.Scenario {
	s := scenario.Scenario{NP: c.np, Ctx: slot * c.np, Flags: c.flags}
	for _, steps := range scenes {
		s.Steps = append(s.Steps, steps...)
	}
	if slices.Contains(c.flags.Other, embeddings) {
		return s.Each(func(_ scenario.Place, r *scenario.Request) { r.MayRefuse = true })
	}
	return s.Clone()
}
