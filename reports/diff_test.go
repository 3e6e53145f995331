package reports

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/search"
	"ctxcliff/harness/trial"
)

// aNight is a screen of four cells: how many of so many starts broke in each, and with which fault.
func aNight(t testing.TB, id string, starts int, broke map[string]int, with map[string]*faults.Fault) trial.Record {
	b := newBook(t, plan.Matrix{NP: []int{1}, PerSlot: []int{16000}, Shapes: shapeList(t, "opt,natural,mixed,repeat"), Tokens: []int{8000}},
		trial.Settings{Starts: starts, Attempts: 2, Isolation: "cell", Reply: 16})
	b.Run.ID = id
	for n := range starts {
		for _, c := range b.Cells {
			if shape := c.Shape.String(); n < broke[shape] {
				b.crash(c, trial.GPUFault, with[shape])
			} else {
				b.pass(c)
			}
		}
	}
	return b.Record
}

func otherFault() *faults.Fault {
	f := *gpuFault(1000)
	f.Class, f.Category, f.Title, f.Signature = "crash.assert", "crash", "GGML_ASSERT(n > 0)", "crash.assert|GGML_ASSERT(n > 0)"
	return &f
}

// Two nights with a planted regression, a planted flake and a fixed bug: exactly these are named. The bug that
// both nights have is not.
func TestTwoNights(t *testing.T) {
	repeat := shapeList(t, "repeat")[0].String()
	a := aNight(t, "a", 6, map[string]int{"mixed": 6, repeat: 6}, map[string]*faults.Fault{"mixed": otherFault(), repeat: gpuFault(4096)})
	b := aNight(t, "b", 6, map[string]int{"opt": 6, "natural": 1, repeat: 6}, map[string]*faults.Fault{"opt": newFault("1"), "natural": newFault("2"), repeat: gpuFault(4096)})
	d := Diff(Side{Name: "a", Runs: []trial.Record{a}}, Side{Name: "b", Runs: []trial.Record{b}})
	var got []string
	for _, n := range d.news(false) {
		where := n.where[strings.LastIndex(strings.TrimSuffix(n.where, "__8k"), "__")+2:]
		if n.kind == "fault" {
			where = n.from
		}
		got = append(got, strings.Join([]string{n.kind, string(n.change), string(n.sure), where}, " "))
	}
	want := "cell worse yes opt__8k\ncell worse undecided natural__8k\ncell better yes mixed__8k\nfault worse yes new\nfault worse undecided new\nfault better yes gone"
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	if d.Exit() != Failures || d.Same != 1 || d.Cells[1].Needs == 0 {
		t.Errorf("%+v", d)
	}
	for _, format := range DiffFormats() {
		golden(t, "diff."+format, rendered(t, format, d))
	}
	if back := Diff(Side{Name: "b", Runs: []trial.Record{b}}, Side{Name: "a", Runs: []trial.Record{a}}); back.Exit() != Failures || len(back.Cells) != 3 {
		t.Errorf("the other way round: %+v", back)
	}
	if same := Diff(Side{Name: "a", Runs: []trial.Record{a}}, Side{Name: "c", Runs: []trial.Record{aNight(t, "c", 6, map[string]int{"mixed": 6, repeat: 6}, map[string]*faults.Fault{"mixed": otherFault(), repeat: gpuFault(4096)})}}); len(same.news(false)) != 0 || same.Exit() != Clean {
		t.Errorf("nothing differs: %+v", same.news(false))
	}
}

func newFault(n string) *faults.Fault {
	f := *otherFault()
	f.Title, f.Signature = f.Title+n, f.Signature+n
	return &f
}

func rendered(t testing.TB, format string, d Difference) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteDiff(&b, format, d, TextOptions{Glyphs: true, Width: 80}); err != nil {
		t.Fatal(err)
	}
	if format == "json" && !json.Valid(b.Bytes()) {
		t.Error("no JSON")
	}
	return b.Bytes()
}

// A bug that is merely not seen is not gone: it takes as many clean starts as its rate asks for.
func TestGoneTakesCleanStarts(t *testing.T) {
	a := aNight(t, "a", 10, map[string]int{"mixed": 2}, map[string]*faults.Fault{"mixed": otherFault()})
	few := Diff(Side{Name: "a", Runs: []trial.Record{a}}, Side{Name: "b", Runs: []trial.Record{aNight(t, "b", 5, nil, nil)}})
	if len(few.Faults) != 1 || few.Faults[0].Sure != Undecided || few.Faults[0].Needs < 20 || !strings.Contains(few.Faults[0].says(), "5 of the ") {
		t.Errorf("%+v", few.Faults)
	}
	var nights []trial.Record
	for _, id := range []string{"b", "c", "d", "e", "f", "g"} {
		nights = append(nights, aNight(t, id, few.Faults[0].Needs/6+1, nil, nil))
	}
	if many := Diff(Side{Name: "a", Runs: []trial.Record{a}}, Side{Name: "six nights", Runs: nights}); many.Faults[0].Sure != Yes || many.Faults[0].What != "gone" {
		t.Errorf("%+v", many.Faults)
	}
	// Starts that another bug ended are not clean ones.
	other := Diff(Side{Name: "a", Runs: []trial.Record{a}}, Side{Name: "b", Runs: []trial.Record{aNight(t, "b", 200, map[string]int{"mixed": 200}, map[string]*faults.Fault{"mixed": gpuFault(9)})}})
	for _, f := range other.Faults {
		if f.What == "gone" && (f.Sure == Yes || f.B.Clean != 0) {
			t.Errorf("%+v", f)
		}
	}
}

