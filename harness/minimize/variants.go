package minimize

import (
	"strconv"

	"ctxcliff/harness/scenario"
)

// Variant is a setting of the server at a value that it does not have in the scenario.
type Variant struct {
	Setting string `json:"setting"` // one of the constants below
	Value   string `json:"value"`
}

// The settings of a diagnosis. Each value takes a start of the server.
const (
	SetBatch      = "batch"
	SetMicroBatch = "micro-batch"
	SetFlashAttn  = "flash attention"
	SetCache      = "cache type"
	SetNP         = "np"
	SetPath       = "path" // grown: a cold prompt as one that grows from its half
)

// Variants are what a diagnosis tries by default, without those that the scenario has already.
func Variants(s scenario.Scenario) []Variant {
	batch, micro := orElse(s.Flags.Batch, 2048), orElse(s.Flags.MicroBatch, 512)
	values := []Variant{}
	add := func(setting, value string, has bool) {
		if !has {
			values = append(values, Variant{setting, value})
		}
	}
	for _, fa := range []string{"on", "off"} {
		add(SetFlashAttn, fa, s.Flags.FlashAttn == fa)
	}
	add(SetBatch, strconv.Itoa(max(1, batch/2)), batch == 1)
	add(SetMicroBatch, strconv.Itoa(max(1, micro/2)), micro == 1)
	for _, kind := range []string{"f16", "q8_0"} {
		add(SetCache, kind, s.Flags.CacheK == kind && s.Flags.CacheV == kind)
	}
	add(SetPath, "grown", false)
	for _, np := range []int{1, 2} {
		add(SetNP, strconv.Itoa(np), false)
	}
	return values
}

// apply is the scenario with the value; the same scenario where the value is the one it has.
func (v Variant) apply(s scenario.Scenario) scenario.Scenario {
	s = s.Clone()
	n, err := strconv.Atoi(v.Value)
	switch v.Setting {
	case SetFlashAttn:
		s.Flags.FlashAttn = v.Value
	case SetCache:
		s.Flags.CacheK, s.Flags.CacheV = v.Value, v.Value
	case SetBatch:
		if s.Flags.Batch = n; s.Flags.MicroBatch > n {
			s.Flags.MicroBatch = n // a micro-batch is no larger than its batch
		}
	case SetMicroBatch:
		s.Flags.MicroBatch = n
	case SetNP:
		if err == nil {
			s = s.OnSlots(n)
		}
	case SetPath:
		s = grown(s)
	}
	return s
}

// grown is a scenario of one cold request with its prompt sent in two halves; any other as it is.
func grown(s scenario.Scenario) scenario.Scenario {
	only := scenario.Place{}
	if r := s.At(only); len(s.Places()) == 1 && !r.Cache && r.Recipe.Tokens > 1 {
		half := r.Cut(r.Recipe.Tokens / 2)
		half.Cache, r.Grown = true, true
		s.Steps = append([]scenario.Step{{Requests: []scenario.Request{half}}}, s.Steps...)
	}
	return s
}
