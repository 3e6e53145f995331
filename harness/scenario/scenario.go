package scenario

import "slices"

// Scenario is everything that one start of a server is asked, in order.
type Scenario struct {
	NP    int    `json:"np"`             // slots, as -np
	Ctx   int    `json:"ctx"`            // context of all slots together in tokens, as -c
	Flags Flags  `json:"flags,omitzero"` // what else of the command line may matter
	Steps []Step `json:"steps"`
}

// Flags are the settings of a server that a bug may hang on. Zero fields leave the server's default.
type Flags struct {
	Batch      int      `json:"batch,omitempty"`       // n_batch in tokens, as -b
	MicroBatch int      `json:"micro_batch,omitempty"` // n_ubatch in tokens, as -ub
	FlashAttn  string   `json:"flash_attn,omitempty"`  // on, off or auto, as -fa
	CacheK     string   `json:"cache_k,omitempty"`     // type of the keys such as q8_0, as -ctk
	CacheV     string   `json:"cache_v,omitempty"`     // type of the values, as -ctv
	Other      []string `json:"other,omitempty"`       // further arguments, verbatim and in order
	Model      string   `json:"model,omitempty"`       // another model, by the name that whoever plays it knows it by; empty: the target's own
}

// Step is a wave: its requests are sent at once, give or take their delays, and it has ended when the
// last of them has.
type Step struct {
	Requests []Request `json:"requests"`
}

// Request is one prompt sent to one slot.
type Request struct {
	Slot   int    `json:"slot"` // below NP
	Recipe Recipe `json:"recipe"`
	Reply  int    `json:"reply"` // tokens asked for, 1 or more: llama-server generates one even when asked for 0

	// Cache allows the server to use what it has cached. Grown says that the prompt begins with the
	// previous one of its slot and the reply to that, and continues with this recipe's tokens from
	// there on; it implies Cache. Tokens is its whole length: where that is no more than what came before,
	// it is the head of that.
	Cache bool `json:"cache,omitempty"`
	Grown bool `json:"grown,omitempty"`

	Delay       int    `json:"delay_ms,omitempty"`     // milliseconds after the wave began
	CancelAfter int    `json:"cancel_after,omitempty"` // prompt tokens processed when the client goes away; 0 never
	Endpoint    string `json:"endpoint,omitempty"`     // such as /v1/chat/completions; empty: /completion
	Params      string `json:"params,omitempty"`       // further fields of the body: a JSON object as text. They win over ours
	Form        string `json:"form,omitempty"`         // [Text] or [Solid]: the prompt's ids are turned into text and travel so; empty: as ids
	MayRefuse   bool   `json:"may_refuse,omitempty"`   // that the server refuses it, with an error of the client's kind, is as good as an answer
}

// Text is the form of a prompt that travels as text. The text is what its ids say, those that are no
// whole characters replaced, so the server may count other tokens than the recipe has.
const Text = "text"

// Solid is the form of a text from which all white space is taken out: one word without end, such as the same
// letter again and again.
const Solid = "solid text"

// textOnly are the endpoints that take no token ids for a prompt.
var textOnly = []string{"/v1/chat/completions", "/infill", "/tokenize", "/apply-template"}

// AsText reports whether the prompt travels as text.
func (r Request) AsText() bool {
	return r.Form == Text || r.Form == Solid || slices.Contains(textOnly, r.Endpoint)
}

// Clone shares nothing with s.
func (s Scenario) Clone() Scenario {
	s.Flags.Other = slices.Clone(s.Flags.Other)
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps {
		s.Steps[i].Requests = slices.Clone(s.Steps[i].Requests)
		for k := range s.Steps[i].Requests {
			r := &s.Steps[i].Requests[k].Recipe
			r.Keep = slices.Clone(r.Keep)
		}
	}
	return s
}

// Place is where a request stands in a scenario; both count from 0.
type Place struct {
	Step    int `json:"step"`
	Request int `json:"request"`
}

// Places are all requests, in order.
func (s Scenario) Places() []Place {
	var all []Place
	for i, step := range s.Steps {
		for k := range step.Requests {
			all = append(all, Place{i, k})
		}
	}
	return all
}

// At is the request of a place, nil where there is none.
func (s Scenario) At(p Place) *Request {
	if p.Step < 0 || p.Step >= len(s.Steps) || p.Request < 0 || p.Request >= len(s.Steps[p.Step].Requests) {
		return nil
	}
	return &s.Steps[p.Step].Requests[p.Request]
}

// Each is a copy in which every request was changed by f.
func (s Scenario) Each(f func(Place, *Request)) Scenario {
	s = s.Clone()
	for _, p := range s.Places() {
		f(p, s.At(p))
	}
	return s
}

// Only is a copy with the requests of these places alone. Steps that are left without a request go. A
// grown request whose slot has no earlier one any more is sent as a whole, the cache still allowed.
func (s Scenario) Only(places ...Place) Scenario {
	s = s.Clone()
	var steps []Step
	served := map[int]bool{}
	for i, step := range s.Steps {
		var left []Request
		for k, r := range step.Requests {
			if slices.Contains(places, Place{i, k}) {
				r.Cache = r.Cache || r.Grown
				r.Grown = r.Grown && served[r.Slot]
				left = append(left, r)
			}
		}
		for _, r := range left {
			served[r.Slot] = true
		}
		if len(left) > 0 {
			steps = append(steps, Step{left})
		}
	}
	s.Steps = steps
	return s
}

// Serial is a copy in which nothing overlaps: each request is a step of its own, in order.
func (s Scenario) Serial() Scenario {
	s = s.Clone()
	var steps []Step
	for _, step := range s.Steps {
		for _, r := range step.Requests {
			r.Delay = 0
			steps = append(steps, Step{[]Request{r}})
		}
	}
	s.Steps = steps
	return s
}

// OnSlots is a copy for a server of np slots, each with as much context as before. Requests to slots
// that are gone share the ones that are left.
func (s Scenario) OnSlots(np int) Scenario {
	per := s.Ctx / max(1, s.NP)
	s = s.Each(func(_ Place, r *Request) { r.Slot %= max(1, np) })
	s.NP, s.Ctx = np, per*np
	return s
}

// Cut is the request with no more than so many prompt tokens. One that is cancelled still is, halfway
// where the old place is gone.
func (r Request) Cut(tokens int) Request {
	r.Recipe = r.Recipe.Cut(tokens)
	if r.CancelAfter >= r.Recipe.Tokens {
		r.CancelAfter = r.Recipe.Tokens / 2
	}
	return r
}

// LongestPrompt is the largest number of prompt tokens that any request has.
func (s Scenario) LongestPrompt() int {
	most := 0
	for _, p := range s.Places() {
		most = max(most, s.At(p).Recipe.Tokens)
	}
	return most
}
