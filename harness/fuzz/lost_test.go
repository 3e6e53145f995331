package fuzz

import (
	"strings"
	"testing"

	"ctxcliff/harness/minimize"
)

// TestAHostThatGoesDownInAHunt: settings that it went down with twice are left alone; a scene of the corpus is not
// replayed any more once it was under way twice, in whichever hunts.
func TestAHostThatGoesDownInAHunt(t *testing.T) {
	first := newWorld(7, twenty[:4]).campaign(t, Settings{Seed: 1}, 60).Result()
	set := Settings{Seed: 2, Corpus: first.Corpus, Starts: 60}
	for night := range 3 {
		c, err := New(set)
		if err != nil {
			t.Fatal(err)
		}
		q, _ := c.Next()
		deadly := q.Scenario.Key()
		if was := set.Corpus[0].Scenario.Key(); (deadly == was) != (night < 2) {
			t.Errorf("night %d: the first of the corpus is replayed: %v", night, deadly == was)
		}
		if err := c.Tell(q, minimize.Answer{Outcome: minimize.HostLost}); err != nil {
			t.Fatal(err)
		}
		set.Corpus = c.Result().Corpus
	}
	set.Corpus = nil
	c, err := New(set)
	if err != nil {
		t.Fatal(err)
	}
	lost := 0
	for q, open := c.Next(); open; q, open = c.Next() {
		if err := c.Tell(q, minimize.Answer{Outcome: minimize.HostLost}); err != nil {
			t.Fatal(err)
		}
		lost++
	}
	r := c.Result()
	if lost != 2*len(c.configs) || len(r.Unfit) != len(c.configs) || r.Ended != NoneRuns || !strings.Contains(r.Unfit[0], "the host went down with it 2 times") {
		t.Errorf("lost %d times with %d settings: %s %q", lost, len(c.configs), r.Ended, r.Unfit)
	}
}
