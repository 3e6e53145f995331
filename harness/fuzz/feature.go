package fuzz

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ctxcliff/harness/scenario"
)

// Feature is something that a step has, on one of the axes.
type Feature struct {
	Axis  string `json:"axis"`
	Value string `json:"value"`
}

func (f Feature) String() string { return f.Axis + " " + f.Value }

// The axes. Size is that of the longest prompt; in a table it is what the others are held against.
const (
	AxisSize    = "size"
	AxisEdge    = "edge"
	AxisLoad    = "load"
	AxisCache   = "cache"
	AxisContent = "content"
	AxisPeriod  = "period"
	AxisIDs     = "ids"
	AxisReply   = "reply"
	AxisAPI     = "api"
	AxisNP      = "np"
	AxisFlags   = "flags"
	AxisModel   = "model"
)

// Axes are all but the size, in the order of a table.
func Axes() []string {
	return []string{AxisLoad, AxisCache, AxisContent, AxisPeriod, AxisIDs, AxisEdge, AxisReply, AxisAPI, AxisNP, AxisFlags, AxisModel}
}

// Sizes are the buckets of the size, in order: from the first number up to below the next.
var Sizes = []string{"1", "16", "256", "1k", "4k", "16k", "64k", "256k"}

var sizeFrom = []int{1, 16, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10}

// sizeOf is the bucket of a number of tokens.
func sizeOf(tokens int) string {
	i := 0
	for i+1 < len(sizeFrom) && tokens >= sizeFrom[i+1] {
		i++
	}
	return Sizes[i]
}

// decade is a bucket of a number that is best known by its order of magnitude.
func decade(n int) string {
	for _, upTo := range []int{1, 8, 64, 512, 4096} {
		if n <= upTo {
			return "≤" + strconv.Itoa(upTo)
		}
	}
	return ">4096"
}

// set is a list of features, each once, in the order in which they were added.
type set []Feature

func (s *set) add(axis, value string) {
	if f := (Feature{axis, value}); value != "" && !slices.Contains(*s, f) {
		*s = append(*s, f)
	}
}

// size is the bucket of the longest prompt.
func (s set) size() string {
	for _, f := range s {
		if f.Axis == AxisSize {
			return f.Value
		}
	}
	return ""
}

// features of one step of a scenario, the earlier ones included as far as the cache knows of them.
func (p Space) features(s scenario.Scenario, n int) set {
	var all set
	requests := s.Steps[n].Requests
	longest := 0
	for _, r := range requests {
		longest = max(longest, r.Recipe.Tokens)
	}
	all.add(AxisSize, sizeOf(longest))
	all.add(AxisNP, strconv.Itoa(s.NP))
	all.add(AxisFlags, flagWords(s.Flags))
	all.add(AxisModel, s.Flags.Model)
	all.add(AxisLoad, load(requests))
	for i, r := range requests {
		p.ofRequest(&all, r)
		all.add(AxisCache, cacheUse(s.Steps[:n], r))
		if slices.ContainsFunc(requests[:i], func(o scenario.Request) bool { return samePrompt(o, r) }) {
			all.add(AxisCache, "shared prefix")
		}
	}
	return all
}

func (p Space) ofRequest(all *set, r scenario.Request) {
	recipe := r.Recipe
	for _, span := range recipe.Shape.Spans() {
		all.add(AxisContent, span.Family)
	}
	if len(recipe.Shape.Spans()) > 1 {
		all.add(AxisContent, "several spans")
	}
	if recipe.Filler != "" {
		all.add(AxisContent, "in no order")
	}
	if recipe.Nonce == "" {
		all.add(AxisContent, "no nonce")
	}
	if recipe.Period > 0 {
		all.add(AxisPeriod, decade(recipe.Period))
	}
	if recipe.Distinct > 0 {
		all.add(AxisIDs, decade(recipe.Distinct))
	}
	all.add(AxisReply, decade(r.Reply))
	all.add(AxisEdge, p.edge(recipe.Tokens, r.Reply))
	all.add(AxisAPI, apiWords(r))
	switch {
	case r.CancelAfter > 0:
		all.add(AxisLoad, "cancelled")
	case r.MayRefuse && (recipe.Tokens >= p.Slot || slices.Contains(hopeless, r.Params)):
		all.add(AxisLoad, "must be refused")
	}
	if r.Delay > 0 {
		all.add(AxisLoad, "staggered")
	}
}

