package trial

import (
	"slices"
	"testing"
)

// made is the n-th attempt of a cell in a start.
func made(id, start int64, n int, o Outcome) Attempt {
	return Attempt{ID: id, StartID: start, CellID: "c", N: n, Outcome: o}
}

// TestPasts: what a session that takes a screen up need not do again, and what no longer counts.
func TestPasts(t *testing.T) {
	lost := made(7, 4, 1, Incomplete)
	lost.HostLost = true
	for name, c := range map[string]struct {
		attempts []Attempt
		whole    int
		broken   []int64
		lost     int
	}{
		"all attempts":                   {[]Attempt{made(1, 1, 1, Pass), made(2, 1, 2, Pass)}, 1, nil, 0},
		"a finding ends the start":       {[]Attempt{made(1, 1, 1, Crash)}, 1, nil, 0},
		"killed between two":             {[]Attempt{made(1, 1, 1, Pass)}, 0, []int64{1}, 0},
		"killed in the second":           {[]Attempt{made(1, 1, 1, Pass), made(2, 1, 2, Incomplete)}, 0, []int64{1}, 0},
		"the second is still open":       {[]Attempt{made(1, 1, 1, Pass), made(2, 1, 2, Unknown)}, 0, []int64{1}, 0},
		"the finding came in the second": {[]Attempt{made(1, 1, 1, Pass), made(2, 1, 2, Hang)}, 1, nil, 0},
		"trouble of the lab":             {[]Attempt{made(1, 1, 1, Infra)}, 0, nil, 0},
		"one whole, one broken":          {[]Attempt{made(1, 1, 1, Pass), made(2, 1, 2, Refused), made(3, 2, 1, Warn)}, 1, []int64{3}, 0},
		"the host went down":             {[]Attempt{made(1, 1, 1, Pass), made(2, 1, 2, Pass), lost}, 1, nil, 1},
	} {
		r := Record{Run: Run{Settings: Settings{Attempts: 2}}, Attempts: append(c.attempts, Attempt{ID: 9, StartID: 1, CellID: "c", Warmup: true, Outcome: Pass})}
		p := r.Pasts()["c"]
		if p.Whole != c.whole || !slices.Equal(p.Broken, c.broken) || p.Lost != c.lost {
			t.Errorf("%s: whole %d, broken %v, lost %d", name, p.Whole, p.Broken, p.Lost)
		}
		for _, a := range p.Attempts {
			if a.Superseded != slices.Contains(c.broken, a.ID) {
				t.Errorf("%s: attempt %d is superseded: %v", name, a.ID, a.Superseded)
			}
		}
	}
}

// TestSupersededCountsForNothing: the cell is judged by the start that made it again.
func TestSupersededCountsForNothing(t *testing.T) {
	broken := made(1, 1, 1, Pass)
	broken.Superseded = true
	if j := Judge(Trial{Attempts: []Attempt{broken}}); j.Verdict != Unproven || j.Outcome != Incomplete || j.Starts != 0 {
		t.Errorf("alone: %+v", j)
	}
	if j := Judge(Trial{Attempts: []Attempt{broken, made(2, 2, 1, Pass), made(3, 2, 2, Pass)}}); j.Verdict != Holds || j.Rate() != "1/1" {
		t.Errorf("made again: %+v", j)
	}
}

// TestHostsThatGoDown: once is an accident; from the second time on the cell answers for it.
func TestHostsThatGoDown(t *testing.T) {
	var attempts []Attempt
	for start := range int64(3) {
		if j := Judge(Trial{Attempts: attempts}); start == 1 && (j.Verdict != Unproven || j.Outcome != Incomplete) {
			t.Errorf("once: %+v", j)
		}
		a := made(start, start, 1, Incomplete)
		a.HostLost = true
		attempts = append(attempts, a)
	}
	if j := Judge(Trial{Attempts: attempts}); j.Verdict != Breaks || j.Outcome != Incomplete || j.Rate() != "0/3" {
		t.Errorf("three times: %+v", j)
	}
	attempts = append(attempts, made(8, 8, 1, Pass))
	if j := Judge(Trial{Attempts: attempts}); j.Verdict != Flaky || j.Outcome != Incomplete || j.Rate() != "1/4" {
		t.Errorf("and held once: %+v", j)
	}
}
