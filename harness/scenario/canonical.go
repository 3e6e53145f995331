package scenario

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
)

// Canonical is the one form of all scenarios that mean the same: ranges joined, a filler that replaces
// nothing left out, Cache set where Grown implies it, empty lists nil, the requests of a step by slot,
// parameters with sorted keys, the form that an endpoint asks for. Doing it twice changes nothing.
func (s Scenario) Canonical() Scenario {
	s = s.Each(func(_ Place, r *Request) {
		r.Cache = r.Cache || r.Grown
		r.Recipe = r.Recipe.canonical()
		r.Params = canonicalParams(r.Params)
		if r.Endpoint == "/completion" {
			r.Endpoint = ""
		}
		if r.AsText() && r.Form == "" {
			r.Form = Text
		}
	})
	for _, step := range s.Steps {
		slices.SortStableFunc(step.Requests, func(a, b Request) int { return a.Slot - b.Slot })
	}
	if len(s.Flags.Other) == 0 {
		s.Flags.Other = nil
	}
	return s
}

func (r Recipe) canonical() Recipe {
	r.Keep = clip(Join(r.Keep), r.Tokens)
	switch {
	case r.Filler == "" || Length(r.Keep) == r.Tokens:
		r.Filler, r.Keep = "", nil
	case len(r.Keep) == 0:
		r.Keep, r.Distinct = nil, max(1, r.Distinct)
	}
	return r
}

func canonicalParams(text string) string {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber() // a seed of 64 bits must not become a float
	var object map[string]any
	if text == "" || d.Decode(&object) != nil {
		return text
	}
	if len(object) == 0 {
		return ""
	}
	sorted, err := json.Marshal(object)
	if err != nil {
		return text
	}
	return string(sorted)
}

// Key is equal for scenarios that mean the same, and for no others. It is made of every field, with the
// texts quoted, because a search compares thousands of them.
func (s Scenario) Key() string {
	s = s.Canonical()
	k := key{}
	k.numbers(s.NP, s.Ctx, s.Flags.Batch, s.Flags.MicroBatch)
	k.texts(s.Flags.Model, s.Flags.FlashAttn, s.Flags.CacheK, s.Flags.CacheV)
	k.texts(s.Flags.Other...)
	for _, step := range s.Steps {
		k = append(k, '\n')
		for _, r := range step.Requests {
			k.request(r)
		}
	}
	return string(k)
}

type key []byte

func (k *key) numbers(all ...int) {
	for _, n := range all {
		*k = append(strconv.AppendInt(*k, int64(n), 36), ' ')
	}
}

func (k *key) texts(all ...string) {
	for _, text := range all {
		*k = append(strconv.AppendQuote(*k, text), ' ')
	}
}

func (k *key) request(r Request) {
	k.numbers(r.Slot, r.Reply, one(r.Cache), one(r.Grown), r.Delay, r.CancelAfter, one(r.MayRefuse), r.Recipe.Tokens, r.Recipe.Distinct, r.Recipe.Period)
	*k = strconv.AppendUint(*k, r.Recipe.Seed, 36)
	k.texts(r.Endpoint, r.Params, r.Form, r.Recipe.Shape.String(), r.Recipe.Nonce, r.Recipe.Filler)
	for _, x := range r.Recipe.Keep {
		k.numbers(x.From, x.To)
	}
	*k = append(*k, ';')
}
