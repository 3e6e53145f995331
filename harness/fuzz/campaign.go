package fuzz

import (
	"errors"
	"fmt"
	"slices"

	"ctxcliff/harness/minimize"
	"ctxcliff/harness/scenario"
)

// The kinds of a hunt's own questions; those of shrinking are package minimize's.
const (
	Hunt  minimize.Kind = "hunt"  // scenes that were drawn
	Again minimize.Kind = "again" // scenes of the corpus
)

// Why a campaign ends.
const (
	OutOfStarts = "the budget of starts is used up"
	OutOfTime   = "the budget of time is used up"
	NoneRuns    = "the server runs with none of the settings"
)

// spoilt is after how many questions in a row that the lab spoilt a campaign gives up.
const spoilt = 3

// Campaign is a hunt. It is for one goroutine.
type Campaign struct {
	set     Settings
	grammar grammar
	configs []configuration
	ready   []rehearsal // of the corpus, still to come

	journal []minimize.Entry
	open    *question

	seen     *visits
	interest map[Feature]float64
	parents  []parent
	stood    []stood // the latest steps that nothing ended
	faults   []*tracked
	near     []Sighting
	corpus   []Seed
	unfit    map[string]string // why configurations do not run, by name
	doubts   map[string]int    // how often one did not get beyond its first step
	lost     map[string]int    // how often the host went down with one
	doomed   map[string]int    // how often in a row one died of what is known in its first steps

	hunted, replayed, shrunk int // questions that were answered
	infra                    int // in a row
	seconds                  float64
	shrinkTime               float64 // seconds of shrinking among them
	ended                    string
}

// question is what was asked, and what it is about.
type question struct {
	minimize.Question
	scenes []stretch
	fault  *tracked          // being shrunk
	inner  minimize.Question // as its story asks it
}

// stretch is the steps of one scene within a scenario, from up to but not including to.
type stretch struct {
	from, to int
	seed     *Seed // of the corpus; nil: it was drawn
}

// Sighting is a near miss.
type Sighting struct {
	minimize.Near
	Question int               `json:"question"`
	Scenario scenario.Scenario `json:"scenario"` // the scene it was seen in
}

// New begins a campaign.
func New(set Settings) (*Campaign, error) {
	set = set.WithDefaults()
	if err := set.Validate(); err != nil {
		return nil, err
	}
	set.Corpus = slices.Clone(set.Corpus) // what was lost is entered there
	c := &Campaign{
		set: set, grammar: grammar{set.Space}, configs: set.Space.configurations(), ready: set.Space.rehearsals(set.Corpus, set.Scenes),
		seen: newVisits(), interest: map[Feature]float64{}, unfit: map[string]string{}, doubts: map[string]int{}, lost: map[string]int{}, doomed: map[string]int{},
	}
	for _, s := range set.Corpus {
		if s.kind() > 0 {
			continue
		}
		f := &tracked{Fault: Fault{Names: s.Fault, Title: s.Title, Known: true, Scenario: s.Scenario, Sentence: s.Sentence}}
		if s.Shrunk {
			smallest := s.Scenario
			f.smallest = &smallest
		}
		c.faults = append(c.faults, f)
	}
	return c, nil
}

// Next is the question that is open, the same until it is answered; false when the campaign has ended.
func (c *Campaign) Next() (minimize.Question, bool) {
	if c.open == nil && !c.affords() {
		return minimize.Question{}, false
	}
	q := c.ask()
	if q == nil {
		return minimize.Question{}, false
	}
	return q.Question, true
}

// affords says whether another start is within the budget.
func (c *Campaign) affords() bool {
	if c.ended != "" {
		return false
	}
	asked := len(c.journal)
	switch {
	case c.set.Starts > 0 && asked >= c.set.Starts:
		c.ended = OutOfStarts
	case c.set.Hours > 0 && c.seconds+c.seconds/float64(max(1, asked)) > c.set.Hours*3600:
		c.ended = OutOfTime
	}
	return c.ended == ""
}

// ask makes the next question, unless one is open.
func (c *Campaign) ask() *question {
	if c.open != nil {
		return c.open
	}
	n := len(c.journal) + 1
	switch f := c.worthShrinking(); {
	case len(c.ready) > 0:
		c.open = c.rehearse()
	case f != nil:
		c.open = shrinking(f)
	default:
		c.open = c.draw(newDice(c.set.Seed, c.hunted+1))
	}
	if c.open != nil {
		c.open.Seq = n
	}
	return c.open
}

