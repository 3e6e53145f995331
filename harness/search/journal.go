package search

import "fmt"

// Journal is what a campaign was to find, what it asked, and what it was told, in order: enough to
// decide everything again.
type Journal struct {
	Settings Settings `json:"settings"`
	Cells    []Cell   `json:"cells"`
	Entries  []Entry  `json:"entries"`
}

// Entry is one line of a journal. An entry without an answer was open when its writer died; Lost says that
// the host died with it.
type Entry struct {
	Probe  Probe   `json:"probe"`
	Answer *Answer `json:"answer,omitempty"`
	Lost   bool    `json:"lost,omitempty"`
}

// Campaign is the state at the end of the journal.
func (j Journal) Campaign() (*Campaign, error) {
	c, err := New(j.Settings, j.Cells)
	if err != nil {
		return nil, err
	}
	return c, c.Replay(j.Entries)
}

// Replay tells a whole journal. An entry that was open when its writer died is told as
// interrupted, with what was known before it.
func (c *Campaign) Replay(journal []Entry) error {
	for _, e := range journal {
		a := Answer{Outcome: Interrupted, Down: true, Elapsed: c.elapsed, Starts: c.starts, Cached: -1, Lost: e.Lost}
		if e.Answer != nil {
			a = *e.Answer
		}
		if err := c.Tell(e.Probe, a); err != nil {
			return fmt.Errorf("search: replay: %w", err)
		}
	}
	c.live = "" // whoever replays has no server up
	c.done = nil
	return nil
}