// load is how the requests of a step stand beside one another.
func load(requests []scenario.Request) string {
	if len(requests) == 1 {
		return "alone"
	}
	shortest, longest := requests[0].Recipe.Tokens, requests[0].Recipe.Tokens
	for _, r := range requests {
		shortest, longest = min(shortest, r.Recipe.Tokens), max(longest, r.Recipe.Tokens)
	}
	if longest >= 8*shortest {
		return "long beside short"
	}
	return "together"
}

// samePrompt reports whether one prompt begins with the other.
func samePrompt(a, b scenario.Request) bool {
	x, y := a.Recipe, b.Recipe
	x.Tokens, y.Tokens = 0, 0
	return x.Seed == y.Seed && x.Nonce == y.Nonce && x.Period == y.Period && x.Distinct == y.Distinct && x.Filler == y.Filler &&
		x.Shape.String() == y.Shape.String()
}

// cacheUse is what a request may find in the cache.
func cacheUse(before []scenario.Step, r scenario.Request) string {
	if !r.Cache && !r.Grown {
		return "cold"
	}
	for i := len(before) - 1; i >= 0; i-- {
		for _, o := range before[i].Requests {
			if !samePrompt(o, r) {
				continue
			}
			switch {
			case o.Slot != r.Slot:
				return "held by another slot"
			case o.CancelAfter > 0:
				return "of one cancelled"
			case r.Grown && r.Recipe.Tokens > o.Recipe.Tokens:
				return "grown by the reply"
			case r.Recipe.Tokens > o.Recipe.Tokens:
				return "extended"
			case r.Recipe.Tokens < o.Recipe.Tokens:
				return "shortened"
			}
			return "again"
		}
	}
	return "of something else"
}

// edge says on or beside which border of the server a prompt ends, its reply included for the slot's.
func (p Space) edge(tokens, reply int) string {
	near := func(n, of int) bool { return of > 0 && n >= of-2 && (n+2)%of <= 4 }
	switch {
	case tokens >= p.Slot-2 && tokens <= p.Slot+2:
		return "slot"
	case tokens+reply >= p.Slot-2 && tokens < p.Slot:
		return "slot, with the reply"
	case near(tokens, p.Batch):
		return "batch"
	case near(tokens, p.MicroBatch):
		return "micro-batch"
	}
	return ""
}

// apiWords names the way a request goes.
func apiWords(r scenario.Request) string {
	whole := strings.Contains(r.Params, `"stream":false`)
	name := strings.TrimPrefix(r.Endpoint, "/")
	switch {
	case name == "" && strings.Contains(r.Params, `"grammar"`):
		name = "grammar"
	case name == "" && strings.Contains(r.Params, `"json_schema"`):
		name = "schema"
	case name == "" && r.AsText():
		name = r.Form
	case name == "" && r.Params != "" && !whole:
		name = "ids with parameters"
	case name == "":
		name = "ids"
	case strings.Contains(r.Params, `"tools"`):
		name += " with tools"
	}
	if whole {
		name += ", whole"
	}
	return name
}

// flagWords names settings of the server; "" those of the target.
func flagWords(f scenario.Flags) string {
	f.Model = ""
	var words []string
	for _, w := range []struct {
		name  string
		value string
	}{{"-b", number(f.Batch)}, {"-ub", number(f.MicroBatch)}, {"-fa", f.FlashAttn}, {"-ctk", f.CacheK}, {"-ctv", f.CacheV}, {"", strings.Join(f.Other, " ")}} {
		if w.value != "" {
			words = append(words, strings.TrimSpace(fmt.Sprintf("%s %s", w.name, w.value)))
		}
	}
	return strings.Join(words, " ")
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
