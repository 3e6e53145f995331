package minimize

import (
	"ctxcliff/harness/rates"
	"ctxcliff/harness/scenario"
)

// Verdict is what a reproduction comes to.
type Verdict string

// The verdicts.
const (
	SameBug       Verdict = "same bug"
	AnotherBug    Verdict = "another bug"
	NotReproduced Verdict = "not reproduced"
	Inconclusive  Verdict = "inconclusive" // it ended before anything could be said
)

// History says whether the requests before the last matter.
type History string

// What is known of the requests before the last.
const (
	NoHistory      History = "none"       // there were none
	HistoryNotMust History = "not needed" // the last request alone breaks as well
	HistoryMatters History = "matters"    // alone it stayed clean so often that luck is below 5 %
	HistoryUnknown History = "unknown"
)

// Reproduction is what came of running a scenario again.
type Reproduction struct {
	Verdict    Verdict  `json:"verdict"`
	Rate       Rate     `json:"rate"`                 // of the bug in the whole scenario
	Others     int      `json:"others,omitempty"`     // runs that broke with another bug
	Signatures []string `json:"signatures,omitempty"` // all names the bug goes by
	OtherBugs  []string `json:"other_bugs,omitempty"` // signatures of the others
	Title      string   `json:"title,omitempty"`
	History    History  `json:"history"`
	Alone      Rate     `json:"alone"` // of the last request alone; no run: it was not asked
	Tried      []Tally  `json:"tried"`
	Runs       int      `json:"runs"` // that counted
	Hours      float64  `json:"hours"`
	Ended      string   `json:"ended,omitempty"` // why it ended early; empty: it did not
}

// ReproduceSettings say what is to be reproduced.
type ReproduceSettings struct {
	Scenario   scenario.Scenario `json:"scenario"`
	Signatures []string          `json:"signatures,omitempty"` // of the fault; none: whatever breaks first
	Last       *scenario.Place   `json:"last,omitempty"`       // the request that broke; nil: the last of the last step
	Hours      float64           `json:"hours,omitempty"`      // 0: no limit
	Most       int               `json:"most,omitempty"`       // runs; 0: no limit
}

// Reproduce asks a scenario until it has broken three times or was run ten times, and then its last
// request alone.
func Reproduce(set ReproduceSettings) (*Session[Reproduction], error) {
	if err := set.Scenario.Validate(); err != nil {
		return nil, err
	}
	return newSession(func(ask Ask) Reproduction { return reproduce(set, ask) }), nil
}

func reproduce(set ReproduceSettings, ask Ask) Reproduction {
	d := newDesk(ask, newBug(set.Signatures))
	d.hours, d.runs = set.Hours, set.Most
	r := Reproduction{History: NoHistory}
	hits, runs, latest := d.gauge(Replay, set.Scenario, "the same requests again", false)
	whole := d.of(Replay, set.Scenario, "", "")
	if r.Rate, r.Others = rateOf(hits, runs), whole.Others; whole.Unfit {
		d.ended = orElse(d.ended, CannotRun)
	}
	last := set.last(hits, latest)
	if alone := set.Scenario.Only(last); alone.Key() != set.Scenario.Key() {
		r.History = HistoryUnknown
		if hits > 0 {
			r.History, r.Alone = d.alone(alone, r.Rate.Estimate)
		}
	}
	r.Verdict = r.verdict(d.ended)
	r.Signatures, r.OtherBugs, r.Title = d.bug.names, d.bug.others, d.bug.title
	r.Tried, r.Runs, r.Hours, r.Ended = d.tried(), d.used, d.second/3600, d.ended
	return r
}

// last is the request that is tried alone.
func (set ReproduceSettings) last(hits int, latest Answer) scenario.Place {
	if set.Last != nil && set.Scenario.At(*set.Last) != nil {
		return *set.Last
	}
	if hits > 0 && set.Scenario.At(latest.At) != nil {
		return latest.At
	}
	places := set.Scenario.Places()
	return places[len(places)-1]
}

func (r Reproduction) verdict(ended string) Verdict {
	switch {
	case r.Rate.Hits > 0:
		return SameBug
	case r.Others > 0:
		return AnotherBug
	case ended != "" || r.Rate.Runs == 0:
		return Inconclusive
	}
	return NotReproduced
}

// alone asks whether the bug needs anything but one request: one hit says no, as many clean runs as the
// bug at this rate would hardly survive say yes.
func (d *desk) alone(s scenario.Scenario, p float64) (History, Rate) {
	enough := min(enoughRuns, max(enoughHits, rates.RunsToExclude(p, 0.95)))
	state, cleans := d.judge(Alone, s, "", "the last request alone: does what came before it matter", enough)
	switch {
	case state == There:
		return HistoryNotMust, rateOf(1, 1+cleans)
	case state == Gone && lucky(p, cleans) <= maxLuck:
		return HistoryMatters, rateOf(0, cleans)
	}
	return HistoryUnknown, rateOf(0, cleans)
}
