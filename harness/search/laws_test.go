package search

import (
	"math/bits"
	"math/rand/v2"
	"testing"

	"ctxcliff/harness/rates"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// anyAnswer draws an answer of a server that keeps no law at all.
func anyAnswer(t *rapid.T, p Probe) Answer {
	near := rapid.OneOf(rapid.IntRange(-1, p.Tokens+2), rapid.Just(p.Tokens), rapid.IntRange(-5, 1<<31))
	return Answer{
		Outcome:   rapid.SampledFrom([]Outcome{Passed, Passed, Passed, Fault, Hang, Refused, Memory, Infra, Interrupted}).Draw(t, "outcome"),
		Signature: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "signature"),
		Phase:     rapid.SampledFrom([]Phase{"", Load, Idle, Prefill, Prefill, Decode, AfterReply}).Draw(t, "phase"),
		Position:  near.Draw(t, "position"), Asked: near.Draw(t, "asked"), Reached: near.Draw(t, "reached"),
		Cached:   rapid.SampledFrom([]int{0, 0, 0, -1, 7, 100_000}).Draw(t, "cached"),
		Previous: rapid.SampledFrom([]int{0, 0, 5, 99_000}).Draw(t, "previous"),
		Limit:    near.Draw(t, "limit"), Served: rapid.SampledFrom([]int{0, 5_000_000}).Draw(t, "served"),
		Seconds: rapid.Float64Range(0, 1000).Draw(t, "seconds"),
		Loading: rapid.SampledFrom([]float64{0, 1, 300}).Draw(t, "loading"),
		Alive:   rapid.Bool().Draw(t, "alive"), Down: rapid.Bool().Draw(t, "down"), Lost: rapid.Bool().Draw(t, "lost"),
	}
}

func anySettings(t *rapid.T) Settings {
	return Settings{
		Axis:      rapid.SampledFrom([]Axis{AxisTokens, AxisTokens, AxisCtx}).Draw(t, "axis"),
		Exposures: rapid.SampledFrom([]int{1, 2, 3, 9}).Draw(t, "K"),
		Guard:     rapid.SampledFrom([]float64{-1, 0, 0.05, 0.2}).Draw(t, "guard"),
		Resolve:   rapid.Bool().Draw(t, "resolve"),
		Fill:      rapid.SampledFrom([]float64{0, 0.9, 1}).Draw(t, "fill"),
	}
}

func anyCells(t *rapid.T) []Cell {
	var cells []Cell
	for i := range rapid.IntRange(1, 4).Draw(t, "cells") {
		ceiling := rapid.OneOf(rapid.IntRange(1, 5000), rapid.IntRange(5000, 1<<18), rapid.Just(1<<31-1)).Draw(t, "ceiling")
		cells = append(cells, Cell{
			Key: string(rune('a' + i)), Config: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "config"),
			Ceiling: ceiling, Accepts: rapid.SampledFrom([]int{0, ceiling}).Draw(t, "accepts"),
		})
	}
	return cells
}

func begin(t interface{ Fatal(...any) }, set Settings, cells []Cell) *Campaign {
	c, err := New(set, cells)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Whatever it is told, a search ends, claims nothing at or above what broke, and nothing that it
// has no clean run for; and the same journal leads to the same place.
func TestAnySequenceOfAnswersEndsInAnHonestEdge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set, cells := anySettings(t), anyCells(t)
		live := begin(t, set, cells)
		var journal []Entry
		said := 0
		for next := live.Next(); !next.Done; next = live.Next() {
			if said > len(cells)*(110+10*live.set.Exposures) {
				t.Fatalf("still asking after %d answers: %+v", said, next.Probe)
			}
			a := anyAnswer(t, next.Probe)
			if a.Outcome != Interrupted { // nobody is kept from pressing Ctrl-C
				said++
			}
			a.Starts, a.Elapsed = len(journal)+1, float64(len(journal))
			journal = append(journal, Entry{Probe: next.Probe, Answer: &a})
			if err := live.Tell(next.Probe, a); err != nil {
				t.Fatal(err)
			}
			honest(t, live)
		}
		again := begin(t, set, cells)
		if err := again.Replay(journal); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(live.Edges(), again.Edges()); diff != "" {
			t.Fatalf("replayed edges differ (-live +replayed):\n%s", diff)
		}
	})
}

// honest checks an edge against its own table of probes.
func honest(t *rapid.T, c *Campaign) {
	for _, s := range c.cells {
		e := s.Edge("")
		counts := 0
		for _, r := range e.Probes {
			if r.Counts {
				counts++
			}
			broke := (r.Outcome == Fault || r.Outcome == Hang || r.Outcome == Memory) && r.Phase != Load && r.Phase != Idle
			if !broke || r.Kind == Limit && s.set.Axis == AxisCtx {
				continue
			}
			danger := r.Asked
			if s.set.Axis == AxisTokens && r.Phase == Prefill && r.Position > 0 && r.Position <= r.Asked {
				danger = max(r.Position, min(r.Reached, r.Asked-1))
			}
			if s.set.Axis == AxisCtx {
				danger = r.Tokens
			}
			for _, other := range e.Probes { // what passed where this one surely broke proves nothing
				if s.set.Axis == AxisTokens && other.Counts && other.Seq != r.Seq && min(other.Reached, other.Size) > min(r.Asked, danger+s.set.Batch) {
					t.Fatalf("%+v counts beside a crash at %d: %+v", other, danger, r)
				}
			}
			if s.set.Axis == AxisCtx {
				danger++ // two contexts may have the same prompt
			}
			if most := (1 - s.set.guard()) * float64(danger); float64(e.Safe) > most {
				t.Fatalf("claim %d above the guard of a crash at %d: %+v", e.Safe, danger, r)
			}
		}
		if counts != e.Exposures || e.Safe > 0 && counts == 0 || e.Status == Confirmed && counts < s.set.Exposures {
			t.Fatalf("%d probes count, edge says %d exposures: %+v", counts, e.Exposures, e)
		}
		if e.Safe < 0 || e.Safe > s.cell.Ceiling || s.set.Axis == AxisTokens && e.Unsafe != nil && e.Safe >= *e.Unsafe ||
			e.UnsafeCtx != nil && e.SafeCtx >= *e.UnsafeCtx {
			t.Fatalf("claim %d of ceiling %d, unsafe %v: %+v", e.Safe, s.cell.Ceiling, deref(e.Unsafe), e)
		}
		if want := rates.Upper(0, counts, 0.95); e.RateUpper != want || e.Why == "" || e.Limit == "" || e.Status == "" {
			t.Fatalf("rate %v, want %v; edge %+v", e.RateUpper, want, e)
		}
	}
}

