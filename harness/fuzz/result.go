package fuzz

import (
	"maps"
	"slices"

	"ctxcliff/harness/minimize"
)

// Result is what a campaign has come to so far.
type Result struct {
	Faults   []Fault    `json:"faults"` // in the order in which they were met; those of the corpus that were not are left out
	Missed   []Fault    `json:"missed"` // of the corpus, and did not come back
	Near     []Sighting `json:"near"`
	Coverage Coverage   `json:"coverage"`
	Unfit    []string   `json:"unfit,omitempty"` // settings that the server does not run with, and why

	Hunted   int     `json:"hunted"`   // starts of scenes that were drawn
	Replayed int     `json:"replayed"` // starts of scenes of the corpus
	Shrunk   int     `json:"shrunk"`   // starts that shrinking took
	Hours    float64 `json:"hours"`
	Ended    string  `json:"ended,omitempty"` // why nothing more is asked; empty: it may go on
	Corpus   []Seed  `json:"-"`               // for the next campaign
}

// Result of the campaign so far.
func (c *Campaign) Result() Result {
	r := Result{
		Near: c.near, Coverage: c.seen.coverage(c.hunted + c.replayed), Hunted: c.hunted, Replayed: c.replayed, Shrunk: c.shrunk,
		Hours: c.seconds / 3600, Ended: c.ended, Corpus: c.seeds(),
	}
	for _, f := range c.faults {
		told := f.Fault
		if f.shrinking != nil { // as far as it has come
			sofar := f.shrinking.Result()
			told.Shrunk = &sofar
			if sofar.Verdict == minimize.SameBug {
				told.Sentence = sofar.Sentence
			}
		}
		if f.Hits > 0 {
			r.Faults = append(r.Faults, told)
		} else {
			r.Missed = append(r.Missed, told)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.unfit)) {
		for _, config := range c.configs {
			if config.name() == name {
				r.Unfit = append(r.Unfit, config.words()+": "+c.unfit[name])
			}
		}
	}
	return r
}

// Shrinking reports whether a fault is still being shrunk.
func (c *Campaign) Shrinking() bool {
	return slices.ContainsFunc(c.faults, func(f *tracked) bool { return f.shrinking != nil })
}

// seeds are the corpus for the next campaign: what broke, what was near, what covers most.
func (c *Campaign) seeds() []Seed {
	var all []Seed
	for _, f := range c.faults {
		all = append(all, f.seed())
	}
	for _, s := range c.set.Corpus {
		if len(s.Fault) == 0 {
			s.Worth /= 2 // what later nights found goes before it
			all = append(all, s)
		}
	}
	all = append(all, c.corpus...)
	for i := range all {
		all[i].Lost = c.lossesOf(all[i])
	}
	return trimmed(all)
}

// lossesOf is how often the host went down with replays of the scenario, in this campaign and before.
func (c *Campaign) lossesOf(s Seed) int {
	key := s.Scenario.Key()
	if i := slices.IndexFunc(c.set.Corpus, func(o Seed) bool { return o.Scenario.Key() == key }); i >= 0 {
		return c.set.Corpus[i].Lost
	}
	return 0
}

// Journal is everything asked and told, in order.
func (c *Campaign) Journal() []minimize.Entry { return slices.Clone(c.journal) }

// Story is a campaign that is stored: its settings, and what it asked and was told.
type Story struct {
	Settings Settings
	Entries  []minimize.Entry
}

// Campaign takes it up.
func (s Story) Campaign() (*Campaign, error) {
	c, err := New(s.Settings)
	if err == nil {
		err = c.Replay(s.Entries)
	}
	return c, err
}
