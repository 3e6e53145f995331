package minimize

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"ctxcliff/harness/rates"
)

// line is builds of which those from first on break, at a rate; some cannot be tested.
type line struct {
	names    []string
	first    int
	rate     float64
	untested map[int]bool
	r        *rand.Rand
	verify   int // runs of builds older than the one found good
}

func newLine(n, first int, rate float64, r *rand.Rand) *line {
	l := &line{first: first, rate: rate, untested: map[int]bool{}, r: r}
	for i := range n {
		l.names = append(l.names, fmt.Sprintf("b%03d", i))
	}
	return l
}

func (l *line) ask(q Question) (Answer, bool) {
	i := slices.Index(l.names, q.Build)
	if q.Kind == Verify {
		l.verify++
	}
	switch {
	case l.untested[i]:
		return Answer{Outcome: Unfit}, true
	case i >= l.first && l.r.Float64() < l.rate:
		return Answer{Outcome: Broke, Signatures: []string{"the bug"}}, true
	}
	return Answer{Outcome: Clean}, true
}

func (l *line) find() FirstBad {
	set := BuildSettings{Builds: l.names, Scenario: wave(), Signatures: []string{"the bug"}, Rate: l.rate, Error: 0.05}
	return firstBad(set, l.ask)
}

// The table of the field notes: clean runs that call a step good, and expected runs in all. Those of ours
// are without the two older builds that are looked at in the end, which the notes do not count.
func TestBuildBisectionCostsWhatTheNotesSay(t *testing.T) {
	for _, row := range []struct {
		steps int
		rate  float64
		clean int
		runs  float64
	}{
		{4, 1, 2, 6}, {4, 0.75, 4, 11}, {4, 0.5, 7, 18}, {4, 0.3, 13, 33}, {4, 0.15, 27, 67},
		{7, 1, 2, 10}, {7, 0.75, 4, 19}, {7, 0.5, 8, 35}, {7, 0.3, 14, 61}, {7, 0.15, 31, 132},
	} {
		trials, runs, verify, wrong := worlds(250), 0.0, 0.0, 0.0
		r := rand.New(rand.NewPCG(1, uint64(row.steps)))
		for range trials {
			n := 1 << row.steps
			l := newLine(n, 1+r.IntN(n-1), row.rate, r)
			got := l.find()
			if got.Clean != row.clean {
				t.Fatalf("%d steps at %.2f: %d clean runs, want %d", row.steps, row.rate, got.Clean, row.clean)
			}
			runs, verify = runs+float64(got.Runs-l.verify), verify+float64(l.verify)
			if got.Bad != l.names[l.first] {
				wrong++
			}
		}
		each := float64(trials)
		t.Logf("%d steps at %.2f: %d clean runs; note %3.0f runs, ours %5.1f and %4.1f to confirm; wrong %.2f %%",
			row.steps, row.rate, row.clean, row.runs, runs/each, verify/each, 100*wrong/each)
		if wrong/each > 0.05 {
			t.Errorf("%d steps at %.2f: wrong in %.1f %%, want at most 5", row.steps, row.rate, 100*wrong/each)
		}
		back := (1 + float64(row.steps)) / row.rate // the newest, and going back, which the notes leave out
		if most := row.runs*1.05 + back; runs/each > most {
			t.Errorf("%d steps at %.2f: %.1f runs, want at most %.1f", row.steps, row.rate, runs/each, most)
		}
	}
}

// Of a bug that always breaks the first bad build is found exactly, or named among those that cannot be
// tested; nothing that was not tested is called good or bad.
func TestTheFirstBadBuildIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 200).Draw(t, "builds")
		l := newLine(n, rapid.IntRange(0, n).Draw(t, "first"), 1, rand.New(rand.NewPCG(1, 1)))
		for range rapid.IntRange(0, n).Draw(t, "untested") {
			l.untested[rapid.IntRange(0, n-1).Draw(t, "which")] = true
		}
		got := l.find()
		good, bad := -1, n
		for i := range n {
			if l.untested[i] {
				continue
			}
			if i < l.first {
				good = i
			} else if bad == n {
				bad = i
			}
		}
		name := func(i int) string {
			if i < 0 || i >= n {
				return ""
			}
			return l.names[i]
		}
		switch {
		case bad == n && (got.Bad != "" || got.Ended == ""), good < 0 && (got.Good != "" || got.Ended == ""):
			t.Fatalf("nothing to find, got %+v", got)
		case bad == n || good < 0:
			return
		case got.Good != name(good) || got.Bad != name(bad) || len(got.Between) != bad-good-1 || got.Ended != "":
			t.Fatalf("got good %q, bad %q, between %v, %q; want %q and %q", got.Good, got.Bad, got.Between, got.Ended, name(good), name(bad))
		}
		if most := 2*(2*8+older+1) + 16; got.Runs > most {
			t.Fatalf("%d runs, want at most %d", got.Runs, most)
		}
	})
}

