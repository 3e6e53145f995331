package search

import (
	"slices"
	"strings"
	"testing"
)

// server is a scripted server: at says whether a request of n tokens on a path breaks, and how.
type server struct {
	at      func(p Probe, n int) *Answer
	load    float64
	starts  int
	up      string
	served  int
	elapsed float64
}

// run answers all probes of a campaign.
func (s *server) run(t *testing.T, set Settings, cells ...Cell) (*Campaign, []Entry) {
	t.Helper()
	c := begin(t, set, cells)
	var journal []Entry
	for next := c.Next(); !next.Done; next = c.Next() {
		if len(journal) > 500 {
			t.Fatalf("still asking: %+v", next.Probe)
		}
		a := s.answer(next.Probe)
		journal = append(journal, Entry{Probe: next.Probe, Answer: &a})
		if err := c.Tell(next.Probe, a); err != nil {
			t.Fatal(err)
		}
	}
	return c, journal
}

func (s *server) answer(p Probe) Answer {
	a := Answer{Outcome: Passed}
	if s.up != lifeKey(p) || p.Fresh {
		s.up, s.served, a.Loading = lifeKey(p), 0, s.load
		s.starts++
	}
	served := s.served
	steps := p.Steps
	if p.Path == Cold {
		steps = []int{p.Tokens}
	}
	for _, n := range steps {
		if s.at != nil {
			if bad := s.at(p, n); bad != nil {
				bad.Asked, bad.Reached, bad.Cached, bad.Previous, bad.Loading = n, a.Reached, orElse(bad.Cached, a.Cached), orElse(bad.Previous, a.Previous), a.Loading
				a = *bad
				break
			}
		}
		a.Previous, a.Cached, a.Reached = a.Reached, a.Reached, n
	}
	if p.Path == Cold {
		a.Cached = max(0, a.Cached)
	}
	s.served += a.Reached
	if a.Outcome.kills() {
		s.up = ""
	}
	s.elapsed += a.Loading + float64(p.Tokens)/100
	a.Seconds, a.Elapsed, a.Starts, a.Served = float64(p.Tokens)/100, s.elapsed, s.starts, served
	return a
}

// dies is a crash that the server reports at a position of the prompt.
func dies(phase Phase, position int) *Answer {
	return &Answer{Outcome: Fault, Signature: "f", Title: "fault", Phase: phase, Position: position}
}

func cell(ceiling int) Cell {
	return Cell{Key: "c", Config: "x", Shape: "mixed", NP: 2, Ctx: 2 * ceiling, Ceiling: ceiling, Accepts: ceiling}
}

func kinds(journal []Entry) string {
	var out []string
	for _, e := range journal {
		out = append(out, string(e.Probe.Kind)+"/"+string(e.Probe.Path))
	}
	return strings.Join(out, " ")
}

