package search

import (
	"strings"
	"testing"
)

// TestAHostThatGoesDown: the second time that the host goes down with a cell it is left alone, and the other cell is
// not; interruptions are held against nobody, however many.
func TestAHostThatGoesDown(t *testing.T) {
	lost := 0
	s := &server{at: func(p Probe, n int) *Answer {
		if p.Cell == "c" && n > 9000 {
			if lost++; lost > 20 {
				return &Answer{Outcome: HostLost, Down: true}
			}
			return &Answer{Outcome: Interrupted, Down: true}
		}
		return nil
	}}
	other := cell(16000)
	other.Key = "d"
	c, journal := s.run(t, Settings{}, cell(16000), other)
	edge, _ := c.Edge("c")
	if lost != 22 || edge.Status != Inconclusive || !strings.Contains(edge.Why, "the host went down with it 2 times") || !strings.Contains(edge.Why, "--retry-lost") {
		t.Errorf("after %d losses and interruptions: %s %s", lost, edge.Status, edge.Why)
	}
	if edge, _ := c.Edge("d"); edge.Status != Confirmed {
		t.Errorf("the other one: %s %s", edge.Status, edge.Why)
	}
	if edge.Failures > 0 || len(edge.Bugs) > 0 {
		t.Errorf("%d failures, bugs %v", edge.Failures, edge.Bugs)
	}
	again := begin(t, Settings{}, []Cell{cell(16000), other})
	if err := again.Replay(journal); err != nil {
		t.Error(err)
	}
	if same, _ := again.Edge("c"); same.Why != edge.Why {
		t.Errorf("replayed: %s", same.Why)
	}
}
