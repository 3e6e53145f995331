package search

import (
	"cmp"
	"fmt"
	"slices"

	"ctxcliff/harness/rates"
)

// flags are the facts about a cell that its numbers do not say; sorted.
func (s *Search) flags() []Flag {
	flags := []Flag{}
	add := func(yes bool, f Flag) {
		if yes {
			flags = append(flags, f)
		}
	}
	island := s.island()
	coldOnly, cachedOnly, flaky := s.paths()
	add(flaky && !island, Flaky)
	add(coldOnly, ColdOnly)
	add(cachedOnly, CachedOnly)
	add(island, NonMonotone)
	add(s.drift, Drift)
	add(s.background() || s.loose > 0 && s.set.Axis == AxisTokens, Background)
	add(s.located, NoPosition)
	add(s.noReuse, CannotReuse)
	add(s.unproven > 0, NotCold)
	add(s.edge.refused || s.ctx.why == ByRefusal, Refusals)
	add(s.ranOut(), OutOfMemory)
	add(s.hanging, Hangs)
	slices.Sort(flags)
	return flags
}

// above counts the runs of a path that reached the shortest crash: how many broke, of how many.
func (s *Search) above(path Path) runs {
	var r runs
	broken := s.broken()
	for _, p := range s.passes {
		if p.path == path && p.size >= broken {
			r.all++
		}
	}
	for _, c := range s.crashes {
		if c.path == path && !c.memory {
			r.all, r.broke = r.all+1, r.broke+1
		}
	}
	return r
}

// paths says whether one path alone breaks, and whether what breaks does not always break.
// Where fewer than three failures speak for one path alone, and Fisher's test is not sure, both
// are said: it may be chance.
func (s *Search) paths() (coldOnly, cachedOnly, flaky bool) {
	cold, chain := s.above(Cold), s.above(Chain)
	passed := cold.all + chain.all - cold.broke - chain.broke
	if passed == 0 || cold.broke+chain.broke == 0 {
		return false, false, false
	}
	always := func(r runs) bool { return r.all > 0 && r.broke == r.all }
	never := func(r runs) bool { return r.all > 0 && r.broke == 0 }
	coldOnly, cachedOnly = always(cold) && never(chain), always(chain) && never(cold)
	flaky = true
	switch {
	case coldOnly:
		flaky = cold.broke < 3 && rates.FisherGreater(cold.broke, cold.all, 0, chain.all) > 0.05
	case cachedOnly:
		flaky = chain.broke < 3 && rates.FisherGreater(chain.broke, chain.all, 0, cold.all) > 0.05
	}
	return coldOnly, cachedOnly, flaky
}

// flakyRuns is "k/n" where some runs that reached the shortest crash passed.
func (s *Search) flakyRuns() string {
	cold, chain := s.above(Cold), s.above(Chain)
	broke, all := cold.broke+chain.broke, cold.all+chain.all
	if broke == 0 || broke == all {
		return ""
	}
	return fmt.Sprintf("%d/%d", broke, all)
}

// island says whether a length breaks on a path where a longer one holds: 3 of 3 against 0 of 3,
// or as sure as that. Until then a crash below a pass is a flake.
func (s *Search) island() bool {
	for _, c := range s.crashes {
		var at, over runs
		for _, other := range s.crashes {
			if other.path == c.path && within(other.size, c.size, c.size/100) {
				at.broke, at.all = at.broke+1, at.all+1
			} else if other.path == c.path && other.size > c.size {
				over.broke, over.all = over.broke+1, over.all+1
			}
		}
		for _, p := range s.passes {
			if p.path == c.path && within(p.size, c.size, c.size/100) {
				at.all++
			} else if p.path == c.path && p.size > c.size {
				over.all++
			}
		}
		if rates.FisherGreater(at.broke, at.all, over.broke, over.all) <= 0.0501 {
			return true
		}
	}
	return false
}

// background says whether crashes come with time: three or more that do not cluster at a length,
// each with clean exposures above it. Lengths that a bisection chose say nothing of that.
func (s *Search) background() bool {
	var at []int
	for _, c := range s.crashes {
		for _, p := range s.passes {
			if !c.memory && c.kind != Locate && p.size > c.danger {
				at = append(at, c.danger)
				break
			}
		}
	}
	return len(at) >= 3 && slices.Max(at) > slices.Min(at)*3/2
}

// hazard puts a number to a background of crashes; nil without one.
func (s *Search) hazard() *Hazard {
	failures := s.faults()
	if !s.background() || s.busy <= 0 {
		return nil
	}
	perSecond := float64(failures) / s.busy
	// 1 - exp(-rate t) = 5 % at t = 0.0513/rate.
	return &Hazard{PerHour: perSecond * 3600, Tokens5: s.latency.Inverse(0.0513 / perSecond)}
}

// binding is the crash with the shortest danger, the one that limits.
func (s *Search) binding() (crash, bool) {
	if len(s.crashes) == 0 {
		return crash{}, false
	}
	return slices.MinFunc(s.crashes, func(a, b crash) int { return cmp.Compare(a.danger, b.danger) }), true
}

func (s *Search) ranOut() bool {
	for _, c := range s.crashes {
		if c.memory {
			return true
		}
	}
	return s.oom || s.ctx.why == ByMemory
}