func TestAnEdgeIsRecognised(t *testing.T) {
	prefill := func(at int, when func(Probe) bool) func(Probe, int) *Answer {
		return func(p Probe, n int) *Answer {
			if n >= at && when(p) {
				return dies(Prefill, at/512*512)
			}
			return nil
		}
	}
	decode := func(at int, when func(Probe) bool) func(Probe, int) *Answer {
		return func(p Probe, n int) *Answer {
			if n >= at && when(p) {
				return dies(Decode, n)
			}
			return nil
		}
	}
	always := func(Probe) bool { return true }
	cold := func(p Probe) bool { return p.Path == Cold }
	chains := func(p Probe) bool { return p.Path == Chain }
	once := func() func(Probe) bool {
		done := false
		return func(Probe) bool { was := done; done = true; return !was }
	}
	for _, c := range []struct {
		name      string
		set       Settings
		at        func(Probe, int) *Answer
		low, high int // of Safe
		limit     Limiter
		status    Status
		flags     []Flag
		failures  int
		flaky     string
	}{
		{name: "nothing breaks", low: 64_000, high: 64_000, limit: ByCeiling, status: Confirmed},
		{name: "it dies in prefill", at: prefill(40_000, always), low: 37_000, high: 38_000, limit: ByFault, status: Confirmed, failures: 2},
		{name: "it dies in decode", at: decode(40_000, always), low: 36_000, high: 38_000, limit: ByFault, status: Confirmed, failures: 2},
		{name: "only cold prompts die, with position", at: prefill(40_000, cold), low: 34_000, high: 38_000, limit: ByFault, status: Confirmed, flags: []Flag{ColdOnly, Flaky}, failures: 1, flaky: "1/2"},
		{name: "only cold prompts die, in decode", at: decode(40_000, cold), low: 36_000, high: 38_500, limit: ByFault, status: Confirmed, flags: []Flag{ColdOnly, NoPosition}, failures: 5, flaky: "5/6"},
		{name: "only cold prompts die, early and in decode", at: decode(8_500, cold), low: 7_700, high: 8_400, limit: ByFault, status: Confirmed, flags: []Flag{ColdOnly, NoPosition}, failures: 8, flaky: "8/9"},
		{name: "only chains die", at: decode(40_000, chains), low: 34_000, high: 38_000, limit: ByFault, status: Confirmed, flags: []Flag{CachedOnly, Flaky}, failures: 1, flaky: "1/2"},
		{name: "only chains die, and it is to be resolved", set: Settings{Resolve: true}, at: decode(40_000, chains), low: 34_000, high: 38_000, limit: ByFault, status: Confirmed, flags: []Flag{CachedOnly}, failures: 3, flaky: "3/7"},
		{name: "it dies once", at: prefill(40_000, once()), low: 34_000, high: 38_000, limit: ByFault, status: Confirmed, flags: []Flag{CachedOnly, Flaky}, failures: 1, flaky: "1/2"},
		{name: "an island is resolved", set: Settings{Resolve: true}, at: func(p Probe, n int) *Answer {
			if n >= 40_000 && n < 41_300 {
				return dies(Decode, n)
			}
			return nil
		}, low: 34_000, high: 38_000, limit: ByFault, status: Confirmed, flags: []Flag{NonMonotone}, failures: 4, flaky: "4/7"},
		{name: "no size is left", at: prefill(600, always), limit: ByFloor, status: None, failures: 2},
		{name: "small prompts die, smaller ones do not", at: prefill(5000, always), low: 4300, high: 4750, limit: ByFault, status: Confirmed, failures: 2},
		{name: "small prompts die once", at: prefill(5000, once()), low: 3800, high: 4750, limit: ByFault, status: Confirmed, flags: []Flag{ColdOnly, Flaky}, failures: 1, flaky: "1/2"},
		{name: "it hangs", at: func(p Probe, n int) *Answer {
			if n >= 30_000 {
				return &Answer{Outcome: Hang, Signature: "h", Phase: Prefill, Position: 29_900}
			}
			return nil
		}, low: 27_000, high: 28_405, limit: ByFault, status: Confirmed, flags: []Flag{Hangs}, failures: 2},
		{name: "memory runs out while it works", at: func(p Probe, n int) *Answer {
			if n >= 50_000 {
				return &Answer{Outcome: Memory, Phase: Prefill, Position: 49_900}
			}
			return nil
		}, low: 46_000, high: 47_405, limit: ByMemory, status: Confirmed, flags: []Flag{OutOfMemory}},
		{name: "the cache cannot be reused", at: func(p Probe, n int) *Answer {
			if p.Path == Chain && n > 3000 {
				return &Answer{Outcome: Passed, Cached: 1, Previous: 2000}
			}
			return prefill(40_000, always)(p, n)
		}, low: 36_500, high: 38_000, limit: ByFault, status: Confirmed, flags: []Flag{CannotReuse}, failures: 1},
		{name: "a request that starts refuses in spite of what the server said", at: func(p Probe, n int) *Answer {
			if n > 50_123 {
				return &Answer{Outcome: Refused, Limit: 50_124}
			}
			return nil
		}, low: 50_123, high: 50_123, limit: ByRefusal, status: Confirmed, flags: []Flag{Refusals}},
		{name: "the lab never works", at: func(Probe, int) *Answer { return &Answer{Outcome: Infra} }, limit: ByCeiling, status: Inconclusive},
		{name: "cold is never cold", at: func(p Probe, n int) *Answer {
			if p.Path == Cold {
				return &Answer{Outcome: Passed, Cached: 5}
			}
			return nil
		}, low: 0, high: 64_000, limit: ByCeiling, status: Inconclusive, flags: []Flag{NotCold}},
		{name: "an aged server dies, a fresh one does not", set: Settings{Exposures: 59}, at: nil, low: 28_000, high: 64_000, limit: ByFault, status: Confirmed, flags: []Flag{Drift, Flaky}, failures: 1, flaky: "1/59"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &server{at: c.at, load: 300}
			if slices.Contains(c.flags, Drift) {
				died := false
				s.at = func(p Probe, n int) *Answer {
					if p.Path == Cold && s.served > 2_300_000 && !died {
						died = true
						return dies(Prefill, n/2)
					}
					return nil
				}
				c.set.Spread = -1
			}
			campaign, journal := s.run(t, c.set, cell(64_000))
			e := campaign.Edges()[0]
			if c.flags == nil {
				c.flags = []Flag{}
			}
			if slices.Contains(c.flags, Drift) { // how many runs came before is not the point
				e.FailedRuns = c.flaky
			}
			if e.Safe < c.low || e.Safe > c.high || e.Limit != c.limit || e.Status != c.status || !slices.Equal(e.Flags, c.flags) ||
				e.Failures != c.failures || e.FailedRuns != c.flaky {
				t.Errorf("got %d %s %s %v, %d failures, flaky %q\nwant %d..%d %s %s %v, %d failures, flaky %q\n%s\n%s",
					e.Safe, e.Limit, e.Status, e.Flags, e.Failures, e.FailedRuns,
					c.low, c.high, c.limit, c.status, c.flags, c.failures, c.flaky, e.Why, kinds(journal))
			}
		})
	}
}

