package fuzz

import (
	"fmt"
	"slices"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/rates"
	"ctxcliff/harness/scenario"
)

// parent is a scene that showed something, of which changed ones are drawn.
type parent struct {
	scenario scenario.Scenario
	worth    float64
	used     int
}

// fading is what is left of an interest after another start.
const fading = 0.93

func (c *Campaign) fade() {
	for f, w := range c.interest {
		if c.interest[f] = w * fading; c.interest[f] < 0.01 {
			delete(c.interest, f)
		}
	}
}

// learn takes in what scenes have shown.
func (c *Campaign) learn(q *question, a minimize.Answer) {
	name := of(q.Scenario).name()
	c.seen.starts[name]++
	if a.Outcome == minimize.Unfit && a.Steps <= 1 {
		if c.doubts[name]++; c.doubts[name] > 1 {
			c.unfit[name] = orElse(a.Note, "it does not run")
		}
		return
	}
	for i := range q.scenes {
		c.learnScene(q, q.scenes[i], a)
	}
	if c.doomed[name]++; a.Outcome != minimize.Broke || a.Steps > early {
		delete(c.doomed, name)
	}
	if a.Outcome == minimize.Broke {
		c.met(q, a)
	}
}

// lostHost takes in that the host went down. Settings with which it did so twice are left alone, and so are scenes of
// the corpus that were under way twice, in whichever campaigns.
func (c *Campaign) lostHost(q *question) {
	name := of(q.Scenario).name()
	if c.lost[name]++; c.lost[name] >= rates.LossesToBlame {
		c.unfit[name] = fmt.Sprintf("the host went down with it %d times; --retry-lost goes on all the same", c.lost[name])
	}
	for _, s := range q.scenes {
		if s.seed == nil {
			continue
		}
		for i := range c.set.Corpus {
			if seed := &c.set.Corpus[i]; seed.Scenario.Key() == s.seed.Scenario.Key() {
				seed.Lost++
			}
		}
	}
}

// learnScene takes in one, as far as it was played.
func (c *Campaign) learnScene(q *question, s stretch, a minimize.Answer) {
	fresh := 0
	for n := s.from; n < min(s.to, a.Steps); n++ {
		features := c.set.Space.features(q.Scenario, n)
		fresh += c.seen.see(features)
		if a.Outcome == minimize.Broke && n == a.At.Step {
			continue
		}
		longest := longestOf(q.Scenario.Steps[n])
		if c.stood = append(c.stood, stood{features, longest}); len(c.stood) > 2*remembered {
			c.stood = slices.Clone(c.stood[remembered:])
		}
		for _, f := range c.faults {
			f.profile.stands(features, longest)
		}
	}
	alone := q.Scenario.Clone()
	alone.Steps = alone.Steps[s.from:s.to]
	whole := a.Steps >= s.to && a.Outcome != minimize.Broke
	if whole && fresh > 0 {
		c.keep(Seed{Scenario: alone, Why: covering, Worth: float64(fresh)})
		c.parents = append(c.parents, parent{scenario: alone, worth: float64(fresh) / 100})
	}
	for _, near := range a.Near {
		if near.Step < s.from || near.Step >= s.to {
			continue
		}
		c.near = append(c.near, Sighting{near, q.Seq, alone})
		c.keep(Seed{Scenario: alone, Why: near.What, Worth: 1})
		c.parents = append(c.parents, parent{scenario: alone, worth: 2})
		c.care(c.set.Space.features(q.Scenario, near.Step), 0.5)
	}
}

// early is in how many steps a start has died before anything was seen.
const early = 3

// remembered is how many steps that nothing ended are looked at again when a fault turns out to need less.
const remembered = 2000

// care raises the interest in features.
func (c *Campaign) care(features set, by float64) {
	for _, f := range features {
		c.interest[f] += by
	}
}

// manySeeds is when a corpus that grows is trimmed.
const manySeeds = 4 * (mostFaults + mostNear + mostCovering)

func (c *Campaign) keep(s Seed) {
	if c.corpus = append(c.corpus, s); len(c.corpus) > manySeeds {
		c.corpus = trimmed(c.corpus)
	}
}

// met is a start that broke: with a fault that is known, or with a new one.
func (c *Campaign) met(q *question, a minimize.Answer) {
	if len(a.Signatures) == 0 {
		a.Signatures = []string{"unnamed"}
	}
	asked := upTo(q.Scenario, a.At.Step)
	for _, f := range c.faults {
		if f.is(a.Signatures) {
			f.Hits++
			features, longest := c.lastOf(asked)
			f.profile.dies(features, longest, c.stood)
			if f.Ref == "" {
				f.Found, f.Ref = q.Seq, a.Ref
			}
			if f.Known && f.smallest == nil && f.Shrunk == nil && f.shrinking == nil {
				f.Scenario = asked // of an earlier night that had no time for it
				c.shrink(f)
			}
			return
		}
	}
	f := &tracked{Fault: Fault{Names: a.Signatures, Title: a.Title, Found: q.Seq, Ref: a.Ref, Hits: 1, Scenario: asked, Known: c.knownBefore(a.Signatures)}}
	c.faults = append(c.faults, f)
	features, longest := c.lastOf(asked)
	f.profile.dies(features, longest, c.stood)
	c.care(features, 1)
	if !f.Known {
		c.shrink(f)
	}
}

func (c *Campaign) knownBefore(names []string) bool {
	f := Fault{Names: c.set.Known}
	return f.is(names)
}

// shrink begins to, unless there is to be no shrinking.
func (c *Campaign) shrink(f *tracked) {
	if c.set.Share <= 0 {
		return
	}
	session, err := minimize.Minimize(minimize.Settings{
		Scenario: f.Scenario, Signatures: f.Names, Runs: c.set.Runs, Hours: -1, Batch: orElse(f.Scenario.Flags.Batch, c.set.Space.Batch), Variants: []minimize.Variant{},
	})
	if err == nil { // what was played is valid
		f.shrinking = session
	}
}

// lastOf is what the last step of a scenario has, and the length of its longest prompt.
func (c *Campaign) lastOf(s scenario.Scenario) (set, int) {
	n := len(s.Steps) - 1
	return c.set.Space.features(s, n), longestOf(s.Steps[n])
}

func longestOf(s scenario.Step) (tokens int) {
	for _, r := range s.Requests {
		tokens = max(tokens, r.Recipe.Tokens)
	}
	return tokens
}

// upTo is the scenario without the steps after one.
func upTo(s scenario.Scenario, step int) scenario.Scenario {
	s = s.Clone()
	s.Steps = s.Steps[:min(step+1, len(s.Steps))]
	return s
}
