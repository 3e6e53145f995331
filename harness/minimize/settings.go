package minimize

import (
	"fmt"

	"ctxcliff/harness/scenario"
)

// Settings say what is to be shrunk, and with how much care. Zero fields ask for the default.
type Settings struct {
	Scenario   scenario.Scenario `json:"scenario"`
	Signatures []string          `json:"signatures,omitempty"` // of the bug; none: whatever breaks first

	// Thorough rejects a candidate only after so many clean runs that luck is below 5 %. Default: as
	// many runs as one hit takes on average. Of a bug of .3 that takes 70 runs instead of 97, and leaves
	// 1.10 times the tokens that are needed instead of 1.05 (simulated).
	Thorough bool `json:"thorough,omitempty"`

	Runs  int     `json:"runs,omitempty"`  // budget of runs; default 40, and 100 for a bug that is flaky
	Hours float64 `json:"hours,omitempty"` // budget of time; default 4, negative for none

	Batch    int    `json:"batch,omitempty"`    // n_batch: how far above its position a crash may lie; default that of the scenario, else 2048
	Filler   string `json:"filler,omitempty"`   // word that replaces what does not matter; default " opt", the control shape of the field
	Distinct int    `json:"distinct,omitempty"` // most different ids that are tried; default 4096
	Grain    int    `json:"grain,omitempty"`    // tokens below which no span is cut in two; default a 64th of the prompt, or 64

	// Variants are what the diagnosis tries; nil: the table of [Variants]. Empty and not nil: no diagnosis at all.
	Variants []Variant `json:"variants"`
}

// flakyRuns is the default budget of a bug that does not always break: each step takes a few runs.
const (
	sureRuns  = 40
	flakyRuns = 100
)

// WithDefaults fills what is zero, the budget of runs aside, which depends on the rate. Doing it twice
// changes nothing.
func (s Settings) WithDefaults() Settings {
	s.Hours = orElse(s.Hours, 4)
	s.Batch = orElse(s.Batch, orElse(s.Scenario.Flags.Batch, 2048))
	s.Filler = orElse(s.Filler, " opt")
	s.Distinct = orElse(s.Distinct, 4096)
	s.Grain = orElse(s.Grain, max(64, s.Scenario.LongestPrompt()/64))
	if s.Variants == nil {
		s.Variants = Variants(s.Scenario)
	}
	return s
}

// Validate says what is wrong with settings that have their defaults.
func (s Settings) Validate() error {
	switch {
	case s.Runs < 0:
		return fmt.Errorf("a budget of %d runs cannot be; 0 asks for the default", s.Runs)
	case s.Batch < 1 || s.Grain < 1 || s.Distinct < 1:
		return fmt.Errorf("batch %d, grain %d and distinct ids %d must be 1 or more", s.Batch, s.Grain, s.Distinct)
	}
	return s.Scenario.Validate()
}

func orElse[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
