package minimize

import "ctxcliff/harness/scenario"

// Result is what came of shrinking.
type Result struct {
	Verdict Verdict `json:"verdict"`

	Start    scenario.Scenario `json:"start"`
	Smallest scenario.Scenario `json:"smallest"` // was run, and broke with the bug; without a verdict of same bug the start
	Sentence string            `json:"sentence"` // what was shown, in one sentence

	First      int  `json:"first"`                // run in which the start broke first, from 1, those aside that another bug ended; 0 it did not
	Before     Rate `json:"before"`               // of the start, cut off where it broke
	After      Rate `json:"after"`                // of the smallest; no run: it was not measured
	Gated      bool `json:"gated"`                // After is high enough for the smallest to be used
	Refused    int  `json:"refused,omitempty"`    // smaller ones that broke too seldom
	Unreliable bool `json:"unreliable,omitempty"` // the start breaks too seldom for anything to be shrunk

	Controls  []Check `json:"controls,omitempty"`
	Diagnosis []Row   `json:"diagnosis,omitempty"`
	Facts     Facts   `json:"facts,omitzero"`
	MostIDs   int     `json:"most_ids,omitempty"` // a smallest of plain filler breaks with so many distinct ids as well; 0 not known

	Signatures []string `json:"signatures,omitempty"`
	OtherBugs  []string `json:"other_bugs,omitempty"` // signatures that came up besides
	Title      string   `json:"title,omitempty"`
	Tried      []Tally  `json:"tried"`
	Hits       int      `json:"hits"`  // of the smallest, in all its runs
	Tries      int      `json:"tries"` // all its runs
	Runs       int      `json:"runs"`  // that counted, the diagnosis included
	Hours      float64  `json:"hours"`
	Ended      string   `json:"ended,omitempty"` // why it ended early; empty: it did not
}

// Check is a control that stayed clean in all its runs.
type Check struct {
	Scenario scenario.Scenario `json:"scenario"`
	Why      string            `json:"why"`
	Runs     int               `json:"runs"`
}

// Facts are what clean runs showed, so many that luck is below 5 %: without this it does not break.
type Facts struct {
	Slots    bool `json:"slots,omitempty"`     // with one slot
	Company  bool `json:"company,omitempty"`   // without any of the other requests
	Overlap  bool `json:"overlap,omitempty"`   // with the same requests one after the other
	Reply    bool `json:"reply,omitempty"`     // with replies of one token
	Cache    bool `json:"cache,omitempty"`     // all cold
	Cancel   bool `json:"cancel,omitempty"`    // with nothing cancelled
	Delay    bool `json:"delay,omitempty"`     // with nothing delayed
	API      bool `json:"api,omitempty"`       // with plain completions instead of their endpoints and parameters
	Content  bool `json:"content,omitempty"`   // with nothing but filler
	FewerIDs int  `json:"fewer_ids,omitempty"` // with so few different ids; 0 not known
	NotIDs   int  `json:"not_ids,omitempty"`   // with so many different ids; 0 not known
}

// claim is a fact that is true if a scenario stayed clean.
type claim struct {
	without scenario.Scenario
	fact    func(*Facts)
}

// without notes what it would mean if a scenario stays clean.
func (m *minimizer) without(s scenario.Scenario, fact func(*Facts)) {
	m.claims = append(m.claims, claim{s, fact})
}

// maxLuck is how likely clean runs may be luck for something to be told as a fact.
const maxLuck = 0.05

// shown are the claims that hold: their scenarios never broke, in so many runs that it is no luck.
func (m *minimizer) shown() Facts {
	var f Facts
	hits, runs := m.evidence()
	for _, c := range m.claims {
		t := m.known(c.without)
		if t != nil && t.Hits == 0 && !t.Unfit && silence(hits, runs, t.clean()) <= maxLuck {
			c.fact(&f)
		}
	}
	return f
}

// finish gathers the result.
func (m *minimizer) finish() Result {
	r := m.result
	if r.Smallest = m.set.Scenario; len(m.chain) > 0 {
		r.Smallest = m.best
	}
	if r.Verdict == "" {
		r.Verdict = Inconclusive
	}
	if r.Refused == 0 {
		r.Facts = m.shown()
	}
	if t := m.known(r.Smallest); t != nil {
		r.Hits, r.Tries = t.Hits, t.Runs
	}
	r.Signatures, r.OtherBugs, r.Title = m.bug.names, m.bug.others, m.bug.title
	r.Tried, r.Runs, r.Hours, r.Ended = m.tried(), m.used, m.second/3600, m.ended
	r.Sentence = r.say()
	return r
}
