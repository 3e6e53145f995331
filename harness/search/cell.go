package search

import (
	"fmt"
	"math"
)

// Cell is one edge to be found: a shape in a configuration.
type Cell struct {
	Key    string `json:"key"`    // stable and unique in a campaign
	Config string `json:"config"` // what needs a server start to change; on axis ctx without the context
	Shape  string `json:"shape"`
	NP     int    `json:"np"`  // slots, for the report and the first guess of a latency; 0 reads as 1
	Ctx    int    `json:"ctx"` // total context of the configuration, for the report

	// Ceiling is the largest size to be looked at, per slot: prompt tokens, or context tokens on
	// axis ctx. It may lie above what the server accepts: then the refusal's edge is found.
	Ceiling int `json:"ceiling"`

	// Accepts is a prompt length that the server is known to accept (one less than the slot's
	// context as /props tells it), 0 when not known. A ceiling up to it needs no limit probe.
	Accepts int `json:"accepts,omitempty"`

	// Floor overrides [Settings.Floor]; 0 does not.
	Floor int `json:"floor,omitempty"`

	// Risk orders the scouts of a configuration: cells that crashed more often before go first.
	// 0 when nothing is known.
	Risk float64 `json:"risk,omitempty"`
}

func (c Cell) validate(s Settings) error {
	switch {
	case c.Key == "":
		return fmt.Errorf("a cell has no key; give it a stable name")
	case c.Ceiling < 1 || c.Ceiling > math.MaxInt32:
		return fmt.Errorf("cell %s: ceiling %d is not a size; use at least 1 token", c.Key, c.Ceiling)
	case c.Floor < 0 || c.NP < 0 || c.Accepts < 0:
		return fmt.Errorf("cell %s: floor %d, np %d and accepted length %d must not be negative", c.Key, c.Floor, c.NP, c.Accepts)
	case floorOf(c, s) > c.Ceiling:
		return fmt.Errorf("cell %s: the floor, %d, is above the largest size to look at, %d; lower it, or give a larger ceiling or context", c.Key, floorOf(c, s), c.Ceiling)
	}
	return nil
}

// floorOf is the smallest size worth claiming.
func floorOf(c Cell, s Settings) int {
	if floor := orElse(c.Floor, s.Floor); floor > 0 {
		return floor
	}
	return max(1, min(1024, c.Ceiling/2))
}