func TestTheOrderOfACellIsScoutConfirmCheck(t *testing.T) {
	s := &server{load: 300, at: func(p Probe, n int) *Answer {
		if n >= 40_000 {
			return dies(Prefill, 39_936)
		}
		return nil
	}}
	campaign, journal := s.run(t, Settings{Exposures: 5}, cell(64_000))
	want := "smoke/cold smoke/cold scout/scout confirm/cold confirm/scout confirm/cold confirm/scout check/cold"
	if got := kinds(journal); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	e := campaign.Edges()[0]
	why := "no failure in 5 runs up to 37,120 tokens: failure rate <= 45 % at 95 %; stopped because it breaks at 39,936 tokens (2 failures)"
	if e.Why != why {
		t.Errorf("got  %s\nwant %s", e.Why, why)
	}
}

func TestWhatLoadsLimitsTheContextAxis(t *testing.T) {
	for _, c := range []struct {
		name       string
		at         func(Probe, int) *Answer
		low, high  int // of SafeCtx
		limit      Limiter
		mostStarts int
	}{
		{"everything holds", nil, 300_000, 300_000, ByCeiling, 1},
		{"memory is out from 180k on", func(p Probe, n int) *Answer {
			if p.Context >= 180_000 {
				return &Answer{Outcome: Memory, Phase: Load}
			}
			return nil
		}, 176_000, 179_999, ByMemory, 10},
		{"a position breaks in any context", func(p Probe, n int) *Answer {
			if n >= 90_000 {
				return dies(Prefill, 88_064)
			}
			return nil
		}, 155_000, 171_000, ByFault, 6},
		{"large contexts break early", func(p Probe, n int) *Answer {
			if p.Context >= 200_000 && n > 5000 {
				return dies(Prefill, 4096)
			}
			return nil
		}, 180_000, 192_000, ByFault, 14},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &server{at: c.at, load: 300}
			top := cell(300_000)
			top.Floor = 20_000
			campaign, journal := s.run(t, Settings{Axis: AxisCtx}, top)
			e := campaign.Edges()[0]
			if e.SafeCtx < c.low || e.SafeCtx > c.high || e.Safe != e.SafeCtx/2 || e.Limit != c.limit || e.Status != Confirmed || s.starts > c.mostStarts {
				t.Errorf("got context %d, prompt %d, %s %s in %d starts; want %d..%d %s in %d\n%s\n%s",
					e.SafeCtx, e.Safe, e.Limit, e.Status, s.starts, c.low, c.high, c.limit, c.mostStarts, e.Why, kinds(journal))
			}
		})
	}
}

func TestAConfigurationThatDoesNotLoadEndsAllItsCells(t *testing.T) {
	for _, c := range []struct {
		name    string
		outcome Outcome
		status  Status
		limit   Limiter
		asked   int
	}{
		{"for want of memory", Memory, None, ByMemory, 2},
		{"because it dies", Fault, Inconclusive, ByFault, 3},
		{"because it hangs", Hang, Inconclusive, ByFault, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &server{at: func(Probe, int) *Answer { return &Answer{Outcome: c.outcome, Phase: Load, Signature: "load"} }}
			one, two := cell(64_000), cell(64_000)
			two.Key = "d"
			campaign, journal := s.run(t, Settings{}, one, two)
			if len(journal) != c.asked {
				t.Errorf("%d probes, want %d", len(journal), c.asked)
			}
			for _, e := range campaign.Edges() {
				if e.Status != c.status || e.Safe != 0 || c.limit == ByMemory && e.Limit != ByMemory {
					t.Errorf("%s: %s %s %d, want %s", e.Cell, e.Status, e.Limit, e.Safe, c.status)
				}
			}
		})
	}
}

