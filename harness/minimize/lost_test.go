package minimize

import "testing"

// TestAHostThatGoesDownWithARun: the second time that the host goes down with the same run ends the story, and
// interruptions never do.
func TestAHostThatGoesDownWithARun(t *testing.T) {
	s, err := Minimize(Settings{Scenario: wave()})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		outcome Outcome
		times   int
		open    bool
	}{{Interrupted, 12, true}, {Infra, retries, true}, {HostLost, 1, true}, {Broke, 1, true}, {HostLost, 1, true}, {HostLost, 1, false}} {
		for range c.times {
			q, _ := s.Next()
			if err := s.Tell(q, Answer{Outcome: c.outcome, Signatures: []string{"a"}}); err != nil {
				t.Fatal(err)
			}
		}
		if _, open := s.Next(); open != c.open {
			t.Fatalf("after %d times %s it is open: %v", c.times, c.outcome, open)
		}
	}
	if r := s.Result(); r.Ended != HostDown || r.Runs != 1 {
		t.Errorf("%+v", r)
	}
}