// What one way round is worse is better the other way round, with the same chance.
func TestChangesTurnAround(t *testing.T) {
	tally := rapid.Custom(func(t *rapid.T) Tried {
		c := Tried{Starts: rapid.IntRange(1, 20).Draw(t, "starts")}
		c.Failed = rapid.IntRange(0, c.Starts).Draw(t, "failed")
		c.Refused = rapid.IntRange(0, c.Starts-c.Failed).Draw(t, "refused")
		c.Verdict = verdictOf(c)
		return c
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := tally.Draw(t, "a"), tally.Draw(t, "b")
		there, is := changeOf("x", a, b)
		back, was := changeOf("x", b, a)
		if is != was || is && (there.Sure != back.Sure || there.P != back.P || there.P < 1 && there.Change == back.Change && there.Sure == Yes) {
			t.Fatalf("%+v\n%+v", there, back)
		}
		if _, same := changeOf("x", a, a); same {
			t.Fatal("differs from itself")
		}
		if is && there.Sure == Yes && there.P > level {
			t.Fatal(there)
		}
	})
}

// Whatever a cell's rate is: chance alone is called sure in at most one of ten comparisons, one in twenty for
// each direction.
func TestSureIsSeldomChance(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, rate := range []float64{0.05, 0.3, 0.5, 0.9} {
		for _, n := range []int{3, 10, 40} {
			wrong, tries := 0, 4000
			for range tries {
				a, b := Tried{Starts: n}, Tried{Starts: n}
				for range n {
					for _, side := range []*Tried{&a, &b} {
						if r.Float64() < rate {
							side.Failed++
						}
					}
				}
				a.Verdict, b.Verdict = verdictOf(a), verdictOf(b)
				if c, differs := changeOf("x", a, b); differs && c.Sure == Yes {
					wrong++
				}
			}
			if share := float64(wrong) / float64(tries); share > 0.1 {
				t.Errorf("rate %v, %d starts: %v", rate, n, share)
			}
		}
	}
}

// An edge has moved when both searches agree that it has; with little evidence that stays undecided, and
// the probes of several nights are evidence together.
func TestEdgesMove(t *testing.T) {
	before, now := hunted(t, search.Settings{}), hunted(t, search.Settings{})
	now.Run.ID = "now"
	if d := Diff(Side{Name: "a", Runs: []trial.Record{before}}, Side{Name: "b", Runs: []trial.Record{now}}); len(d.Edges) != 0 || d.Lines != 4 {
		t.Errorf("%d lines, %+v", d.Lines, d.Edges)
	}
	a, b := pooledEdge{}, pooledEdge{}
	a.Edge.Edge = search.Edge{Safe: 9000, Status: search.Confirmed, Limit: search.ByCeiling, Exposures: 3}
	unsafe := 4096
	b.Edge.Edge = search.Edge{Safe: 3800, Unsafe: &unsafe, Status: search.Confirmed, Limit: search.ByFault, Exposures: 3, Failures: 1}
	b.probes = []search.Record{{Outcome: search.Fault, Tokens: 8192, Asked: 8192, Position: 4096}, {Outcome: search.Passed, Tokens: 3800, Reached: 3800}}
	for n, want := range map[int]Sure{5: Undecided, 19: Yes} {
		a.probes = nil
		for range n {
			a.probes = append(a.probes, search.Record{Outcome: search.Passed, Tokens: 9000, Reached: 9000})
		}
		if e, moved := moveOf("x", a, b); !moved || e.Sure != want || e.Change != Worse || e.BrokeB != 1 || e.TriedB != 1 || e.TriedA != n {
			t.Errorf("%d clean runs: %+v", n, e)
		}
		if e, moved := moveOf("x", b, a); !moved || e.Sure != want || e.Change != Better {
			t.Errorf("back, %d clean runs: %+v", n, e)
		}
	}
	b.Edge.Edge = search.Edge{Safe: 4095, Unsafe: &unsafe, Status: search.Confirmed, Limit: search.ByRefusal, Exposures: 3}
	if e, moved := moveOf("x", a, b); !moved || e.Sure != Yes {
		t.Errorf("a context that shrank is no matter of chance: %+v", e)
	}
}

// Three starts on each side are enough, but only just: 3 of 3 against 0 of 3 has a chance of exactly 0.05.
func TestThreeStartsAreEnough(t *testing.T) {
	c, differs := changeOf("x", Tried{Starts: 3, Verdict: trial.Holds}, Tried{Starts: 3, Failed: 3, Verdict: trial.Breaks})
	if !differs || c.Sure != Yes || c.Change != Worse {
		t.Errorf("%+v", c)
	}
}

// BenchmarkDiff compares two nights of 10,000 cells of which a tenth broke with one bug.
func BenchmarkDiff(b *testing.B) {
	var sizes []int
	for n := range 2500 {
		sizes = append(sizes, 1000+n)
	}
	nightOf := func(broke int) trial.Record {
		book := newBook(b, plan.Matrix{NP: []int{1}, PerSlot: []int{16000}, Shapes: shapeList(b, "opt,natural,mixed,repeat"), Tokens: sizes},
			trial.Settings{Starts: 1, Attempts: 2, Isolation: "cell", Reply: 16})
		for i, c := range book.Cells {
			if i%10 == broke {
				book.crash(c, trial.GPUFault, gpuFault(1000))
			} else {
				book.pass(c)
			}
		}
		return book.Record
	}
	before, after := nightOf(0), nightOf(1)
	for b.Loop() {
		if d := Diff(Side{Name: "a", Runs: []trial.Record{before}}, Side{Name: "b", Runs: []trial.Record{after}}); len(d.Cells) != 2000 {
			b.Fatal(len(d.Cells))
		}
	}
}
