package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Canonical is the one form of all scenarios that mean the same: ranges joined, a filler that replaces
// nothing left out, Cache set where Grown implies it, empty lists nil, the requests of a step by slot,
// parameters with sorted keys. Doing it twice changes nothing.
func (s Scenario) Canonical() Scenario {
	s = s.Each(func(_ Place, r *Request) {
		r.Cache = r.Cache || r.Grown
		r.Recipe = r.Recipe.canonical()
		r.Params = canonicalParams(r.Params)
		if r.Endpoint == "/completion" {
			r.Endpoint = ""
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

// Key is equal for scenarios that mean the same, and for no others.
func (s Scenario) Key() string {
	text, err := json.Marshal(s.Canonical())
	if err != nil { // cannot be: plain fields, and shapes that are text
		return fmt.Sprintf("%#v", s)
	}
	return string(text)
}
