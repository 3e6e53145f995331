package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Shard is one of several parts of a plan that machines work off side by side. The zero value is the whole.
type Shard struct {
	N, Of int // N counts from 1
}

// ParseShard reads 2/8.
func ParseShard(text string) (s Shard, err error) {
	n, of, found := strings.Cut(text, "/")
	if found {
		if s.N, err = strconv.Atoi(n); err == nil {
			s.Of, err = strconv.Atoi(of)
		}
	}
	if !found || err != nil || s.N < 1 || s.N > s.Of {
		return Shard{}, fmt.Errorf("%q is not a shard; write 1/4 for the first of four", text)
	}
	return s, nil
}

// Whole reports whether there is but one shard.
func (s Shard) Whole() bool { return s.Of <= 1 }

func (s Shard) String() string {
	if s == (Shard{}) {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.N, s.Of)
}

// Shard is the part of the plan that is the shard's. Each configuration is in exactly one, so that no load
// is paid twice, and the parts are about as much work, by the tokens of their prompts. What is left out
// stays with its configuration, or where that has no cell to run, in the first part. The parts depend on
// nothing but the plan.
func (p Plan) Shard(s Shard) Plan {
	if s.Whole() {
		return p
	}
	at := p.spread(s.Of)
	part := p.Keep(func(c Cell) bool { return at[c.Configuration.ID()] == s.N })
	for _, skip := range p.Skips {
		if max(1, at[skip.Cell.Configuration.ID()]) == s.N {
			part.Skips = append(part.Skips, skip)
		}
	}
	return part
}

// spread gives each configuration, the heaviest first, to the shard that has least.
func (p Plan) spread(shards int) map[string]int {
	weights := map[string]int{}
	heaviest := slices.Clone(p.Configurations)
	for _, w := range heaviest {
		for _, c := range w.Cells {
			weights[w.Configuration.ID()] += c.Tokens * w.Configuration.NP
		}
	}
	slices.SortStableFunc(heaviest, func(a, b Work) int {
		return cmp.Compare(weights[b.Configuration.ID()], weights[a.Configuration.ID()])
	})
	at, load := map[string]int{}, make([]int, shards)
	for _, w := range heaviest {
		least := slices.Index(load, slices.Min(load))
		at[w.Configuration.ID()] = least + 1
		load[least] += weights[w.Configuration.ID()] + 1
	}
	return at
}