// rehearse replays what the corpus has.
func (c *Campaign) rehearse() *question {
	r := c.ready[0]
	q := &question{Question: minimize.Question{Kind: Again, Scenario: r.scenario, Try: 1, Why: r.seeds[0].Why}}
	if t := r.seeds[0].Title; t != "" {
		q.Why += ": " + t
	}
	at := 0
	for i := range r.seeds {
		steps := len(r.seeds[i].Scenario.Steps)
		q.scenes = append(q.scenes, stretch{at, at + steps, &r.seeds[i]})
		at += steps
	}
	return q
}

// worthShrinking is the fault to go on with; nil when there is none, or shrinking has had its share.
func (c *Campaign) worthShrinking() *tracked {
	if float64(c.shrunk) >= c.set.Share*float64(len(c.journal)) || c.shrinkTime > c.set.Share*c.seconds {
		return nil
	}
	for _, f := range slices.Clone(c.faults) { // settling one may take it out
		if f.shrinking == nil {
			continue
		}
		if _, open := f.shrinking.Next(); open {
			return f
		}
		c.settle(f)
	}
	return nil
}

func shrinking(f *tracked) *question {
	q := &question{fault: f}
	q.inner, _ = f.shrinking.Next()
	q.Question = q.inner
	q.Why = fmt.Sprintf("%s: %s", orElse(f.Title, f.Names[0]), q.inner.Why)
	return q
}

// Tell answers the question that is open.
func (c *Campaign) Tell(q minimize.Question, a minimize.Answer) error {
	switch {
	case c.open == nil:
		return errors.New("nothing was asked; the campaign has ended, or Next was not called")
	case q.Seq != c.open.Seq || q.Scenario.Key() != c.open.Scenario.Key():
		return fmt.Errorf("question %d was answered where %d was open; tell each once, in order", q.Seq, c.open.Seq)
	}
	return c.tell(a)
}

func (c *Campaign) tell(a minimize.Answer) error {
	q := c.open
	if q.fault != nil {
		inner := a
		if err := q.fault.shrinking.Tell(q.inner, inner); err != nil {
			return err
		}
	}
	c.open = nil
	c.journal = append(c.journal, minimize.Entry{Question: q.Question, Answer: &a})
	c.seconds += max(0, a.Seconds)
	c.fade()
	if a.Outcome == minimize.HostLost {
		c.lostHost(q)
	}
	switch {
	case q.fault != nil:
		c.shrunk, c.shrinkTime = c.shrunk+1, c.shrinkTime+max(0, a.Seconds)
		c.closeSettled(q.fault)
		if a.Outcome == minimize.Broke && len(a.Signatures) > 0 && !q.fault.is(a.Signatures) {
			c.met(q, a) // a bug that was met on the way
		}
	case q.Kind == Again:
		c.replayed++
		c.ready = c.ready[1:]
		c.learn(q, a)
	default:
		c.hunted++
		c.learn(q, a)
	}
	c.trouble(a)
	return nil
}

// closeSettled takes over a story that has ended.
func (c *Campaign) closeSettled(f *tracked) {
	if _, open := f.shrinking.Next(); !open {
		c.settle(f)
	}
}

// settle takes over what shrinking has come to. One that broke with another bug every time is that bug: the
// evidence had other words for it once.
func (c *Campaign) settle(f *tracked) {
	f.settle()
	if f.Shrunk.Verdict != minimize.AnotherBug {
		return
	}
	i := slices.IndexFunc(c.faults, func(g *tracked) bool { return g != f && g.is(f.Shrunk.OtherBugs) })
	if i < 0 {
		return
	}
	c.faults[i].Names, c.faults[i].Hits = append(c.faults[i].Names, f.Names...), c.faults[i].Hits+f.Hits
	c.faults = slices.DeleteFunc(c.faults, func(g *tracked) bool { return g == f })
}

// trouble ends the campaign when the lab spoils one question after the other.
func (c *Campaign) trouble(a minimize.Answer) {
	if a.Outcome != minimize.Infra {
		c.infra = 0
		return
	}
	if c.infra++; c.infra >= spoilt {
		c.ended = minimize.Lab
	}
}

// Replay tells a whole journal. An entry that was open when its writer died is told as interrupted.
func (c *Campaign) Replay(journal []minimize.Entry) error {
	for _, e := range journal {
		q := c.ask()
		if q == nil || q.Seq != e.Question.Seq || q.Kind != e.Question.Kind || q.Scenario.Key() != e.Question.Scenario.Key() {
			return fmt.Errorf("replay: question %d of the journal is not the one that is asked here; was it begun with other settings?", e.Question.Seq)
		}
		a := minimize.Answer{Outcome: minimize.Interrupted}
		if e.Answer != nil {
			a = *e.Answer
		}
		if err := c.tell(a); err != nil {
			return fmt.Errorf("replay: %w", err)
		}
	}
	c.ended = "" // a new session has a budget of its own
	return nil
}