func TestCleanRunsAreThoseOfTheNotes(t *testing.T) {
	for p, want := range map[float64]int{1: 3, 0.5: 7, 0.3: 13, 0: 0} {
		if got := CleanRunsForRate(p); got != want {
			t.Errorf("rate %g: %d clean runs, want %d", p, got, want)
		}
	}
	for _, c := range []struct{ hits, runs, want int }{{3, 3, 5}, {3, 10, 31}, {14, 14, 3}, {0, 10, 0}, {6, 20, 20}} {
		if got := CleanRuns(c.hits, c.runs); got != c.want {
			t.Errorf("%d of %d: %d clean runs, want %d", c.hits, c.runs, got, c.want)
		}
	}
}

// A bug that is still there is called gone in at most one of a hundred cases, although its rate is
// only known from the measurement at the gate.
func TestFalselyGoneStaysBelowOnePercent(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, p := range []float64{1, 0.75, 0.5, 0.3, 0.2} {
		cases, gone, runs := worlds(3_000), 0.0, 0.0
		for range cases {
			hits, n := 0, 0
			for !settled(hits, n, enoughRuns) {
				if n++; r.Float64() < p {
					hits++
				}
			}
			if !rateOf(hits, n).usable() || hits == 0 {
				continue
			}
			l := newLine(1, 0, p, r)
			l.names = []string{""}
			got := stillThere(CheckSettings{Scenario: wave(), Signatures: []string{"the bug"}, Hits: hits, Runs: n}, l.ask)
			if got.State == Gone {
				gone++
			}
			runs += float64(got.Needed)
		}
		t.Logf("rate %.2f: falsely gone %.3f %%, %.1f clean runs asked for; a known rate asks for %d", p, 100*gone/float64(cases), runs/float64(cases), CleanRunsForRate(p))
		if gone/float64(cases) > 0.01 {
			t.Errorf("rate %.2f: falsely gone in %.2f %%", p, 100*gone/float64(cases))
		}
	}
	if lucky(0.3, rates.RunsToExclude(0.3, sureGone)) > 0.01 {
		t.Error("13 clean runs at .3 are not enough")
	}
}

// Where nobody knows how often the bug breaks, the newest build is measured, and the answer is as sure.
func TestBuildsAreBisectedByWhatWasMeasured(t *testing.T) {
	for _, rate := range []float64{1, 0.75, 0.5, 0.3} {
		trials, runs, wrong, given := worlds(250), 0.0, 0.0, 0.0
		r := rand.New(rand.NewPCG(2, uint64(rate*100)))
		for range trials {
			l := newLine(16, 1+r.IntN(15), rate, r)
			got := firstBad(BuildSettings{Builds: l.names, Scenario: wave(), Signatures: []string{"the bug"}, Error: 0.05}, l.ask)
			runs += float64(got.Runs)
			switch {
			case got.Ended != "": // the newest happened not to break
				given++
			case got.Bad != l.names[l.first]:
				wrong++
			}
			if got.Ended == "" && (got.Rate.Hits < 1 || got.Clean < 2 || got.Steps[0].Build != "b015" || got.Sure < 0.9) {
				t.Fatalf("rate %.2f: %+v", rate, got)
			}
		}
		each := float64(trials)
		t.Logf("rate %.2f: %.1f runs, wrong in %.2f %%, given up in %.1f %%", rate, runs/each, 100*wrong/each, 100*given/each)
		if wrong/each > 0.05 || given/each > 0.05 {
			t.Errorf("rate %.2f: wrong in %.1f %%, given up in %.1f %%", rate, 100*wrong/each, 100*given/each)
		}
	}
}

func TestBuildsStopWithTheirBudget(t *testing.T) {
	l := newLine(16, 9, 1, rand.New(rand.NewPCG(1, 1)))
	got := firstBad(BuildSettings{Builds: l.names, Scenario: wave(), Signatures: []string{"the bug"}, Error: 0.05, Most: 5}, l.ask)
	if got.Ended != OutOfRuns || got.Runs != 5 {
		t.Errorf("got %+v", got)
	}
	for _, set := range []BuildSettings{
		{Builds: []string{"a", "a"}, Rate: 1}, {Builds: []string{"a"}, Rate: 1}, {Builds: []string{"a", "b"}, Rate: 2},
		{Builds: []string{"a", "b"}, Hits: 3, Runs: 2}, {Builds: []string{"a", "b"}, Runs: 2}, {Builds: []string{"a", "b"}, Error: 1},
	} {
		set.Scenario = wave()
		if _, err := Builds(set); err == nil {
			t.Errorf("%+v is taken", set.Builds)
		}
	}
}
