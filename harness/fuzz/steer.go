package fuzz

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/scenario"
)

const (
	candidates = 12   // scenes of a size that are drawn for each that is taken
	tries      = 60   // draws for that
	rounds     = 5    // tries to find one that does not end in what is known
	doomed     = 0.8  // risk from which on a scene is thought to
	regardless = 0.1  // share of those that are taken all the same
	atRandom   = 0.1  // share of scenes that are taken as they come, whatever they promise
	changed    = 0.35 // share of candidates that are made of a scene that showed something
	ownFlags   = 0.5  // share of starts with the target's own settings
	shunned    = 0.02 // what is left of a promise that a known fault will spoil
)

// draw makes a start of scenes.
func (c *Campaign) draw(d dice) *question {
	config, ok := c.configuration(d)
	if !ok {
		c.ended = NoneRuns
		return nil
	}
	q := &question{}
	var scenes []scene
	for range c.set.Scenes {
		scenes = append(scenes, c.scene(d, config))
	}
	if !c.set.Random { // what is likely to end the start comes last
		slices.SortStableFunc(scenes, func(a, b scene) int { return cmp.Compare(c.risk(config, a), c.risk(config, b)) })
	}
	for _, s := range scenes {
		from := 0
		if n := len(q.scenes); n > 0 {
			from = q.scenes[n-1].to
		}
		q.scenes = append(q.scenes, stretch{from: from, to: from + len(s)})
	}
	all := config.scenario(c.set.Space.Slot, scenes...)
	q.Question = minimize.Question{Kind: Hunt, Scenario: all, Try: 1,
		Why: fmt.Sprintf("%s: %d scenes of up to %s tokens", config.words(), len(scenes), scenario.Count(all.LongestPrompt()))}
	return q
}

// configuration draws one that runs: every second time with the target's own settings, and of the others
// rather those that were seldom had, or showed something.
func (c *Campaign) configuration(d dice) (configuration, bool) {
	var own, others []configuration
	for _, config := range c.configs {
		switch {
		case c.unfit[config.name()] != "":
		case flagWords(config.flags) == "" && config.flags.Model == "":
			own = append(own, config)
		default:
			others = append(others, config)
		}
	}
	from := others
	if len(others) == 0 || len(own) > 0 && d.chance(ownFlags) {
		from = own
	}
	if len(from) == 0 {
		return configuration{}, false
	}
	weights := make([]float64, len(from))
	for i, config := range from {
		weights[i] = 1
		if !c.set.Random {
			n := float64(c.seen.starts[config.name()])
			doomed := float64(c.doomed[config.name()])
			weights[i] = (1 + 4*c.interest[Feature{AxisFlags, flagWords(config.flags)}] + 4*c.interest[Feature{AxisModel, config.flags.Model}]) / (1 + n) / (1 + doomed*doomed)
		}
	}
	return from[d.weighted(weights)], true
}

// scene takes one that promises much. One that will most likely end in what is known is taken seldom: of some
// sizes there may be no other.
func (c *Campaign) scene(d dice, config configuration) scene {
	if c.set.Random || d.chance(atRandom) {
		return c.grammar.scene(d, config.np)
	}
	var s scene
	for range rounds {
		s = c.ofOneSize(d, config)
		if c.risk(config, s) < doomed || d.chance(regardless) {
			break
		}
	}
	return s
}

// ofOneSize takes the scene that promises most of those of one size: what is likely to break is mostly long, and
// would not be tried any more.
func (c *Campaign) ofOneSize(d dice, config configuration) scene {
	best := c.grammar.scene(d, config.np)
	size, most, rivals := best.size(), c.promise(config, best), 0
	for range tries {
		if rivals == candidates {
			break
		}
		s, ok := c.changedScene(d, config)
		if !ok {
			s = c.grammar.scene(d, config.np)
		}
		if s.size() != size {
			continue
		}
		rivals++
		if p := c.promise(config, s); p > most {
			best, most = s, p
		}
	}
	return best
}

// promise is what a scene is worth trying.
func (c *Campaign) promise(config configuration, s scene) float64 {
	all := config.scenario(c.set.Space.Slot, s)
	novelty, care := 0.0, 0.0
	for n := range all.Steps {
		features := c.set.Space.features(all, n)
		novelty = max(novelty, c.seen.novelty(features))
		for _, f := range features {
			care = max(care, c.interest[f])
		}
	}
	safe := 1 - c.risk(config, s)
	return (novelty + 0.05) * (1 + 4*care) * max(shunned, safe)
}

// risk is how likely a scene ends in a fault that is known.
func (c *Campaign) risk(config configuration, s scene) float64 {
	all := config.scenario(c.set.Space.Slot, s)
	safe := 1.0
	for n := range all.Steps {
		features, longest := c.set.Space.features(all, n), longestOf(all.Steps[n])
		for _, f := range c.faults {
			if f.awaits(all, n) {
				return 1
			}
			if f.smallest == nil {
				safe *= 1 - f.profile.risk(features, longest)
			}
		}
	}
	return 1 - safe
}

// changedScene is a scene that showed something, changed a little.
func (c *Campaign) changedScene(d dice, config configuration) (scene, bool) {
	if len(c.parents) == 0 || !d.chance(changed) {
		return nil, false
	}
	recent := c.parents[max(0, len(c.parents)-64):]
	weights := make([]float64, len(recent))
	for i, p := range recent {
		weights[i] = (0.05 + p.worth) / math.Sqrt(1+float64(p.used))
	}
	at := d.weighted(weights)
	recent[at].used++
	s := recent[at].scenario
	if s.NP != config.np {
		s = s.OnSlots(config.np)
	}
	s = c.grammar.change(d, s)
	if s.Flags, s.NP, s.Ctx = config.flags, config.np, config.np*c.set.Space.Slot; s.Validate() != nil {
		return nil, false
	}
	return s.Steps, true
}

// change is a scene with something in it made otherwise: a length, what a prompt is made of, how it is sent.
func (g *grammar) change(d dice, s scenario.Scenario) scenario.Scenario {
	s = s.Clone()
	for range d.between(1, 2) {
		r := s.At(pick(d, s.Places()))
		fresh := g.request(d, r.Slot)
		switch d.IntN(6) {
		case 0:
			r.Recipe.Tokens = g.near(d, r.Recipe.Tokens)
		case 1:
			r.Recipe.Tokens = g.size(d)
		case 2:
			tokens := r.Recipe.Tokens
			r.Recipe = fresh.Recipe
			r.Recipe.Tokens = tokens
		case 3:
			r.Endpoint, r.Form, r.Params, r.MayRefuse = fresh.Endpoint, fresh.Form, fresh.Params, fresh.MayRefuse
		case 4:
			r.Reply = fresh.Reply
		default:
			r.Cache, r.Recipe.Seed = d.chance(0.5), fresh.Recipe.Seed
		}
		if r.CancelAfter >= r.Recipe.Tokens {
			r.CancelAfter = r.Recipe.Tokens / 2
		}
	}
	return s
}