// From any place of a run on, a campaign that was replayed asks what the live one asks, and it
// never asks what is finished again.
func TestARunTakenUpAgainDecidesTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		cells, worlds := matrix(seed, fieldCeiling)
		set := Settings{Spread: -1}
		g := newRig(seed, worlds)
		journal := g.drive(begin(t, set, cells))
		cut := rapid.IntRange(0, len(journal)-1).Draw(t, "cut")
		resumed := begin(t, set, cells)
		if err := resumed.Replay(journal[:cut]); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(journal[cut].Probe, resumed.Next().Probe); diff != "" {
			t.Fatalf("after %d answers (-live +resumed):\n%s", cut, diff)
		}
		// Killed with that probe open: it is asked again, as another exposure.
		open := begin(t, set, cells)
		if err := open.Replay(append(journal[:cut:cut], Entry{Probe: journal[cut].Probe})); err != nil {
			t.Fatal(err)
		}
		was, again := journal[cut].Probe, open.Next().Probe
		if again.Exposure == was.Exposure {
			t.Fatalf("the open probe was exposure %d, and so is the one asked next", was.Exposure)
		}
		was.Exposure, was.Seq = again.Exposure, again.Seq
		if diff := cmp.Diff(was, again); diff != "" {
			t.Fatalf("asked again is something else than the open probe (-open +again):\n%s", diff)
		}
	})
}

func TestRefusalsCostTheLogarithm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ceiling := rapid.IntRange(2, 1<<31-1).Draw(t, "ceiling")
		accepts := rapid.IntRange(1, ceiling-1).Draw(t, "accepts")
		says := rapid.SampledFrom([]string{"the truth", "nothing", "something else", "something new each time", "what was asked"}).Draw(t, "says")
		c := begin(t, Settings{Floor: 1, Exposures: 1}, []Cell{{Key: "c", Config: "c", Ceiling: ceiling}})
		r := rand.New(rand.NewPCG(1, uint64(ceiling)))
		probes := 0
		for next := c.Next(); !next.Done; next = c.Next() {
			p := next.Probe
			a := Answer{Outcome: Passed, Seconds: 1}
			if p.Limit {
				probes++
			}
			if p.Tokens > accepts {
				if a.Outcome = Refused; !p.Limit {
					probes++
				}
				a.Asked = p.Tokens
				switch says {
				case "the truth":
					a.Limit = accepts + 1
				case "something else":
					a.Limit = accepts / 2
				case "what was asked":
					a.Limit = p.Tokens
				case "something new each time":
					a.Limit = 1 + r.IntN(ceiling)
				}
			}
			if err := c.Tell(p, a); err != nil {
				t.Fatal(err)
			}
		}
		e := c.Edges()[0]
		if e.Safe != accepts || e.Limit != ByRefusal || deref(e.Unsafe) != accepts+1 {
			t.Fatalf("got %d, %s, unsafe %d; want %d refused: %s %+v", e.Safe, e.Limit, deref(e.Unsafe), accepts, e.Why, e.Probes)
		}
		most := bits.Len(uint(ceiling)) + maxHints + 3
		if says == "the truth" && accepts >= 8192 {
			most = 3
		}
		if probes > most {
			t.Fatalf("%d questions for the edge of %d in %d, want at most %d", probes, accepts, ceiling, most)
		}
	})
}

// When the budget ends early, no cell is more than one exposure ahead of another.
func TestABudgetLeavesEveryCellAtTheSameK(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hours := rapid.Float64Range(0.1, 80).Draw(t, "hours")
		k := rapid.SampledFrom([]int{2, 3, 5, 9}).Draw(t, "K")
		cells, worlds := matrix(rapid.Uint64().Draw(t, "seed"), fieldCeiling)
		for key, w := range worlds {
			worlds[key] = &world{class: "none", ceiling: w.ceiling, slow: w.slow}
		}
		g := newRig(1, worlds)
		c := begin(t, Settings{Exposures: k, Budget: hours * 3600}, cells)
		g.drive(c)
		least, most := 1000, 0
		for _, e := range c.Edges() {
			counted := 0
			for _, r := range e.Probes {
				if r.Tokens == worlds[e.Cell].ceiling && r.Outcome == Passed {
					counted++
				}
			}
			least, most = min(least, counted), max(most, counted)
		}
		if most-least > 1 {
			t.Fatalf("%.1f h: cells have between %d and %d exposures", hours, least, most)
		}
		if g.clock > hours*3600+1300 { // the first prompts and loads are not predicted by anything
			t.Fatalf("%.1f h of budget, used %.1f", hours, g.clock/3600)
		}
	})
}

func deref(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}