func TestExposuresAreSpreadOverStartsWhereALoadIsCheap(t *testing.T) {
	s := &server{load: 1}
	campaign, _ := s.run(t, Settings{Exposures: 5}, cell(64_000))
	if e := campaign.Edges()[0]; e.Starts != 5 {
		t.Errorf("5 exposures in %d starts, want 5", e.Starts)
	}
	s = &server{load: 300}
	campaign, _ = s.run(t, Settings{Exposures: 5}, cell(64_000))
	if e := campaign.Edges()[0]; e.Starts != 1 || s.starts != 1 {
		t.Errorf("5 exposures in %d starts, want 1", e.Starts)
	}
}

func TestStartsAreNotExceeded(t *testing.T) {
	s := &server{load: 300, at: func(p Probe, n int) *Answer {
		if n >= 40_000 {
			return dies(Decode, n)
		}
		return nil
	}}
	campaign, _ := s.run(t, Settings{MaxStarts: 1}, cell(64_000))
	next, e := campaign.Next(), campaign.Edges()[0]
	if s.starts != 1 || next.Why != OutOfLife || e.Status != Inconclusive || !strings.Contains(e.Why, OutOfLife) {
		t.Errorf("%d starts, done because %q, edge %s: %s", s.starts, next.Why, e.Status, e.Why)
	}
}

// A long probe may be interrupted as often as somebody likes; a host that goes down with it twice ends the search.
func TestInterruptionsEndNothingButALostHostDoes(t *testing.T) {
	for _, lost := range []bool{false, true} {
		c := begin(t, Settings{}, []Cell{cell(64_000)})
		var journal []Entry
		for range 40 {
			if next := c.Next(); !next.Done {
				journal = append(journal, Entry{Probe: next.Probe, Lost: lost})
			}
			c = begin(t, Settings{}, []Cell{cell(64_000)})
			if err := c.Replay(journal); err != nil {
				t.Fatal(err)
			}
		}
		if e := c.Edges()[0]; c.Next().Done != lost || lost != strings.Contains(e.Why, "the host went down with the same probe twice") || lost && len(journal) != maxLost {
			t.Errorf("lost %v: after %d interruptions: %s", lost, len(journal), e.Why)
		}
	}
}

func TestABackgroundOfCrashesIsMeasured(t *testing.T) {
	// Chains die at lengths that have nothing in common, cold prompts of any length pass.
	s := &server{load: 300}
	next := []int{60_000, 30_000, 12_000}
	s.at = func(p Probe, n int) *Answer {
		if p.Path == Chain && len(next) > 0 && n >= next[0] {
			at := next[0]
			next = next[1:]
			return dies(Prefill, at-10)
		}
		return nil
	}
	campaign, journal := s.run(t, Settings{Exposures: 5}, cell(64_000))
	e := campaign.Edges()[0]
	if !slices.Contains(e.Flags, Background) || e.Hazard == nil || e.Hazard.PerHour <= 0 || e.Hazard.Tokens5 <= 0 {
		t.Errorf("flags %v, hazard %+v after %s", e.Flags, e.Hazard, kinds(journal))
	}
	if e.Safe >= 12_000 || e.Status != Confirmed {
		t.Errorf("%d %s, want a claim below the shortest crash at 12,000", e.Safe, e.Status)
	}
}

func TestAnAnswerThatDoesNotBelongHereChangesNothing(t *testing.T) {
	c := begin(t, Settings{}, []Cell{cell(64_000)})
	p := c.Next().Probe
	for name, tell := range map[string]func() error{
		"unknown cell":    func() error { q := p; q.Cell = "z"; return c.Tell(q, Answer{Outcome: Passed}) },
		"wrong place":     func() error { q := p; q.Seq = 7; return c.Tell(q, Answer{Outcome: Passed}) },
		"unknown outcome": func() error { return c.Tell(p, Answer{}) },
		"no size":         func() error { q := p; q.Size = 0; return c.Tell(q, Answer{Outcome: Passed}) },
	} {
		if tell() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if c.Next().Probe.Seq != 1 {
		t.Errorf("next is %+v, want the first probe still", c.Next().Probe)
	}
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	for name, set := range map[string]Settings{
		"axis": {Axis: "time"}, "exposures": {Exposures: -1}, "guard": {Guard: 0.9}, "fill": {Fill: 2},
		"budget": {Budget: -1}, "starts": {MaxStarts: -1}, "crashes": {MaxCrashes: -2}, "resolution": {Resolution: -1},
	} {
		if _, err := New(set, []Cell{cell(64_000)}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for name, cells := range map[string][]Cell{
		"twice": {cell(9), cell(9)}, "no ceiling": {{Key: "a"}}, "no key": {{Ceiling: 5}}, "floor above ceiling": {{Key: "a", Ceiling: 5, Floor: 6}},
	} {
		if _, err := New(Settings{}, cells); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
