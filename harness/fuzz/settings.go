package fuzz

import (
	"errors"
	"fmt"

	"ctxcliff/harness/scenario"
)

// Settings say what a campaign may vary, and how far it goes. Zero fields ask for the default.
type Settings struct {
	Seed  uint64 `json:"seed"`
	Space Space  `json:"space"`

	// Random draws every scene alike, whatever was seen before: the baseline that steering is held against.
	Random bool `json:"random,omitempty"`

	Scenes int     `json:"scenes,omitempty"` // of one start; default 6
	Share  float64 `json:"share,omitempty"`  // most of all starts, and of the time, that shrinking may take; default a half, negative none
	Runs   int     `json:"runs,omitempty"`   // of shrinking one fault; default that of package minimize

	Starts int     `json:"starts,omitempty"` // budget of starts; 0 no limit
	Hours  float64 `json:"hours,omitempty"`  // budget of time; 0 no limit

	Corpus []Seed   `json:"corpus,omitempty"` // replayed first, in order
	Known  []string `json:"known,omitempty"`  // signatures that earlier runs saw: not shrunk again
}

// Space is what a scenario may have. Zero fields ask for the default.
type Space struct {
	NP         []int `json:"np,omitempty"`          // default 1, 2, 4
	Slot       int   `json:"slot,omitempty"`        // context of each slot in tokens, a multiple of 256, as llama-server rounds it; default 16384
	Longest    int   `json:"longest,omitempty"`     // prompt tokens; default what a slot takes, which is one less than it holds
	Batch      int   `json:"batch,omitempty"`       // n_batch of the target; default 2048
	MicroBatch int   `json:"micro_batch,omitempty"` // n_ubatch; default 512
	Reply      int   `json:"reply,omitempty"`       // most tokens of a reply; default 128

	APIs   []string         `json:"apis"`             // names of [APIs]; nil: all, empty: token ids alone
	Flags  []scenario.Flags `json:"flags,omitempty"`  // beside the target's own: see [Flags]
	Models []string         `json:"models,omitempty"` // beside the target's own, as [scenario.Flags] names them
}

// WithDefaults fills what is zero. Doing it twice changes nothing.
func (s Settings) WithDefaults() Settings {
	s.Scenes = orElse(s.Scenes, 6)
	s.Share = orElse(s.Share, 0.5)
	p := &s.Space
	if len(p.NP) == 0 {
		p.NP = []int{1, 2, 4}
	}
	p.Slot = orElse(p.Slot, 16384)
	p.Longest = min(orElse(p.Longest, p.Slot-1), p.Slot-1)
	p.Batch, p.MicroBatch = orElse(p.Batch, 2048), orElse(p.MicroBatch, 512)
	p.Reply = orElse(p.Reply, 128)
	if p.APIs == nil {
		p.APIs = APIs()
	}
	return s
}

// Validate says in one sentence what is wrong with settings that have their defaults.
func (s Settings) Validate() error {
	p := s.Space
	switch {
	case s.Scenes < 1:
		return fmt.Errorf("%d scenes in a start test nothing; give it 1 or more", s.Scenes)
	case s.Share > 1:
		return fmt.Errorf("a share of %.0f %% is more than all starts; give 0 to 100 %%", 100*s.Share)
	case s.Starts < 0 || s.Hours < 0 || s.Runs < 0:
		return errors.New("a budget below zero cannot be; 0 is no limit")
	case p.Slot < 256 || p.Batch < 1 || p.MicroBatch < 1 || p.Longest < 16 || p.Reply < 1:
		return fmt.Errorf("slots of %d tokens, batches of %d and %d, prompts of %d, replies of %d: slots hold 256 or more, prompts go up to 16 or more, and nothing else is below 1",
			p.Slot, p.Batch, p.MicroBatch, p.Longest, p.Reply)
	}
	for _, np := range p.NP {
		if np < 1 {
			return fmt.Errorf("a server of %d slots serves nobody; give 1 or more", np)
		}
	}
	for _, name := range p.APIs {
		if _, known := apiNamed(name); !known {
			return fmt.Errorf("there is no API called %q; choose among %v", name, APIs())
		}
	}
	for _, seed := range s.Corpus {
		if err := seed.Scenario.Validate(); err != nil {
			return fmt.Errorf("the corpus: %w", err)
		}
	}
	return nil
}

func orElse[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
